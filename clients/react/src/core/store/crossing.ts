/** Counts and news that may have crossed: a channel's events come without counts, and the counts of a user's own feed may know of them. */
import type { Counts } from "../types";
import { countOff, doubtSoon, takeCounts } from "./counts";
import { CAP, type State } from "./state";

/** The server's counts and live news of a channel that come this close together may have crossed. */
const CROSSING_MS = 5_000;

/** Counts that came live, with nothing of a channel beside them: what came of one just before may not be in them. */
export function takeLiveCounts(state: State, counts: Counts): void {
  takeCounts(state, counts, false);
  if (state.now - state.channelAt < CROSSING_MS) doubtSoon(state);
}

/** What happens in a channel comes without counts: one more, or one less. Counts that came just before may know of it, if it came live. */
export function countChannel(state: State, by: 1 | -1, live: boolean): void {
  if (by < 0) countOff(state, 1);
  else if (state.counts) {
    const { unreadCount, unseenCount } = state.counts;
    state.counts = { unreadCount: Math.min(CAP, unreadCount + 1), unseenCount: Math.min(CAP, unseenCount + 1) };
  }
  if (!live) return;
  state.channelAt = state.now;
  if (state.now - state.aheadAt < CROSSING_MS) doubtSoon(state);
}
