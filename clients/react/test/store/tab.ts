/** A tab for tests: a replica under a clock of the test, and notifications by the dozen. */
import type { BelfryEvent, BelfryNotification } from "../../src/contract";
import { createReplica, type TabReplica } from "../../src/core/replica";
import { later } from "../../src/core/store/later";
import type { Action, Counts, Heard, Op, Page } from "../../src/core/types";

export const NOON = Date.parse("2026-11-25T12:00:00.000Z");

/** A segment of the user's feed, or of everyone's, at its commit `n`. */
function segment(tag: string, n: number): string {
  return `${tag}${String(n).padStart(6, "0")}HnFQ`;
}

export function cursorAt(user: number, everyone = 0): string {
  return `1.${segment("EFGHIJKL", user)}~${segment("MNOPQRST", everyone)}`;
}

/** An unread notification of the user's own, the `n`th of their feed: as old as its number says. */
export function own(n: number, more: Partial<BelfryNotification> = {}): BelfryNotification {
  const id = `EFGHIJKL${Buffer.from([0, 0, 0, n >> 8, n & 255, 0]).toString("base64url")}`;
  const createdAt = new Date(NOON - 3_600_000 + n * 1_000).toISOString();
  const unreadSince = more.read || more.archived ? {} : { unreadSince: { feed: "user", n } };
  return {
    id, userId: "anna", title: `Own ${n}`, message: "", type: "info", read: false, createdAt, archived: false,
    expiresAt: new Date(NOON + 90 * 86_400_000).toISOString(), born: n, audience: "user", ...unreadSince, ...more,
  };
}

export function broadcast(n: number, more: Partial<BelfryNotification> = {}): BelfryNotification {
  const id = `MNOPQRST${Buffer.from([0, 0, 0, n >> 8, n & 255, 0]).toString("base64url")}`;
  const unreadSince = more.read || more.archived ? {} : { unreadSince: { feed: "everyone", n } };
  return { ...own(n, { read: true }), id, title: `All ${n}`, read: false, audience: "everyone", ...unreadSince, ...more };
}

export function counts(unreadCount: number, unseenCount = unreadCount): Counts {
  return { unreadCount, unseenCount };
}

export function inbox(unreadCount: number, unseenCount = unreadCount): BelfryEvent {
  return { type: "inbox", unreadCount, unseenCount };
}

export function told(notification: BelfryNotification): BelfryEvent {
  return { type: "notification", notification };
}

export interface Tab {
  replica: TabReplica;
  heard: Heard[];
  clock: { now: number; leads: boolean };
  dispatch(action: Action): void;
  /** A first page; all of it unless it says otherwise. */
  refill(notifications: BelfryNotification[], more?: Partial<Page>): void;
  group(events: BelfryEvent[], cursor: string, live?: boolean): void;
  start(op: Partial<Op> & Pick<Op, "id" | "target">): void;
  done(id: string): void;
  tick(at: number): void;
  ids(): string[];
  titles(): string[];
  unread(): number;
}

export function unreadOf(notifications: BelfryNotification[]): number {
  return notifications.filter((one) => !one.read && !one.archived).length;
}

export function openTab(): Tab {
  const clock = { now: NOON, leads: true };
  const replica = createReplica({ now: () => clock.now, leads: () => clock.leads, later: () => later });
  const heard: Heard[] = [];
  replica.onEvent((one) => heard.push(one));
  const { dispatch } = replica;
  return {
    replica,
    heard,
    clock,
    dispatch,
    refill(notifications, more = {}) {
      const unread = unreadOf(notifications);
      const page = { notifications, ...counts(unread), hasMore: false, nextCursor: null, streamCursor: cursorAt(100), ...more };
      dispatch({ type: "refill", page, tasks: null, at: clock.now });
    },
    group: (events, cursor, live = true) => dispatch({ type: "group", events, cursor, live, at: clock.now }),
    start: (op) => dispatch({ type: "op-start", op: { mark: { read: true }, at: clock.now, cursor: replica.cursor(), ...op } }),
    done: (id) => dispatch({ type: "op-done", id, at: clock.now }),
    tick(at) {
      clock.now = at;
      dispatch({ type: "tick", at });
    },
    ids: () => replica.snapshot().notifications.map((one) => one.id),
    titles: () => replica.snapshot().notifications.map((one) => one.title),
    unread: () => replica.snapshot().unreadCount,
  };
}
