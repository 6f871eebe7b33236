/** The dashboard by keyboard alone: whatever it lets its users do, done without a pointer. dashboard-access.test.ts has the inbox's own keys. */
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDashboard, rows, signIn } from "./support/dashboard";
import { focused, press, tabTo } from "./support/keyboard";
import { type Stage, setStage } from "./support/stage";

let stage: Stage;
let context: BrowserContext;
let page: Page;
const LONG = "It says a good deal. ".repeat(20);

beforeAll(async () => {
  stage = await setStage(["--demo"]);
  for (const category of ["billing", "reports", "billing"]) await tell(`About ${category}`, { category });
  await tell("With a link", { message: LONG, category: "imports", actions: [{ label: "See tasks", url: "/#/tasks" }] });
  context = await stage.browser.newContext({ viewport: { width: 1_280, height: 860 }, reducedMotion: "reduce" });
  page = await openDashboard(context, stage.server.url);
  await signIn(page, "admin");
  await rows(page).first().waitFor();
});
afterAll(() => stage.close());

const tell = (title: string, more: Record<string, unknown> = {}): Promise<void> => stage.server.publish({ type: "notification", userId: "admin", title, ...more });
const type = (text: string): Promise<void> => page.keyboard.type(text);
const key = (name: string): Promise<void> => page.keyboard.press(name);

async function view(name: string, shown: string): Promise<void> {
  await press(page, new RegExp(`^${name}\\d*$`), ".nav");
  await page.locator(`main h1`, { hasText: shown }).waitFor();
}
async function muted(): Promise<string[]> {
  return ((await (await stage.server.api("admin", "/api/preferences")).json()) as { muted: string[] }).muted;
}
async function titlesOf(user: string): Promise<string[]> {
  const { notifications } = (await (await stage.server.api(user, "/api/notifications")).json()) as { notifications: { title: string }[] };
  return notifications.map(({ title }) => title);
}

describe("the inbox", () => {
  it("is reached past the navigation", async () => {
    await page.reload();
    await rows(page).first().waitFor();
    await key("Tab");
    expect(await focused(page)).toBe("Skip to content");
    await key("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
  });

  it("shows one category, and all again", async () => {
    const all = await rows(page).count();
    await tabTo(page, /^Category$/, "main");
    await type("bill");
    await expect.poll(() => rows(page).count()).toBe(2);
    expect(await rows(page).locator(".belfry-tag").allTextContents()).toEqual(["billing", "billing"]);
    expect(await focused(page)).toBe("Category");
    await key("Home");
    await expect.poll(() => rows(page).count()).toBe(all);
  });

  it("gives back what was archived, by key and by button", async () => {
    const row = page.locator("main .belfry-row:focus");
    const archived: (string | null)[] = [];
    await tabTo(page, /./, "main .belfry-row");
    await key("Home");
    for (let turn = 0; turn < 2; turn += 1) {
      archived.push(await row.getAttribute("data-id"));
      await key("e");
      await page.locator(`main .belfry-row[data-id="${archived[turn]}"]`).waitFor({ state: "detached" });
    }
    await tabTo(page, /^All$/, "main [role=tablist]");
    await key("End");
    await expect.poll(() => rows(page).count()).toBe(2);
    await press(page, /^Move to inbox: /, "main");
    await expect.poll(() => rows(page).count()).toBe(1);
    await row.waitFor();
    await key("e");
    await expect.poll(() => rows(page).count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("tabpanel");
    await tabTo(page, /^Archived$/, "main [role=tablist]");
    await key("Home");
    for (const id of archived) await page.locator(`main .belfry-row[data-id="${id}"]`).waitFor();
  });

  it("unfolds a message, marks by button, and follows a link", async () => {
    await tabTo(page, /./, "main .belfry-row");
    await key("Home");
    await press(page, /^Show more$/, "main .belfry-row");
    expect(await focused(page)).toBe("Show less");
    await key("Enter");
    expect(await focused(page)).toBe("Show more");
    const button = /^Mark as (un)?read: With a link$/;
    await tabTo(page, button, "main .belfry-row");
    const before = await focused(page);
    await key("Enter");
    await expect.poll(() => focused(page)).not.toBe(before);
    expect(await focused(page)).toMatch(button);
    await press(page, /^See tasks$/, "main .belfry-row");
    await page.locator("main h1", { hasText: "Tasks" }).waitFor();
  });
});

describe("toasts", () => {
  const toasts = () => page.locator(".belfry-toast");
  const more = () => page.locator(".belfry-toasts-more");

  it("are dismissed by button, by Escape and all at once, and the focus goes back", async () => {
    await tabTo(page, /^Sign out$/);
    for (let turn = 1; turn <= 6; turn += 1) await tell(`Failure ${turn}`, { severity: "error" });
    await more().getByText("+3 more").waitFor();
    await press(page, /^Dismiss: /, ".belfry-toast");
    await more().getByText("+2 more").waitFor();
    expect(await focused(page)).toMatch(/^Dismiss: /);
    await key("Escape");
    await more().getByText("+1 more").waitFor();
    expect(await focused(page)).toMatch(/^Dismiss: /);
    await key("Shift+Tab");
    expect(await focused(page)).toBe("Clear all");
    await key("Enter");
    await expect.poll(() => toasts().count()).toBe(0);
    expect(await focused(page), "where it came from").not.toBe("");
  });

  it("let their links be followed", async () => {
    await view("Inbox", "Inbox");
    await tell("Look there", { severity: "error", actions: [{ label: "See tasks", url: "/#/tasks" }] });
    await toasts().getByText("Look there").waitFor();
    await press(page, /^See tasks$/, ".belfry-toast");
    await page.locator("main h1", { hasText: "Tasks" }).waitFor();
    await expect.poll(() => toasts().count()).toBe(0);
  });
});

describe("the other views", () => {
  it("tasks: are told by the list, and the command beneath is reached", async () => {
    await stage.server.publish({ type: "task-progress", userId: "admin", taskId: "t1", name: "Export of March", status: "running", progress: 40 });
    await view("Tasks", "Tasks");
    await page.getByRole("progressbar", { name: "Export of March" }).waitFor();
    await tabTo(page, /^belfry publish --type task-progress/, "main");
  });

  it("preferences: mutes and hears again, changes theme and language", async () => {
    await view("Preferences", "Preferences");
    await press(page, /^Receive billing$/, "main", "Space");
    await expect.poll(muted).toEqual(["billing"]);
    expect(await focused(page)).toBe("Receive billing");
    await key("Space");
    await expect.poll(muted).toEqual([]);
    await tabTo(page, /^System$/, "main .segmented");
    await key("ArrowRight");
    await key("ArrowRight");
    expect(await focused(page)).toBe("Dark");
    expect(await page.evaluate(() => JSON.parse(localStorage.getItem("belfry.dashboard") ?? "{}").theme)).toBe("dark");
    await key("ArrowRight");
    await press(page, /^Language:/, ".top");
    await page.locator('html[lang="ar"]').waitFor();
    await key("Enter");
    await page.locator('html[lang="en"]').waitFor();
  });

  it("send: chooses, adds and removes an action, sends, copies the id, withdraws and clears", async () => {
    await view("Send", "Send");
    await tabTo(page, /^People$/, ".send-form");
    await key("ArrowRight");
    expect(await focused(page)).toBe("Everyone");
    await tabTo(page, /^Info$/, ".send-form");
    await key("ArrowRight");
    await tabTo(page, /^Title$/, ".send-form");
    await type("From the keyboard");
    await press(page, /^Add an action$/, ".send-form");
    await page.getByRole("button", { name: "Remove 1" }).waitFor();
    await press(page, /^Remove 1$/, ".send-form");
    await page.getByRole("button", { name: "Remove 1" }).waitFor({ state: "detached" });
    expect(await page.evaluate(() => document.activeElement?.className), "the focus stays near").toBe("group");
    await press(page, /^Send$/, ".send-form");
    await page.getByText(/^Accepted/).waitFor();
    await expect.poll(() => titlesOf("ben")).toContain("From the keyboard");
    await press(page, /^Copy the id/, ".sent");
    await expect.poll(() => focused(page)).toBe("Copied");
    await press(page, /^Withdraw$/, ".sent");
    await expect.poll(() => titlesOf("ben")).not.toContain("From the keyboard");
    await expect.poll(() => focused(page), { message: "the focus stays, and says what was done" }).toBe("Withdrawn");
    await press(page, /^Clear$/, ".sent");
    await page.getByText("What you send is listed here").waitFor();
    expect(await focused(page)).toBe("Clear");
  });

  it("events: publishes, cuts, goes offline, changes the transport, pauses, unfolds and clears", async () => {
    await view("Events", "Events");
    const log = page.locator(".log");
    const tests = log.locator(".log-type-notification");
    await press(page, /^Publish a test event$/, "main");
    await expect.poll(() => tests.count()).toBeGreaterThan(0);
    await press(page, /^Cut the line$/, "main");
    await log.getByText(/going on from the cursor/).first().waitFor();
    await page.locator(".pill-live").waitFor();
    await press(page, /^Go offline$/, "main");
    await page.locator(".pill-offline").waitFor();
    expect(await focused(page)).toBe("Go online");
    await key("Enter");
    await page.locator(".pill-live").waitFor();
    await tabTo(page, /^Automatic$/, "main");
    for (const [way, told] of [["SSE", "live"], ["WebSocket", "live"], ["Polling", "polling"], ["Automatic", "live"]] as const) {
      await key("ArrowRight");
      await expect.poll(() => focused(page)).toBe(way);
      await page.locator(`.pill-${told}`).waitFor();
    }
    await press(page, /^Pause$/, ".log");
    expect(await focused(page)).toBe("Resume");
    await tell("Meanwhile");
    await log.getByText(/more while paused/).waitFor();
    expect(await log.getByText("Meanwhile").count()).toBe(0);
    await key("Enter");
    await log.getByText("Meanwhile").waitFor();
    await press(page, /notification.*Meanwhile/, ".log");
    await log.locator(".log-raw").waitFor();
    await key("Tab");
    expect(await focused(page)).toBe("Raw JSON");
    await press(page, /^Clear$/, ".log");
    await log.getByText("Nothing yet").waitFor();
  });

  it("signs out, and in again", async () => {
    await press(page, /^Sign out$/);
    await page.getByRole("heading", { name: "Sign in as" }).waitFor();
    await press(page, /^\S*\s*admin/, ".users");
    await page.locator(".pill-live").waitFor();
  });
});
