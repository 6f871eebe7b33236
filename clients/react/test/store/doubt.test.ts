/** Where the counts cannot be told from what a tab has heard, it knows so; and that it does not depend on the order in which it heard. */
import { describe, expect, it } from "vitest";
import type { Op } from "../../src/core/types";
import { broadcast, counts, cursorAt, inbox, NOON, openTab, own, told, type Tab } from "./tab";

function asksBy(tab: Tab, at: number): boolean {
  tab.tick(at);
  return tab.replica.needsCounts();
}

/** The first page of another list, which has these beside what is known. */
function page(tab: Tab, notifications: ReturnType<typeof own>[], streamCursor: string): void {
  const all = { notifications, ...counts(9), hasMore: false, nextCursor: null, streamCursor };
  tab.dispatch({ type: "page", filter: { unread: true }, page: all, first: true, at: tab.clock.now });
}

describe("C2 asks for the counts anew", () => {
  it("where they came live and may know of a broadcast that a break of the line kept back", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([told(own(2)), inbox(3)], cursorAt(101));
    tab.tick(NOON + 60_000);
    tab.group([{ type: "broadcast", notification: broadcast(1) }], cursorAt(101, 1), false);
    expect(tab.unread()).toBe(4);
    expect(asksBy(tab, NOON + 62_000)).toBe(true);
  });

  it("but not where they were read at the very place from which the line went on", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([{ type: "broadcast", notification: broadcast(1) }], cursorAt(100, 1), false);
    expect(tab.unread()).toBe(2);
    expect(asksBy(tab, NOON + 62_000)).toBe(false);
  });

  it("where they may know of what its channel does not tell any more", () => {
    const tab = openTab();
    tab.refill([own(1)]);
    tab.group([told(own(2)), inbox(3)], cursorAt(101));
    tab.group([], cursorAt(101, 1));
    expect(asksBy(tab, NOON + 2_000)).toBe(true);
  });

  it("after an expiry close to them, however late it is noticed", () => {
    const tab = openTab();
    tab.refill([own(1, { expiresAt: new Date(NOON + 3_000).toISOString() })]);
    expect(asksBy(tab, NOON + 80_000)).toBe(true);
    expect(tab.unread()).toBe(0);
  });

  it("but not after an expiry long before or after them", () => {
    const tab = openTab();
    tab.refill([own(2, { expiresAt: new Date(NOON + 70_000).toISOString() }), own(1, { expiresAt: new Date(NOON - 70_000).toISOString() })]);
    expect(asksBy(tab, NOON + 200_000)).toBe(false);
  });

  it("where something leaves that only a page has shown: it may never have been counted", () => {
    const withdrawn = openTab();
    withdrawn.refill([own(1)]);
    page(withdrawn, [broadcast(1)], cursorAt(100, 1));
    withdrawn.group([{ type: "notification-deleted", id: broadcast(1).id }], cursorAt(100, 2));
    expect(asksBy(withdrawn, NOON + 2_000)).toBe(true);

    const expired = openTab();
    expired.refill([own(1)]);
    page(expired, [broadcast(1, { expiresAt: new Date(NOON + 70_000).toISOString() })], cursorAt(100, 1));
    expect(asksBy(expired, NOON + 72_000)).toBe(false);
    expect(asksBy(expired, NOON + 74_000)).toBe(true);
  });

  it("where something unknown leaves and what is known to be unread is known by a page alone", () => {
    const tab = openTab();
    tab.refill([own(1)], { ...counts(2), hasMore: true, nextCursor: "p2" });
    page(tab, [broadcast(7)], cursorAt(100, 7));
    tab.group([{ type: "notification-deleted", id: broadcast(1).id }], cursorAt(100, 2));
    expect(asksBy(tab, NOON + 2_000)).toBe(true);
  });
});

describe("C4 the order in which actions came", () => {
  it("does not move their times: what crossed, crossed in every tab", () => {
    const [one, other] = [openTab(), openTab()];
    const op: Op = { id: "b-1", mark: { seen: true }, target: { all: true }, at: NOON + 10_000, cursor: cursorAt(100) };
    for (const tab of [one, other]) {
      tab.refill([own(1)]);
      tab.group([told(own(2)), inbox(3)], cursorAt(101));
      const late = () => tab.dispatch({ type: "op-done", id: op.id, at: op.at });
      if (tab === other) late();
      const events = [{ type: "broadcast" as const, notification: broadcast(1) }];
      tab.dispatch({ type: "group", events, cursor: cursorAt(101, 1), live: true, at: NOON + 4_000 });
      if (tab === one) late();
    }
    expect([asksBy(one, NOON + 12_000), asksBy(other, NOON + 12_000)]).toEqual([true, true]);
  });

  it("lets no change that settles undo a watermark that came after what its tab had seen", () => {
    const [one, other] = [openTab(), openTab()];
    const op: Op = { id: "b-1", mark: { read: false }, target: { category: "builds" }, at: NOON, cursor: cursorAt(100) };
    for (const tab of [one, other]) {
      tab.refill([own(1, { category: "builds" })]);
      if (tab === one) tab.dispatch({ type: "op-start", op });
      tab.group([{ type: "watermark", read: { user: 101 } }, inbox(0)], cursorAt(101));
      if (tab === other) tab.dispatch({ type: "op-start", op });
      tab.done(op.id);
      tab.tick(NOON + 10_000);
    }
    expect([one.unread(), other.unread()]).toEqual([0, 0]);
    expect(other.replica.snapshot().notifications).toEqual(one.replica.snapshot().notifications);
  });
});
