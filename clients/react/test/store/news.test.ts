/** Everything that the server says, from the goldens; and what of it is heard, once. */
import { describe, expect, it } from "vitest";
import broadcastEvent from "../../../../crates/contract/golden/event-broadcast.json";
import inboxEvent from "../../../../crates/contract/golden/event-inbox.json";
import deletedEvent from "../../../../crates/contract/golden/event-notification-deleted.json";
import notificationEvent from "../../../../crates/contract/golden/event-notification.json";
import completedEvent from "../../../../crates/contract/golden/event-task-completed.json";
import progressEvent from "../../../../crates/contract/golden/event-task-progress.json";
import allDeletedEvent from "../../../../crates/contract/golden/event-watermark-deleted.json";
import allReadEvent from "../../../../crates/contract/golden/event-watermark-read.json";
import listGolden from "../../../../crates/contract/golden/rest-notifications.json";
import tasksGolden from "../../../../crates/contract/golden/rest-tasks.json";
import type { BelfryEvent, BelfryNotification, Task } from "../../src/contract";
import type { Page } from "../../src/core/types";
import { broadcast, cursorAt, inbox, NOON, openTab, own, told } from "./tab";

const page = listGolden as unknown as Page;
const golden = (event: unknown): BelfryEvent => event as BelfryEvent;
const tasks = tasksGolden.tasks as unknown as Task[];
const [first, second] = page.notifications as [BelfryNotification, BelfryNotification];

describe("each event of the goldens", () => {
  it("puts a notification in", () => {
    const tab = openTab();
    tab.refill([]);
    tab.group([golden(notificationEvent), golden(inboxEvent)], cursorAt(101));
    expect(tab.replica.snapshot()).toMatchObject({ notifications: [notificationEvent.notification], unreadCount: 2, unseenCount: 1 });
  });

  it("shows a golden page in its order, with its end", () => {
    const tab = openTab();
    tab.dispatch({ type: "refill", page, tasks, at: NOON });
    expect(tab.replica.snapshot()).toMatchObject({ unreadCount: 2, unseenCount: 1, hasMore: true, isLoading: false });
    expect(tab.ids()).toEqual([second.id, first.id]);
    expect(tab.replica.nextCursor({})).toBe(page.nextCursor);
    expect(tab.replica.cursor()).toBe(page.streamCursor);
  });

  it("does not undo by a late broadcast what is known of it", () => {
    const tab = openTab();
    tab.refill([]);
    const marked = { ...(broadcastEvent.notification as BelfryNotification), archived: true };
    tab.group([told(marked), inbox(0)], cursorAt(101));
    tab.group([golden(broadcastEvent)], cursorAt(101, 7));
    expect(tab.replica.list({ archived: true }).notifications).toEqual([marked]);
    expect(tab.ids()).toEqual([]);
  });

  it("C8 takes one out for good, also one that comes later", () => {
    const tab = openTab();
    tab.dispatch({ type: "refill", page, tasks: null, at: NOON });
    tab.group([golden(deletedEvent), inbox(0)], cursorAt(101));
    expect(tab.ids()).toEqual([second.id]);
    tab.group([golden(notificationEvent), inbox(0)], cursorAt(102));
    tab.dispatch({ type: "page", filter: { unread: true }, page, first: true, at: NOON });
    tab.dispatch({ type: "refill", page: { ...page, streamCursor: cursorAt(102) }, tasks: null, at: NOON });
    expect(tab.ids()).toEqual([second.id]);
  });

  it("C8 keeps watermarks for what comes later", () => {
    const tab = openTab();
    tab.refill([]);
    tab.group([golden(allReadEvent), inbox(0)], cursorAt(101));
    tab.group([golden(notificationEvent), { type: "broadcast", notification: broadcast(7) }, inbox(0)], cursorAt(102, 7));
    tab.group([{ type: "broadcast", notification: broadcast(8) }], cursorAt(102, 8));
    expect(tab.replica.list({ unread: true }).notifications.map((one) => one.title)).toEqual(["All 8"]);
    expect(tab.unread()).toBe(1);
    tab.group([golden(allDeletedEvent), inbox(1)], cursorAt(103, 8));
    expect(tab.titles()).toEqual(["All 8", "All 7"]);
    tab.group([told(own(43)), told(own(44)), inbox(2)], cursorAt(104, 8));
    expect(tab.titles()).toEqual(["Own 44", "All 8", "All 7"]);
  });

  it("forgets watermarks with the lives of their feeds", () => {
    const tab = openTab();
    tab.refill([]);
    tab.group([{ type: "watermark", deleted: { user: 50, everyone: 50 } }, inbox(0)], cursorAt(101));
    const elsewhere = cursorAt(101).replace("MNOPQRST", "NEWLIFE1");
    tab.refill([broadcast(3, { id: "NEWLIFE1AAAAAAMA" })], { streamCursor: elsewhere });
    expect(tab.titles()).toEqual(["All 3"]);
  });

  it("follows tasks, which never run again, and hears of an end once", () => {
    const tab = openTab();
    tab.refill([]);
    tab.group([golden(progressEvent), golden(completedEvent), inbox(0)], cursorAt(101));
    expect(tab.replica.snapshot().tasks.map((task) => [task.id, task.status])).toEqual([["t1", "completed"], ["t2", "running"]]);
    const late = { ...(completedEvent.task as unknown as Task), status: "running" as const, updatedAt: "2027-01-01T00:00:00.000Z" };
    tab.group([{ type: "task-progress", task: late }, golden(completedEvent), inbox(0)], cursorAt(102));
    tab.dispatch({ type: "task", task: { ...late, status: "queued" } });
    expect(tab.replica.snapshot().tasks[0]?.status).toBe("completed");
    expect(tab.heard.filter(({ event }) => event.type === "task-completed")).toHaveLength(1);
    tab.dispatch({ type: "refill", page, tasks, at: NOON });
    expect(tab.replica.snapshot().tasks.map((task) => task.id)).toEqual(["t1", "t2"]);
  });
});

describe("what is heard", () => {
  it("C9 case 25: calls each id new once in a tab, and says who leads", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    const before = structuredClone(tab.replica.save());
    tab.group([told(own(101)), inbox(2)], cursorAt(101));
    tab.clock.leads = false;
    tab.group([{ type: "broadcast", notification: broadcast(1) }], cursorAt(101, 1), false);
    // A leader that was behind takes everybody back, and tells it again.
    tab.replica.load(before);
    tab.group([told(own(101)), inbox(2)], cursorAt(101));
    tab.group([told(own(102)), inbox(3)], cursorAt(102));
    const news = tab.heard.filter(({ event }) => "notification" in event);
    expect(news.map(({ isNew, live, leads }) => [isNew, live, leads])).toEqual([
      [true, true, true],
      [true, false, false],
      [false, true, false],
      [true, true, false],
    ]);
  });

  it("C9 calls nothing new that is read, known, marked unread again, gone or expired", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([{ type: "notification-deleted", id: own(2).id }, { type: "watermark", read: { user: 10 } }, inbox(0)], cursorAt(101));
    const again = { feed: "user", n: 103 };
    const expired = own(106, { expiresAt: new Date(NOON).toISOString() });
    const all = [own(1), own(2), own(3), own(104, { read: true }), own(105, { unreadSince: again }), expired, broadcast(5, { unreadSince: again })];
    tab.group([...all.map(told), inbox(2)], cursorAt(103));
    expect(tab.heard.filter(({ isNew }) => isNew)).toEqual([]);
    expect(tab.heard).toHaveLength(3 + all.length + 1);
  });

  it("C9 hears nothing of a duplicate, a list, a page or another tab's replica", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([told(own(101)), inbox(2)], cursorAt(101));
    const saved = structuredClone(tab.replica.save());
    tab.heard.length = 0;
    tab.group([told(own(101)), inbox(7)], cursorAt(101));
    tab.refill([own(102)], { streamCursor: cursorAt(102) });
    tab.dispatch({ type: "page", filter: { unread: true }, page, first: true, at: NOON });
    tab.replica.load(saved);
    expect(tab.heard).toEqual([]);
    expect(tab.unread()).toBe(2);
  });

  it("calls new what a page showed just before its news came", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    const ahead = { ...page, notifications: [own(101)], hasMore: false, nextCursor: null };
    tab.dispatch({ type: "page", filter: { unread: true }, page: ahead, first: true, at: NOON });
    expect(tab.unread()).toBe(2);
    tab.group([told(own(101)), inbox(2)], cursorAt(101));
    expect(tab.heard.map(({ isNew }) => isNew)).toEqual([true, false]);
  });

  it("keeps the place at a reset, so that whoever leads next hears it too", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([{ type: "reset" }], cursorAt(900));
    expect(tab.replica.cursor()).toBe(cursorAt(100));
  });

  it("lets no listener that throws keep news from the others", async () => {
    const tab = openTab();
    const others = process.rawListeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    const thrown = new Promise((resolve) => process.once("unhandledRejection", resolve));
    const stop = tab.replica.subscribe(() => {
      throw new Error("ours");
    });
    let told = 0;
    tab.replica.subscribe(() => (told += 1));
    tab.refill([own(1)]);
    stop();
    tab.tick(NOON + 1);
    expect(told).toBe(2);
    expect(await thrown).toEqual(new Error("ours"));
    for (const other of others) process.on("unhandledRejection", other as NodeJS.UnhandledRejectionListener);
  });
});

describe("another tab's replica", () => {
  it("C4 shows the same after save, structuredClone and load, and keeps the changes that the other has not heard of", () => {
    const one = openTab();
    one.refill([own(3), own(2), own(1)], { hasMore: true, nextCursor: "p2" });
    one.start({ id: "a", target: { id: own(1).id } });
    one.group([told(own(4)), inbox(4)], cursorAt(101));
    one.dispatch({ type: "status", status: "live", transport: "sse" });
    const other = openTab();
    other.refill([own(2)]);
    other.start({ id: "b", target: { id: own(2).id } });
    other.replica.load(structuredClone(one.replica.save()));
    expect(other.titles()).toEqual(["Own 4", "Own 3", "Own 2", "Own 1"]);
    expect([one.unread(), other.unread()]).toEqual([3, 2]);
    expect(other.replica.snapshot()).toMatchObject({ status: "live", transport: "sse", hasMore: true });
    expect([other.replica.cursor(), other.replica.nextCursor({}), other.replica.basis()]).toEqual([cursorAt(101), "p2", cursorAt(100)]);
    other.dispatch({ type: "op-failed", id: "b", error: { type: "network", title: "Gone" } });
    expect(other.unread()).toBe(3);
    // What becomes of one copy is not seen by the other.
    other.group([{ type: "notification-deleted", id: own(4).id }, inbox(3)], cursorAt(102));
    expect(one.titles()).toHaveLength(4);
  });

  it("ignores what is none of ours", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    for (const rubbish of [null, undefined, 7, "saved", {}, { v: 2, held: [] }, { v: 1 }]) tab.replica.load(rubbish);
    expect(tab.titles()).toEqual(["Own 1"]);
  });

  it("clears everything, and never mixes two users", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.start({ id: "a", mark: undefined, target: { all: true } });
    tab.refill([broadcast(1)], { streamCursor: cursorAt(5).replace("EFGHIJKL", "ANOTHER1") });
    expect([tab.titles(), tab.unread()]).toEqual([["All 1"], 1]);
    tab.dispatch({ type: "clear" });
    expect(tab.replica.snapshot()).toMatchObject({ notifications: [], tasks: [], unreadCount: 0, isLoading: true, error: null });
    expect([tab.replica.cursor(), tab.replica.nextDue(), tab.replica.nextCursor({})]).toEqual([null, null, undefined]);
  });
});
