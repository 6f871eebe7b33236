/** Three tabs of one user on one line: what is published, marked or deleted anywhere is right everywhere, at once. */
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, type Tab, setStage } from "./support/stage";

let stage: Stage;
let context: BrowserContext;
let tabs: [Tab, Tab, Tab];

beforeAll(async () => {
  stage = await setStage();
  context = await stage.context();
  tabs = [await stage.tab(context, "anna"), await stage.tab(context, "anna"), await stage.tab(context, "anna")];
  await Promise.all(tabs.map(tab => tab.untilLive()));
});
afterAll(() => stage.close());

/** Waits for this title in all tabs; answers its id. */
async function arrives(title: string): Promise<string> {
  await Promise.all(tabs.map(tab => tab.untilShows(title)));
  return tabs[0].page.evaluate(wanted => window.__belfry.shown.ids[window.__belfry.shown.titles.indexOf(wanted)] ?? "", title);
}

const counts = async (): Promise<number[]> => Promise.all(tabs.map(async tab => (await tab.shown()).unreadCount));
const onServer = async (): Promise<number> => ((await (await stage.server.api("anna", "/api/unread")).json()) as { unreadCount: number }).unreadCount;

describe("three tabs of one user", () => {
  it("have one connection", () => {
    expect(stage.proxy.open("sse") + stage.proxy.open("websocket")).toBe(1);
    expect(stage.proxy.count("sse")).toBe(1);
    expect(stage.proxy.count("polling")).toBe(0);
  });

  it.each(["notification", "broadcast"])("show a %s of a job as toast, badge and row within a second", async type => {
    const title = `A ${type} of a job`;
    const appearing = tabs.map(tab => tab.page.evaluate(wanted => window.__belfry.appears(wanted), title));
    await Promise.all(tabs.map(tab => tab.page.evaluate(() => 0)));
    await stage.server.publish({ type, title, ...(type === "notification" && { userId: "anna" }) });
    const answered = Date.now();
    const late = (await Promise.all(appearing)).flatMap(({ row, badge, toast }) => [row, badge, toast]).map(at => at - answered);
    console.info(`${type}: toast, badge and row in 3 tabs ${Math.max(...late)} ms after the publisher's answer`);
    expect(Math.max(...late)).toBeLessThan(1_000);
  });

  it("case 25: one of them alone leads, and each toasts an id once", async () => {
    const title = "For one system notification";
    await stage.server.publish({ type: "notification", userId: "anna", title });
    await arrives(title);
    const heard = await Promise.all(tabs.map(async tab => (await tab.log()).filter(({ event }) => "notification" in event && event.notification.title === title)));
    expect(heard.map(one => one.length)).toEqual([1, 1, 1]);
    expect(heard.flat().every(one => one.isNew && one.live)).toBe(true);
    expect(heard.flat().filter(one => one.leads)).toHaveLength(1);
    for (const tab of tabs) expect(await tab.page.locator(".belfry-toast", { hasText: title }).count()).toBe(1);
  });

  it("case 26: what one marks is read in the others, and the counts are the server's", async () => {
    const id = await arrives("For one system notification");
    const before = await onServer();
    await tabs[1].page.evaluate(wanted => window.__belfry.act?.markAsRead(wanted), id);
    await Promise.all(tabs.map(tab => tab.until(([wanted, count]) => !window.__belfry.shown.unreadIds.includes(wanted) && window.__belfry.shown.unreadCount === count, [id, before - 1] as const)));
    expect(await onServer()).toBe(before - 1);
  });

  it("case 26: what is read on the phone is read here without a reload", async () => {
    const id = await arrives("A broadcast of a job");
    const before = await onServer();
    await stage.server.api("anna", "/api/notifications", { method: "PATCH", json: { id } });
    await Promise.all(tabs.map(tab => tab.until(([wanted, count]) => !window.__belfry.shown.unreadIds.includes(wanted) && window.__belfry.shown.unreadCount === count, [id, before - 1] as const)));
  });

  it("case 27: one arrives while another is marked: all agree with the server", async () => {
    for (const title of ["first", "second", "third"]) await stage.server.publish({ type: "notification", userId: "anna", title });
    const id = await arrives("second");
    await arrives("third");
    await Promise.all([
      tabs[2].page.evaluate(wanted => window.__belfry.act?.markAsRead(wanted), id),
      stage.server.publish({ type: "broadcast", title: "crossing" }),
      stage.server.publish({ type: "notification", userId: "anna", title: "crossing too" }),
    ]);
    await arrives("crossing");
    await arrives("crossing too");
    const wanted = await onServer();
    await expect.poll(counts).toEqual([wanted, wanted, wanted]);
  });

  it("case 28: two tabs mark the same one twice: it falls once", async () => {
    const id = await arrives("third");
    const before = await onServer();
    await Promise.all(tabs.slice(0, 2).flatMap(tab => [1, 2].map(() => tab.page.evaluate(wanted => window.__belfry.act?.markAsRead(wanted), id))));
    await expect.poll(counts).toEqual([before - 1, before - 1, before - 1]);
    expect(await onServer()).toBe(before - 1);
  });

  it("case 31: all marked, an older one unread again: it stays so, also after a reload", async () => {
    const id = await arrives("first");
    await tabs[0].page.evaluate(() => window.__belfry.act?.markAllAsRead());
    await expect.poll(counts).toEqual([0, 0, 0]);
    await stage.server.api("anna", "/api/notifications", { method: "PATCH", json: { id, read: false } });
    await expect.poll(counts).toEqual([1, 1, 1]);
    await tabs[2].page.reload();
    await tabs[2].untilLive();
    for (const tab of tabs) expect((await tab.shown()).unreadIds).toEqual([id]);
  });

  it("shows a task's progress and its end", async () => {
    const tell = (type: string, status: string): Promise<void> => stage.server.publish({ type, userId: "anna", taskId: "t1", status });
    const shows = (status: string): Promise<unknown> => Promise.all(tabs.map(tab => tab.until(wanted => window.__belfry.shown.tasks.some(task => task.id === "t1" && task.status === wanted), status)));
    await tell("task-progress", "running");
    await shows("running");
    await tell("task-completed", "completed");
    await shows("completed");
  });

  it("case 30: what expires leaves list and count by itself", async () => {
    const before = await onServer();
    await stage.server.publish({ type: "notification", userId: "anna", title: "soon gone", expiresAt: new Date(Date.now() + 1_500).toISOString() });
    await arrives("soon gone");
    await Promise.all(tabs.map(tab => tab.until(count => !window.__belfry.shown.titles.includes("soon gone") && window.__belfry.shown.unreadCount === count, before)));
  });
});
