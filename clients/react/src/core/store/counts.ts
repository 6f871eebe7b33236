/** How many are unread: what the server said last, what was counted on since, and what our own pending changes take away. */
import type { Counts } from "../types";
import { isUnread } from "./documents";
import { doubt, doubtExpiry, doubtSoon } from "./doubt";
import { marksAll, marksSeen } from "./effect";
import { unreadBy, type Overlay } from "./overlay";
import { CAP, type State } from "./state";

/** While nothing was read. */
export const NONE: Counts = { unreadCount: 0, unseenCount: 0 };

/** Takes the server's counts. Those that are not `exact` may be ahead of the place where the news goes on. */
export function takeCounts(state: State, counts: Counts, exact: boolean): void {
  state.counts = { unreadCount: counts.unreadCount, unseenCount: counts.unseenCount };
  state.ahead = 0;
  state.doubtAt = null;
  state.countedAt = state.at;
  state.exact = exact;
  doubtExpiry(state);
}

/** So many unread ones left without news of it, or came back where it is less than 0. What cannot be told from here is asked for. */
export function countOff(state: State, n: number): void {
  const counts = state.counts;
  if (!counts || n === 0) return;
  if (counts.unreadCount >= CAP) return doubt(state, state.now);
  const unreadCount = Math.min(CAP, Math.max(0, counts.unreadCount - n));
  const allUnseen = counts.unseenCount === counts.unreadCount;
  state.counts = { unreadCount, unseenCount: allUnseen ? unreadCount : Math.min(counts.unseenCount, unreadCount) };
  // Which of them were seen is the server's to know.
  if (!allUnseen && counts.unseenCount > 0) doubtSoon(state);
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
