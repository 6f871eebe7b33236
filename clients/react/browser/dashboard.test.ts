/** The dashboard that `belfry serve` brings: what a first visitor does, in a real browser. */
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { go, openDashboard, rows, signIn } from "./support/dashboard";
import { type Stage, setStage } from "./support/stage";

let stage: Stage;
let context: BrowserContext;

beforeAll(async () => {
  stage = await setStage(["--demo"]);
});
afterAll(() => stage.close());
afterEach(() => context.close());

async function signedIn(user: string): Promise<Page> {
  context = await stage.context();
  const page = await openDashboard(context, stage.server.url);
  await signIn(page, user);
  return page;
}

const unread = async (user: string): Promise<number> => ((await (await stage.server.api(user, "/api/unread")).json()) as { unreadCount: number }).unreadCount;

describe("the dashboard", () => {
  it("lets a demo user in, shows the inbox, and marks", async () => {
    const page = await signedIn("anna");
    await rows(page).first().waitFor();
    const before = await unread("anna");
    await page.getByRole("button", { name: new RegExp(`${before} unread`) }).waitFor();
    await page.locator("main .belfry-row[data-unread]").first().click();
    await expect.poll(() => unread("anna")).toBe(before - 1);
    await page.getByRole("button", { name: new RegExp(`${before - 1} unread`) }).waitFor();
    await page.getByRole("button", { name: "Mark all read" }).first().click();
    await expect.poll(() => unread("anna")).toBe(0);
    await page.locator(".belfry-badge").waitFor({ state: "detached" });
  });

  it("opens the bell, where what arrives is there at once", async () => {
    const page = await signedIn("ben");
    await page.locator(".belfry-bell").click();
    const popover = page.getByRole("dialog");
    await popover.waitFor();
    await stage.server.publish({ type: "notification", userId: "ben", title: "For the open bell" });
    await popover.getByText("For the open bell").waitFor();
    await page.locator(".belfry-toast", { hasText: "For the open bell" }).waitFor();
    await page.keyboard.press("Escape");
    await popover.waitFor({ state: "detached" });
  });

  it("lets an administrator send a broadcast, which is a toast at everybody's", async () => {
    const anna = await signedIn("anna");
    const other = await stage.context();
    const admin = await openDashboard(other, stage.server.url);
    await signIn(admin, "admin");
    await go(admin, "send");
    await admin.getByRole("radio", { name: "Everyone" }).check({ force: true });
    await admin.getByLabel("Title").fill("Maintenance at six");
    await admin.getByLabel("Message").fill("Back at seven.");
    await admin.locator(".send-side").getByText("Maintenance at six").first().waitFor();
    await admin.getByRole("button", { name: "Send", exact: true }).click();
    await admin.getByText(/^Accepted/).waitFor();
    await anna.locator(".belfry-toast", { hasText: "Maintenance at six" }).waitFor();
    await admin.getByRole("button", { name: /Withdraw/ }).first().click();
    await expect.poll(() => rows(anna).getByText("Maintenance at six").count()).toBe(0);
    await other.close();
  });

  it("names a wrong field at that field", async () => {
    const page = await signedIn("admin");
    await go(page, "send");
    await page.getByLabel("User").fill("anna");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.locator("[aria-invalid=true]").first().waitFor();
    expect(await page.getByLabel("Title").getAttribute("aria-invalid")).toBe("true");
  });

  it("logs each event, goes on from the cursor after a cut, and by any way", async () => {
    const page = await signedIn("admin");
    await go(page, "events");
    const log = page.locator(".log");
    const publish = async (): Promise<void> => page.getByRole("button", { name: "Publish a test event" }).click();
    const tests = log.locator(".log-type-notification");
    await publish();
    await expect.poll(() => tests.count()).toBe(1);
    await page.getByRole("button", { name: "Cut the line" }).click();
    await publish();
    await log.getByText(/going on from the cursor/).first().waitFor();
    await expect.poll(() => tests.count()).toBe(2);
    await page.locator(".pill-live").waitFor();
    for (const [way, told] of [["WebSocket", "live"], ["Polling", "polling"], ["SSE", "live"], ["Automatic", "live"]] as const) {
      await page.getByRole("radio", { name: way }).check({ force: true });
      await page.locator(`.pill-${told}`).waitFor();
      const before = await tests.count();
      await stage.server.publish({ type: "notification", userId: "admin", title: `by ${way}` });
      if (way !== "Polling") await expect.poll(() => tests.count()).toBe(before + 1);
    }
    await page.getByRole("button", { name: "Go offline" }).click();
    await page.locator(".pill-offline").waitFor();
    await page.getByRole("button", { name: "Go online" }).click();
    await page.locator(".pill-live").waitFor();
  });

  it("signs out in every tab", async () => {
    const page = await signedIn("anna");
    const second = await openDashboard(context, stage.server.url);
    await second.locator(".pill-live").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    for (const tab of [page, second]) await tab.getByRole("heading", { name: "Sign in as" }).waitFor();
    expect(await rows(second).count()).toBe(0);
  });

  it("runs under its own policy: nothing refused, nothing from elsewhere, no error", async () => {
    context = await stage.context();
    const page = await context.newPage();
    const wrong: string[] = [];
    page.on("console", message => void (message.type() === "error" && wrong.push(message.text())));
    page.on("pageerror", error => void wrong.push(String(error)));
    page.on("request", request => {
      if (!/^(data:|blob:)/.test(request.url()) && new URL(request.url()).host !== new URL(stage.server.url).host) wrong.push(request.url());
    });
    await page.goto(stage.server.url);
    await signIn(page, "admin");
    for (const view of ["tasks", "preferences", "send", "events", "inbox"] as const) await go(page, view);
    await page.locator(".belfry-bell").click();
    await page.getByRole("dialog").waitFor();
    expect(wrong).toEqual([]);
  });
});
