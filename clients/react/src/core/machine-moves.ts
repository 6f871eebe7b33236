/** The moves that the table is made of: each says what is true next, and nothing of how. */
import { backoffMs } from "./backoff";
import { deadAt, initial, type At, type EventOf, type Machine } from "./machine-state";
import { barred, climbAt, hardOnly, pick, unbarred } from "./transport-order";
import type { LineEnd, TransportName } from "./types";

/** A line that lived this long did work, whatever ended it. */
export const STEADY_MS = 5_000;
/** So long a planned break may last before the user is told of it. */
export const GRACE_MS = 5_000;
/** A line that has shown nothing by then is held back by something between. A poll has its own, shorter limit. */
export const OPENING_MS: Readonly<Record<TransportName, number>> = { sse: 10_000, websocket: 10_000, polling: 30_000 };
/** A trial of a better transport holds news up while it lasts; it ends before the grace does. */
const TRIAL_MS = 4_000;
/** However often the user looks, an attempt ahead of its time is made once in so long. */
export const WAKE_MS = 5_000;
/** Of a transport that never lived, before the next one is tried. */
const TRIES = 2;

export function keep(state: Machine): Machine {
  return state;
}

/** The next thing to do: read the lists where they are needed, else open the best line. */
export function proceed(state: Machine, { now }: At, trial = false): Machine {
  if (!state.online) return toOffline(state);
  const next: Machine = { ...state, trial, triedAt: now, retryAt: 0 };
  if (state.cursor === null || state.reload) return { ...next, name: "loading", line: null, load: state.load + 1 };
  const line = pick(state.order, state.bars, now);
  const openBy = now + (trial ? TRIAL_MS : OPENING_MS[line]);
  return { ...next, name: "connecting", line, last: line, tries: line === state.last ? state.tries : 0, serial: state.serial + 1, openBy };
}

export function begin(state: Machine, at: At, { cursor, order, online }: EventOf<"start">): Machine {
  return proceed({ ...toIdle(state), shown: state.shown, cursor, order, online, graceUntil: at.now + GRACE_MS }, at);
}

export function toIdle({ settings, serial, load, nudges, armed }: Machine): Machine {
  return { ...initial(settings), serial, load, nudges, armed };
}

/** Nothing runs, and nothing is waited for. */
const STILL = { line: null, trial: false, retryAt: 0, graceUntil: 0 } as const;

export function toOffline(state: Machine): Machine {
  return { ...state, ...STILL, name: "offline", online: false };
}

export function toUnauthorized(state: Machine): Machine {
  return { ...state, ...STILL, name: "unauthorized" };
}

/** That failed: wait longer than last time, and no shorter than the server asked for. */
export function retryLater(state: Machine, { now, random }: At, retryAfterMs = 0, graceUntil = 0): Machine {
  const notBefore = Math.max(state.notBefore, now + retryAfterMs);
  const failures = state.failures + 1;
  const retryAt = Math.max(now + backoffMs(failures, random), notBefore);
  return { ...state, name: "waiting", line: null, trial: false, failures, retryAt, notBefore, graceUntil };
}

export function open(state: Machine, { now }: At): Machine {
  return { ...state, name: "live", openedAt: now, signAt: now, notBefore: 0, graceUntil: 0, trial: false };
}

/** What the past of a line that is over says of the next one. */
function over(state: Machine, { now }: At): { state: Machine; opened: boolean; lived: boolean } {
  const opened = state.name === "live";
  const lived = opened && now - state.openedAt >= STEADY_MS;
  const left = { ...state, line: null };
  if (!lived || !state.line) return { state: left, opened, lived };
  return { state: { ...left, failures: 0, resets: 0, tries: 0, bars: unbarred(state.bars, state.line) }, opened, lived };
}

export function lineEnded(state: Machine, end: LineEnd, at: At): Machine {
  const { state: next, opened, lived } = over(state, at);
  switch (end.kind) {
    case "unauthorized":
      return toUnauthorized(next);
    case "unsupported":
      return fall(next, state.line, true, at);
    case "clean": {
      const graceUntil = opened ? at.now + GRACE_MS : 0;
      if (!lived) return retryLater(next, at, 0, graceUntil);
      const retryAt = at.now + backoffMs(0, at.random, end.retryMs);
      return { ...next, name: "waiting", trial: false, retryAt, graceUntil };
    }
    case "lost":
    case "busy": {
      const leastMs = end.kind === "busy" ? end.retryAfterMs : 0;
      if (state.trial) return fall(next, state.line, false, at, leastMs);
      return retryLater(lived ? next : missed(next, state.line, at, leastMs), at, leastMs);
    }
  }
}

/** It did not work once more: at some point the next transport has its turn; after the last one, all have it again. */
function missed(state: Machine, line: TransportName | null, at: At, leastMs?: number): Machine {
  const tries = state.tries + 1;
  if (!line || tries < TRIES) return { ...state, tries };
  if (line === state.order[state.order.length - 1]) return { ...state, tries: 0, bars: hardOnly(state.bars) };
  return { ...state, tries: 0, bars: barred(state.bars, line, false, at, leastMs) };
}

/** Another transport at once, where there is another. */
export function fall(state: Machine, line: TransportName | null, hard: boolean, at: At, leastMs?: number): Machine {
  if (!line) return retryLater(state, at);
  const bars = barred(state.bars, line, hard, at, leastMs);
  const next = { ...state, line: null, tries: 0, bars };
  const another = pick(state.order, bars, at.now) !== line;
  return another ? proceed(next, at) : retryLater({ ...next, bars: hardOnly(bars) }, at, leastMs);
}

export function resetLists(state: Machine, at: At): Machine {
  const { state: next } = over(state, at);
  const reload = { ...next, reload: true, resets: next.resets + 1 };
  const graceUntil = at.now + GRACE_MS;
  if (next.resets === 0) return proceed({ ...reload, graceUntil }, at);
  // A reset right after a reset must not turn into a loop.
  return retryLater({ ...reload, failures: Math.max(next.failures, next.resets) }, at, 0, graceUntil);
}

/** The moment that was waited for, or the end of a grace: `settle` sees to the latter. */
export function waited(state: Machine, at: At): Machine {
  return at.now >= state.retryAt ? proceed(state, at) : state;
}

export function openingTimer(state: Machine, at: At): Machine {
  return at.now >= state.openBy ? fall(state, state.line, false, at) : state;
}

export function liveTimer(state: Machine, at: At): Machine {
  if (at.now >= deadAt(state)) return lineEnded(state, { kind: "lost" }, at);
  if (!state.line || at.now < climbAt(state.order, state.bars, state.line)) return state;
  const { state: next } = over(state, at);
  // If it fails, the lower one needs a moment to come back: nothing broke that the user should be told of.
  return proceed({ ...next, graceUntil: at.now + TRIAL_MS + GRACE_MS }, at, true);
}

/** The user or the network says that it may be worth while now: at once, but however often it is said, once in a while. */
export function wake(state: Machine, at: At): Machine {
  const soonest = Math.max(state.notBefore, state.triedAt + WAKE_MS);
  return at.now >= soonest ? proceed(state, at) : { ...state, retryAt: Math.min(state.retryAt, soonest) };
}

/** Another network: what failed in the old one may work. */
const ANOTHER_NETWORK = { online: true, bars: {}, failures: 0, tries: 0 } as const;

export function wakeOnline(state: Machine, at: At): Machine {
  return wake({ ...state, ...ANOTHER_NETWORK }, at);
}

/** Back on line. At once, but not at each flicker of a bad network. */
export function fromOffline(state: Machine, at: At): Machine {
  const next: Machine = { ...state, ...ANOTHER_NETWORK };
  const soonest = Math.max(state.notBefore, state.triedAt + 1_000);
  return at.now >= soonest ? proceed(next, at) : { ...next, name: "waiting", retryAt: soonest };
}

/** Is the line still there? One that beats and has missed two beats is not; any other is asked. */
export function check(state: Machine, at: At): Machine {
  if (!state.line) return state;
  const { heartbeatMs, quietMs } = state.settings;
  const silentMs = at.now - state.signAt;
  if (silentMs >= quietMs[state.line]) return proceed({ ...over(state, at).state, graceUntil: 0 }, at);
  const beats = quietMs[state.line] <= 3 * heartbeatMs;
  if (beats && silentMs > 2 * heartbeatMs) return proceed(over(state, at).state, at);
  return beats || silentMs < 1_000 ? state : nudge(state);
}

export function nudge(state: Machine): Machine {
  return { ...state, nudges: state.nudges + 1 };
}

/** Perhaps another network. A worse transport is left when its time comes, which is now unless it just came. */
export function checkOnline(state: Machine, at: At): Machine {
  const bars = at.now >= state.triedAt + WAKE_MS ? {} : state.bars;
  return check({ ...state, online: true, bars }, at);
}
