/** Counts and news that may have crossed: a channel's news comes without counts, and the counts of a user's own feed may know of it. */
import type { Counts } from "../types";
import { takeCounts } from "./counts";
import { doubtSoon } from "./doubt";
import { CAP, type State } from "./state";

/** The server's counts and live news of a channel that come this close together may have crossed. */
const CROSSING_MS = 5_000;

/** Counts that came live, with nothing of a channel beside them: what came of one just before may not be in them. */
export function takeLiveCounts(state: State, counts: Counts): void {
  takeCounts(state, counts, false);
  if (state.at - state.channelAt < CROSSING_MS) doubtSoon(state);
}

/** News without counts. Those that we have may know of it: what is live came just before them, what was missed at any time. */
export function takeUncounted(state: State, live: boolean): void {
  state.channelAt = state.at;
  if (!state.exact && !(live && state.at - state.countedAt >= CROSSING_MS)) doubtSoon(state);
}

/** One more, of which no counts tell. */
export function countOn(state: State): void {
  if (!state.counts) return;
  const { unreadCount, unseenCount } = state.counts;
  state.counts = { unreadCount: Math.min(CAP, unreadCount + 1), unseenCount: Math.min(CAP, unseenCount + 1) };
}
