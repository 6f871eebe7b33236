/** How many are unread: what the server said last, what was counted on since, and what our own pending changes take away. */
import type { Counts } from "../types";
import { isUnread } from "./documents";
import { marksAll, marksSeen } from "./effect";
import { unreadBy, type Overlay } from "./overlay";
import { CAP, type State } from "./state";

/** The server may count from a copy of a channel that is a second old; asked later than this, it does not. */
const SETTLE_MS = 2_000;
/** Clocks of clients differ from the server's by less than this, as a rule: so long after an expiry, both agree on it. */
const SKEW_MS = 60_000;

/** While nothing was read. */
export const NONE: Counts = { unreadCount: 0, unseenCount: 0 };

export function doubt(state: State, at: number): void {
  state.doubtAt = Math.min(state.doubtAt ?? Infinity, at);
}

/** Has the counts fetched anew as soon as the server is sure to know what we know. */
export function doubtSoon(state: State): void {
  doubt(state, state.now + SETTLE_MS);
}

/** Counts that were asked for and came late: news overtook them, and more may be following. */
export function missCounts(state: State): void {
  if (state.doubtAt !== null) state.doubtAt = state.now + SETTLE_MS;
}

/** Takes the server's counts. Those that are `exact` are of the very place where the news goes on; others may be ahead of it. */
export function takeCounts(state: State, counts: Counts, exact: boolean): void {
  state.counts = { unreadCount: counts.unreadCount, unseenCount: counts.unseenCount };
  state.ahead = 0;
  state.doubtAt = null;
  state.countedAt = state.now;
  if (!exact) state.aheadAt = state.now;
  if (state.now - state.expiredAt < SKEW_MS) doubt(state, state.expiredAt + SKEW_MS);
}

/** So many unread ones left without news of it, or came back where it is less than 0. What cannot be told from here is asked for. */
export function countOff(state: State, n: number): void {
  const counts = state.counts;
  if (!counts || n === 0) return;
  if (counts.unreadCount >= CAP) return doubt(state, state.now);
  const unreadCount = Math.min(CAP, Math.max(0, counts.unreadCount - n));
  const allUnseen = counts.unseenCount === counts.unreadCount;
  state.counts = { unreadCount, unseenCount: allUnseen ? unreadCount : Math.min(counts.unseenCount, unreadCount) };
  // Which of them were seen is the server's to know; and if its clock is ahead, it may have left them out before.
  if (!allUnseen && counts.unseenCount > 0) doubtSoon(state);
  if (state.now - state.countedAt < SKEW_MS) doubt(state, state.now + SKEW_MS);
}

/** The counts on the screen. Never below what can be seen to be unread. */
export function shownCounts(state: State, overlay: Overlay): Counts {
  const base = state.counts ?? NONE;
  const more = unreadBy(overlay, state);
  const known = state.unread + more;
  const taken = more + Math.min(state.ahead, Math.max(0, -more));
  const all = state.ops.some((pending) => marksAll(pending.op));
  const sum = base.unreadCount >= CAP ? CAP : Math.max(base.unreadCount + taken, known);
  const unreadCount = Math.min(CAP, all ? known : sum);
  const seen = state.ops.filter((pending) => marksSeen(pending.op)).map((pending) => unreadSince(state, pending.limit));
  return { unreadCount, unseenCount: Math.min(base.unseenCount, unreadCount, ...seen) };
}

/** How many became unread after this step of the news. */
export function unreadSince(state: State, step: number): number {
  return state.sorted.filter((held) => held.told > step && isUnread(held.doc)).length;
}
