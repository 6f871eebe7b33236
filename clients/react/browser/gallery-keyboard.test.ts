/** What only happens when something fails, or a list is long, by keyboard alone: components without a server. */
import { describe, expect, it } from "vitest";
import { open, page, useGallery } from "./support/gallery-page";
import { focused, press, tabTo } from "./support/keyboard";

const BUSY = { type: "urn:belfry:problem:busy", title: "The server is busy", status: 503 };

useGallery();

/** Whether the component has the focus still. */
const hasFocus = () => page.evaluate(() => document.activeElement?.closest(".belfry") != null);
const last = () => page.locator("article").last().getAttribute("aria-posinset").then(Number);

describe("by keyboard alone", () => {
  it.each(["inbox", "tasks", "preferences"])("what could not be read is asked for again: %s", async view => {
    await open(`view=${view}&state=error`);
    await press(page, /^Try again$/);
    await page.getByText("Try again").waitFor({ state: "detached" });
    expect(await hasFocus()).toBe(true);
  });

  it("a list reads on by End, and again where that failed", async () => {
    await open("view=inbox&state=paged");
    await tabTo(page, /./, "article");
    for (let pages = 2; pages <= 4; pages += 1) {
      const before = await last();
      await page.keyboard.press("End");
      await expect.poll(last).toBeGreaterThan(before);
    }
    await page.evaluate(busy => (window.gallery.client.moreFails = busy), BUSY);
    await page.keyboard.press("End");
    await page.locator(".belfry-list-foot").getByText("could not be loaded").waitFor();
    const before = await last();
    await page.evaluate(() => (window.gallery.client.moreFails = null));
    await press(page, /^Try again$/, ".belfry-list-foot");
    await page.locator(".belfry-list-foot").waitFor({ state: "detached" });
    expect(await hasFocus()).toBe(true);
    await tabTo(page, /./, "article");
    await page.keyboard.press("End");
    await expect.poll(last).toBeGreaterThan(before);
  });

  it("a refused change is told, and the word dismissed", async () => {
    await open("view=inbox");
    await page.evaluate(busy => (window.gallery.client.refusal = busy), BUSY);
    await tabTo(page, /./, "article");
    await page.keyboard.press("Delete");
    await page.locator(".belfry-notice").waitFor();
    await press(page, /^Dismiss$/, ".belfry-notice");
    await page.locator(".belfry-notice").waitFor({ state: "detached" });
    expect(await hasFocus()).toBe(true);
  });

  it("a toast is dismissed by Escape, and the focus is where it was before", async () => {
    await open("view=toasts");
    await press(page, /^Behind it$/);
    await page.evaluate(() => window.gallery.arrive({ id: "a", title: "Arrived", type: "error" }));
    await tabTo(page, /^Dismiss: Arrived$/);
    await page.keyboard.press("Escape");
    await page.locator(".belfry-toast").waitFor({ state: "detached" });
    expect(await focused(page)).toBe("Behind it");
  });
});
