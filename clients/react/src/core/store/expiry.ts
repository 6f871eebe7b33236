/** What leaves by itself, and when the next thing is due. */
import { drop, isUnread } from "./documents";
import { countOff } from "./counts";
import { doubtSoon, noteExpiry } from "./doubt";
import { dueOf } from "./confirm";
import type { State } from "./state";

/** Timers cannot wait for months: a `tick` once a day changes nothing. */
const LONGEST_MS = 24 * 3_600_000;
/** Counts that were asked for and did not come are asked for again. */
const AGAIN_MS = 30_000;

/** Moves the clock forward, never back; whatever has expired by then goes from lists and counts. */
export function advance(state: State, at: number): void {
  state.at = at;
  state.now = Math.max(state.now, at);
  let unread = 0;
  for (let next = state.expiring.at(-1); next && next.expires <= state.now; next = state.expiring.at(-1)) {
    drop(state, next);
    if (!isUnread(next.doc)) continue;
    unread += 1;
    noteExpiry(state, next.expires);
    if (!next.heard) doubtSoon(state);
  }
  countOff(state, unread);
}

/** When a `tick` will change something; null while nothing waits. */
export function nextDue(state: State): number | null {
  const moments = state.ops.map(dueOf);
  const next = state.expiring.at(-1);
  if (next) moments.push(next.expires);
  if (state.doubtAt !== null) moments.push(state.doubtAt > state.now ? state.doubtAt : state.now + AGAIN_MS);
  return moments.length > 0 ? Math.min(state.now + LONGEST_MS, ...moments) : null;
}
