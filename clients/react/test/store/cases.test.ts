import { describe, expect, it } from "vitest";
import type { BelfryNotification } from "../../src/contract";
import { asRead } from "../../src/core/store/documents";
import { broadcast, cursorAt, inbox, NOON, openTab, own, told, unreadOf } from "./tab";

const busy = { type: "urn:belfry:problem:busy", title: "Busy" };

function read(doc: BelfryNotification): BelfryNotification {
  return asRead(doc);
}

describe("counts", () => {
  it("case 26: what was read on the phone is read here, with the new count, and the list is not read again", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    tab.group([told(read(own(1))), inbox(1)], cursorAt(101));
    expect(tab.replica.snapshot().notifications.map((one) => one.read)).toEqual([false, true]);
    expect(tab.unread()).toBe(1);
  });

  it("case 27: one of three is marked while another arrives: three", () => {
    const tab = openTab();
    tab.refill([own(3), own(2), own(1)]);
    tab.start({ id: "a", target: { id: own(1).id } });
    expect(tab.unread()).toBe(2);
    tab.group([told(own(4)), inbox(4)], cursorAt(101));
    expect(tab.unread()).toBe(3);
    tab.done("a");
    expect(tab.unread()).toBe(3);
    tab.group([told(read(own(1))), inbox(3)], cursorAt(102));
    expect(tab.unread()).toBe(3);
    expect(tab.replica.nextDue()).toBeGreaterThan(NOON + 60_000);
  });

  it("case 28: the same one is marked twice, from two tabs: it counts once, and never below 0", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.start({ id: "a", target: { id: own(1).id } });
    tab.start({ id: "b", target: { ids: [own(1).id] } });
    expect(tab.unread()).toBe(0);
    tab.done("b");
    tab.group([told(read(own(1))), inbox(0)], cursorAt(101));
    tab.done("a");
    expect(tab.unread()).toBe(0);
  });

  it("case 29: at the cap nothing is subtracted here; the server's counts go on from there", () => {
    const tab = openTab();
    const docs = Array.from({ length: 100 }, (_, index) => own(100 - index));
    tab.refill(docs, { unreadCount: 1_000, unseenCount: 1_000, hasMore: true, nextCursor: "next" });
    tab.start({ id: "a", target: { ids: docs.map((doc) => doc.id) } });
    expect(tab.unread()).toBe(1_000);
    tab.group([...docs.map((doc) => told(read(doc))), inbox(1_000)], cursorAt(101));
    expect(tab.unread()).toBe(1_000);
    tab.group([inbox(500)], cursorAt(102));
    expect(tab.unread()).toBe(500);
  });

  it("case 29: what expires at the cap is asked for, by the tab that leads", () => {
    const tab = openTab();
    const short = own(1, { expiresAt: new Date(NOON + 1_000).toISOString() });
    tab.refill([short], { unreadCount: 1_000, unseenCount: 1_000, hasMore: true, nextCursor: "next" });
    expect(tab.replica.needsCounts()).toBe(false);
    tab.tick(NOON + 1_000);
    expect(tab.unread()).toBe(1_000);
    expect(tab.replica.needsCounts()).toBe(true);
    tab.clock.leads = false;
    expect(tab.replica.needsCounts()).toBe(false);
    tab.dispatch({ type: "counts", counts: { unreadCount: 999, unseenCount: 3 }, cursor: "1.another" });
    expect(tab.unread()).toBe(1_000);
    tab.dispatch({ type: "counts", counts: { unreadCount: 999, unseenCount: 3 }, cursor: tab.replica.cursor() });
    expect(tab.unread()).toBe(999);
  });

  it("case 30: an unread one expires by itself: gone from list, count and badge at once, and the tab knows when", () => {
    const tab = openTab();
    tab.refill([own(2), own(1, { expiresAt: new Date(NOON + 1_000).toISOString() })]);
    expect(tab.replica.nextDue()).toBe(NOON + 1_000);
    tab.tick(NOON + 999);
    expect(tab.unread()).toBe(2);
    tab.tick(NOON + 1_000);
    expect(tab.titles()).toEqual(["Own 2"]);
    expect(tab.unread()).toBe(1);
    expect(tab.replica.snapshot().unseenCount).toBe(1);
    expect(tab.replica.list({ unread: true }).notifications).toHaveLength(1);
  });

  it("case 31: all is read, then an older one is unread again, and so it is after a reload", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    tab.group([{ type: "watermark", read: { user: 101 } }, inbox(0)], cursorAt(101));
    expect(tab.unread()).toBe(0);
    const again = own(1, { unreadSince: { feed: "user", n: 102 } });
    tab.group([told(again), inbox(1)], cursorAt(102));
    expect([tab.unread(), unreadOf(tab.replica.snapshot().notifications)]).toEqual([1, 1]);
    tab.refill([read(own(2)), again], { streamCursor: cursorAt(102) });
    expect([tab.unread(), unreadOf(tab.replica.snapshot().notifications)]).toEqual([1, 1]);
  });

  it("counts a broadcast on, which comes without counts, and off when it is taken back", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([{ type: "broadcast", notification: broadcast(1) }], cursorAt(100, 1));
    expect([tab.unread(), tab.replica.snapshot().unseenCount]).toEqual([2, 2]);
    tab.group([{ type: "notification-deleted", id: broadcast(1).id }], cursorAt(100, 2));
    expect([tab.unread(), tab.replica.snapshot().unseenCount]).toEqual([1, 1]);
  });

  it("asks anew where a broadcast and the server's counts may have crossed", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([told(own(2)), inbox(3)], cursorAt(101));
    tab.group([{ type: "broadcast", notification: broadcast(1) }], cursorAt(101, 1));
    expect(tab.replica.needsCounts()).toBe(false);
    expect(tab.replica.nextDue()).toBe(NOON + 2_000);
    tab.tick(NOON + 2_000);
    expect(tab.replica.needsCounts()).toBe(true);
  });

  it("shows nothing unseen once the inbox is opened, but for what comes after", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    tab.start({ id: "a", target: { all: true }, mark: { seen: true } });
    expect([tab.unread(), tab.replica.snapshot().unseenCount]).toEqual([2, 0]);
    tab.group([told(own(3)), inbox(3)], cursorAt(101));
    expect([tab.unread(), tab.replica.snapshot().unseenCount]).toEqual([3, 1]);
    tab.done("a");
    tab.group([inbox(3, 1)], cursorAt(102));
    expect([tab.unread(), tab.replica.snapshot().unseenCount]).toEqual([3, 1]);
  });
});

describe("changes of ours", () => {
  it("takes a refused one back and says why", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    const before = tab.replica.snapshot();
    tab.start({ id: "a", mark: undefined, target: { all: true, upTo: cursorAt(100) } });
    expect([tab.titles(), tab.unread()]).toEqual([[], 0]);
    tab.dispatch({ type: "op-failed", id: "a", error: busy });
    expect(tab.replica.snapshot()).toEqual({ ...before, error: busy });
    expect(tab.replica.snapshot().notifications[0]).toBe(before.notifications[0]);
    tab.refill([own(2), own(1)]);
    expect(tab.replica.snapshot().error).toEqual(busy);
    tab.dispatch({ type: "error", error: null });
    expect(tab.replica.snapshot().error).toBeNull();
  });

  it("marks all up to what was seen, and spares what comes after", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)], { unreadCount: 40, unseenCount: 40, hasMore: true, nextCursor: "next" });
    tab.start({ id: "a", target: { all: true, upTo: cursorAt(100) } });
    expect(tab.unread()).toBe(0);
    tab.group([told(own(101)), inbox(41)], cursorAt(101));
    expect(tab.unread()).toBe(1);
    tab.group([{ type: "watermark", read: { user: 100 } }, inbox(1)], cursorAt(102));
    tab.done("a");
    expect([tab.unread(), unreadOf(tab.replica.snapshot().notifications)]).toEqual([1, 1]);
  });

  it("moves between the lists at once", () => {
    const tab = openTab();
    tab.refill([own(2, { category: "builds" }), own(1)]);
    tab.start({ id: "a", target: { category: "builds" }, mark: { archived: true } });
    expect(tab.titles()).toEqual(["Own 1"]);
    expect(tab.replica.list({ archived: true }).notifications.map((one) => [one.title, one.read])).toEqual([["Own 2", true]]);
    tab.start({ id: "b", target: { id: own(2).id }, mark: { read: false } });
    expect([tab.titles(), tab.unread()]).toEqual([["Own 2", "Own 1"], 2]);
  });

  it("C6 settles after ten seconds without news, and heeds what the news said since", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    tab.start({ id: "a", target: { ids: [own(1).id, own(2).id] } });
    tab.group([told(own(2, { unreadSince: { feed: "user", n: 101 } })), inbox(2)], cursorAt(101));
    tab.done("a");
    expect(tab.replica.nextDue()).toBe(NOON + 10_000);
    expect(tab.unread()).toBe(0);
    tab.tick(NOON + 10_000);
    expect(tab.replica.snapshot().notifications.map((one) => one.read)).toEqual([false, true]);
    expect(tab.unread()).toBe(1);
    expect(tab.replica.needsCounts()).toBe(true);
  });

  it("gives up what a tab left behind in the middle of its request", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.start({ id: "b-1", target: { id: own(1).id } });
    tab.tick(NOON + 119_999);
    expect(tab.unread()).toBe(0);
    tab.tick(NOON + 120_000);
    expect(tab.unread()).toBe(1);
  });

  it("knows the end of one that it hears of only later", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.dispatch({ type: "op-failed", id: "a", error: busy });
    tab.start({ id: "a", target: { id: own(1).id } });
    expect(tab.unread()).toBe(1);
    tab.dispatch({ type: "op-done", id: "b", at: NOON });
    tab.start({ id: "b", target: { id: own(1).id } });
    tab.tick(NOON + 10_000);
    expect(tab.unread()).toBe(0);
    expect(tab.replica.needsCounts()).toBe(true);
  });
});

describe("lists", () => {
  it("case 32: pages that overlap show each one once, and pages out of turn make no gap", () => {
    const tab = openTab();
    tab.refill([own(4), own(3)], { hasMore: true, nextCursor: "p2", unreadCount: 4, unseenCount: 4 });
    tab.group([told(own(5)), inbox(5)], cursorAt(101));
    const page = (docs: BelfryNotification[], next: string | null) => ({
      notifications: docs, unreadCount: 9, unseenCount: 9, hasMore: next !== null, nextCursor: next, streamCursor: cursorAt(100),
    });
    tab.dispatch({ type: "page", filter: {}, page: page([own(1)], null), first: false, after: "p3", at: NOON });
    expect(tab.titles()).toEqual(["Own 5", "Own 4", "Own 3"]);
    tab.dispatch({ type: "page", filter: {}, page: page([own(3), own(2)], "p3"), first: false, after: "p2", at: NOON });
    tab.dispatch({ type: "page", filter: {}, page: page([own(3), own(2)], "p3"), first: false, after: "p2", at: NOON });
    expect(tab.titles()).toEqual(["Own 5", "Own 4", "Own 3", "Own 2"]);
    expect([tab.replica.nextCursor({}), tab.unread(), tab.replica.snapshot().hasMore]).toEqual(["p3", 5, true]);
    tab.dispatch({ type: "page", filter: {}, page: page([own(1)], null), first: false, after: "p3", at: NOON });
    expect(tab.titles()).toEqual(["Own 5", "Own 4", "Own 3", "Own 2", "Own 1"]);
    expect([tab.replica.nextCursor({}), tab.replica.snapshot().hasMore]).toEqual([null, false]);
  });

  it("takes no page of before a refill", () => {
    const tab = openTab();
    tab.refill([own(2)], { hasMore: true, nextCursor: "p2" });
    const basis = tab.replica.basis();
    tab.refill([own(2)], { hasMore: true, nextCursor: "p2", streamCursor: cursorAt(101) });
    const page = { notifications: [own(1)], unreadCount: 2, unseenCount: 2, hasMore: false, nextCursor: null, streamCursor: cursorAt(100) };
    tab.dispatch({ type: "page", filter: {}, page, first: false, after: "p2", basis, at: NOON });
    expect(tab.titles()).toEqual(["Own 2"]);
    tab.dispatch({ type: "page", filter: {}, page, first: false, after: "p2", basis: tab.replica.basis(), at: NOON });
    expect(tab.titles()).toEqual(["Own 2", "Own 1"]);
  });

  it("orders by time, then by what the letters of ids stand for", () => {
    const tab = openTab();
    const { createdAt } = own(1);
    const ids = ["_", "-", "9", "0", "z", "a", "Z", "A"].map((letter) => `EFGHIJKLAAAAAAA${letter}`);
    const docs = ids.map((id) => own(1, { id, createdAt }));
    tab.refill([...docs].reverse());
    expect(tab.ids()).toEqual(ids);
  });

  it("shows of a list that is not read yet what the inbox knows, and tells what is on its way", () => {
    const tab = openTab();
    expect(tab.replica.list({})).toMatchObject({ isLoading: true, hasMore: true });
    tab.refill([own(2), read(own(1))], { hasMore: true, nextCursor: "p2" });
    expect(tab.replica.list({ unread: true })).toMatchObject({ notifications: [own(2)], isLoading: false, hasMore: true });
    expect(tab.replica.list({ archived: true })).toMatchObject({ notifications: [], isLoading: true });
    tab.dispatch({ type: "loading", filter: { archived: true }, busy: false, error: busy });
    expect(tab.replica.list({ archived: true })).toMatchObject({ isLoading: false, error: busy });
    tab.dispatch({ type: "loading", filter: {}, busy: true });
    expect(tab.replica.snapshot().isLoadingMore).toBe(true);
    tab.dispatch({ type: "loading", filter: {}, busy: false });
    expect(tab.replica.snapshot().isLoadingMore).toBe(false);
  });

  it("C7 keeps what shows the same: rows, arrays, views and the snapshot", () => {
    const tab = openTab();
    tab.refill([own(2), own(1)]);
    const before = tab.replica.snapshot();
    const view = tab.replica.list({ unread: true });
    tab.group([told(own(2)), inbox(2)], cursorAt(101));
    tab.refill([structuredClone(own(2)), own(1)], { streamCursor: cursorAt(102) });
    tab.tick(NOON + 1);
    expect(tab.replica.snapshot()).toBe(before);
    expect(tab.replica.list({ unread: true })).toBe(view);
    tab.start({ id: "a", target: { id: own(1).id } });
    const after = tab.replica.snapshot();
    expect(after.notifications[0]).toBe(before.notifications[0]);
    expect(after.notifications[1]).not.toBe(before.notifications[1]);
    tab.start({ id: "b", target: { id: own(2).id } });
    expect(tab.replica.snapshot().notifications[1]).toBe(after.notifications[1]);
    expect(tab.replica.snapshot().tasks).toBe(before.tasks);
  });

  it("case 74: an announcement leaves by itself while the server cannot be reached", () => {
    const tab = openTab();
    tab.refill([]);
    tab.group([{ type: "broadcast", notification: broadcast(1, { expiresAt: new Date(NOON + 5_000).toISOString() }) }], cursorAt(100, 1));
    tab.dispatch({ type: "status", status: "offline", transport: null });
    expect([tab.titles(), tab.unread()]).toEqual([["All 1"], 1]);
    tab.tick(NOON + 5_000);
    expect([tab.titles(), tab.unread(), tab.replica.snapshot().status]).toEqual([[], 0, "offline"]);
  });
});
