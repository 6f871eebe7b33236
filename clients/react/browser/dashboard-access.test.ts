/** The dashboard for everybody: axe on every view, the keyboard alone, and pictures of it to look at. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { violations } from "./support/axe";
import { type Language, VIEWS, appear, go, openDashboard, rows, signIn } from "./support/dashboard";
import { tabTo } from "./support/keyboard";
import { type Stage, setStage } from "./support/stage";

const PICTURES = fileURLToPath(new URL("../test-results/screenshots/", import.meta.url));
const LOOKS = [["light", "en"], ["dark", "en"], ["light", "ar"], ["dark", "ar"]] as const;
const DESK = { width: 1_280, height: 860 };
const PHONE = { width: 390, height: 844 };

let stage: Stage;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  stage = await setStage(["--demo"]);
  await mkdir(PICTURES, { recursive: true });
  await fill();
  context = await stage.browser.newContext({ viewport: DESK, reducedMotion: "reduce" });
  page = await openDashboard(context, stage.server.url);
});
afterAll(() => stage.close());

/** Something of each kind, for axe and for the pictures. */
async function fill(): Promise<void> {
  const say = (title: string, severity: string, more: Record<string, unknown> = {}): Promise<void> =>
    stage.server.publish({ type: "notification", userId: "admin", title, severity, ...more });
  await say("Weekly report is ready", "success", { message: "12 dashboards, 48 charts. It was made from last week's figures.", category: "reports", actions: [{ label: "Open the report", url: "/reports/47" }] });
  await say("Import stopped at row 4,210", "error", { message: "The file has a column that we do not know: “région”.\nNothing was written.", category: "imports", actions: [{ label: "See the row", url: "/imports/9" }, { label: "Help", url: "https://example.org/help" }] });
  await say("Maria mentioned you in “Q3 forecast”", "info", { message: "Can you look at the second chart before noon?", category: "mentions" });
  await say("Your trial ends in three days", "warning", { category: "billing" });
  await stage.server.publish({ type: "broadcast", title: "Maintenance on Sunday at six", message: "About ten minutes. Nothing that you send meanwhile is lost.", severity: "warning" });
  const task = (taskId: string, type: string, status: string, more: Record<string, unknown>): Promise<void> => stage.server.publish({ type, userId: "admin", taskId, status, ...more });
  await task("t1", "task-progress", "running", { name: "Export of March", progress: 62 });
  await task("t2", "task-progress", "queued", { name: "Recount of inventories" });
  await task("t3", "task-completed", "completed", { name: "Nightly backup" });
  await task("t4", "task-completed", "failed", { name: "Import of customers", error: "The file is empty" });
}

async function picture(name: string): Promise<void> {
  await page.screenshot({ path: `${PICTURES}${name}.png` });
}

/** A refused draft, with what is wrong at its fields. */
async function compose(): Promise<void> {
  const fields = page.locator(".send-form");
  await fields.locator("textarea").fill("Please save your work. We are back within ten minutes.");
  await fields.locator("[type=submit]").click();
  await fields.locator("[aria-invalid=true]").first().waitFor();
}

/** An event that has just come, with its JSON, and the toast that it makes. */
async function unfold(): Promise<void> {
  await stage.server.publish({ type: "notification", userId: "admin", title: "Backup of the archive is done", severity: "success", category: "backups" });
  await page.locator(".log-event").first().waitFor();
  await page.locator(".log-event", { hasText: "Backup of the archive" }).first().click();
  await page.locator(".log-raw").waitFor();
  await page.locator(".belfry-toast").first().waitFor();
}

/** Rows, bars and lists are there: axe must not look at a skeleton. */
async function settled(view: (typeof VIEWS)[number]): Promise<void> {
  await page.locator(".pill-live").waitFor();
  if (view === "inbox") await rows(page).first().waitFor();
  if (view === "tasks") await page.locator("main progress, main [role=progressbar]").first().waitFor();
}

describe("axe finds nothing", () => {
  it.each(LOOKS)("at the door, in %s and %s", async (theme, language) => {
    await appear(page, theme, language);
    await page.locator(".door").waitFor();
    expect(await violations(page)).toEqual([]);
    await picture(`door-${theme}-${language}`);
  });

  it.each(LOOKS)("in every view, in %s and %s", async (theme, language) => {
    if (await page.locator(".door").isVisible()) await signIn(page, "admin");
    await appear(page, theme, language);
    for (const view of VIEWS) {
      await go(page, view);
      await settled(view);
      if (view === "send") await compose();
      if (view === "events") await unfold();
      expect(await violations(page), view).toEqual([]);
      await picture(`${view}-${theme}-${language}`);
    }
    await go(page, "inbox");
    await page.locator(".belfry-bell").click();
    await page.getByRole("dialog").locator(".belfry-row").first().waitFor();
    expect(await violations(page), "bell").toEqual([]);
    await picture(`bell-${theme}-${language}`);
    await page.keyboard.press("Escape");
  });

  it.each<["light" | "dark", Language]>([["light", "en"], ["dark", "ar"]])("on a phone, in %s and %s, and nothing scrolls sideways", async (theme, language) => {
    await page.setViewportSize(PHONE);
    await appear(page, theme, language);
    for (const view of VIEWS) {
      await go(page, view);
      await settled(view);
      expect(await violations(page), view).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), view).toBeLessThanOrEqual(0);
      await picture(`phone-${view}-${theme}-${language}`);
    }
    await page.setViewportSize({ width: 320, height: 640 });
    for (const view of VIEWS) {
      await go(page, view);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), `${view} at 320`).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize(DESK);
  });
});

describe("by keyboard alone", () => {
  beforeAll(async () => {
    await appear(page, "light", "en");
    await page.evaluate(() => fetch("/dev/signin", { method: "DELETE" }));
    await page.goto(stage.server.url);
    await page.locator(".door").waitFor();
  });

  it("signs in, reads, archives, deletes, and keeps the focus", async () => {
    await tabTo(page, /admin/);
    await page.keyboard.press("Enter");
    await page.locator(".pill-live").waitFor();
    await rows(page).first().waitFor();
    const row = page.locator("main .belfry-row:focus");
    for (let presses = 0; presses < 40 && (await row.count()) === 0; presses += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Home");
    const first = await row.getAttribute("data-id");
    await page.keyboard.press("ArrowDown");
    const second = await row.getAttribute("data-id");
    expect(second).not.toBe(first);
    await page.keyboard.press("u");
    await page.locator(`main .belfry-row[data-id="${second}"]:not([data-unread])`).waitFor();
    await page.keyboard.press("e");
    await page.locator(`main .belfry-row[data-id="${second}"]`).waitFor({ state: "detached" });
    await row.waitFor();
    const third = await row.getAttribute("data-id");
    await page.keyboard.press("Delete");
    await page.locator(`main .belfry-row[data-id="${third}"]`).waitFor({ state: "detached" });
    await row.waitFor();
  });

  it("opens the bell and closes it, and the focus is on the bell again", async () => {
    await page.reload();
    await rows(page).first().waitFor();
    await tabTo(page, /unread$|^Notifications$/);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("belfry-bell");
  });

  it("goes to another view and sends", async () => {
    await page.reload();
    await tabTo(page, /^Send$/);
    await page.keyboard.press("Enter");
    await page.locator(".send-form").waitFor();
    await page.getByLabel("User").focus();
    await page.keyboard.type("ben");
    await page.getByLabel("Title").focus();
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Enter");
    await page.getByText(/^Accepted/).waitFor();
  });
});
