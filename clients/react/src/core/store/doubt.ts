/** When counts cannot be told from here, and the tab that leads is to ask for them. */
import type { State } from "./state";

/** The server may count from a copy of a channel that is a second old; asked later than this, it does not. */
const SETTLE_MS = 2_000;
/** Clocks of clients differ from the server's by less than this, as a rule: so long after an expiry, both agree on it. */
const SKEW_MS = 60_000;

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

/** Something unread expired then, however late that is noticed. */
export function noteExpiry(state: State, at: number): void {
  state.expiredAt = Math.max(state.expiredAt, at);
  doubtExpiry(state);
}

/** Whether counts of about the moment when something expired hold it is for the server's clock to say. */
export function doubtExpiry(state: State): void {
  if (Math.abs(state.countedAt - state.expiredAt) < SKEW_MS) doubt(state, state.expiredAt + SKEW_MS);
}
