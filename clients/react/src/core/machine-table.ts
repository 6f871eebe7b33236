/** What each state does about each event: complete, since a forgotten cell does not compile. */
import type { At, EventName, EventOf, Machine, StateName } from "./machine-state";
import {
  begin,
  check,
  checkOnline,
  fromOffline,
  keep,
  lineEnded,
  liveTimer,
  nudge,
  open,
  openingTimer,
  proceed,
  resetLists,
  retryLater,
  toIdle,
  toOffline,
  toUnauthorized,
  waited,
  wake,
  wakeOnline,
} from "./machine-moves";

export type Handler<E extends EventName> = (state: Machine, event: EventOf<E>, at: At) => Machine;
export type Row = { readonly [E in EventName]: Handler<E> };

const isOnline = (state: Machine): Machine => ({ ...state, online: true });
const isOffline = (state: Machine): Machine => ({ ...state, online: false });
const loaded: Handler<"loaded"> = (state, { cursor, order }, at) => proceed({ ...state, cursor, order, reload: false }, at);
const ended: Handler<"ended"> = (state, { end }, at) => lineEnded(state, end, at);
const moved: Handler<"group"> = (state, { cursor }, at) => ({ ...state, cursor, signAt: at.now });
const alive = (state: Machine, _: unknown, at: At): Machine => ({ ...state, signAt: at.now });

/** What comes of a line or a load that is over is late, and says nothing. */
const NOTHING_RUNS = { loaded: keep, loadFailed: keep, opened: keep, alive: keep, group: keep, reset: keep, ended: keep } as const;
const RUNS = { start: keep, stop: toIdle, hidden: keep, tokenRefused: toUnauthorized } as const;
const NO_LOAD = { loaded: keep, loadFailed: keep } as const;

export const TABLE: { readonly [S in StateName]: Row } = {
  idle: {
    ...NOTHING_RUNS,
    start: begin,
    stop: keep,
    timer: keep,
    online: keep,
    offline: keep,
    visible: keep,
    hidden: keep,
    resumed: keep,
    nudge: keep,
    tokenRefused: keep,
  },
  loading: {
    ...NOTHING_RUNS,
    ...RUNS,
    loaded,
    loadFailed: (state, { retryAfterMs }, at) => retryLater(state, at, retryAfterMs),
    timer: keep,
    online: isOnline,
    offline: toOffline,
    visible: keep,
    resumed: keep,
    nudge: keep,
  },
  connecting: {
    ...RUNS,
    ...NO_LOAD,
    opened: (state, _, at) => open(state, at),
    alive,
    group: (state, event, at) => moved(open(state, at), event, at),
    reset: (state, _, at) => resetLists(open(state, at), at),
    ended,
    timer: (state, _, at) => openingTimer(state, at),
    online: isOnline,
    offline: toOffline,
    visible: keep,
    resumed: keep,
    nudge: keep,
  },
  live: {
    ...RUNS,
    ...NO_LOAD,
    opened: alive,
    alive,
    group: moved,
    reset: (state, _, at) => resetLists(state, at),
    ended,
    timer: (state, _, at) => liveTimer(state, at),
    online: (state, _, at) => checkOnline(state, at),
    offline: toOffline,
    visible: (state, _, at) => check(state, at),
    resumed: (state, _, at) => check(state, at),
    nudge,
  },
  waiting: {
    ...NOTHING_RUNS,
    ...RUNS,
    timer: (state, _, at) => waited(state, at),
    online: (state, _, at) => wakeOnline(state, at),
    offline: toOffline,
    visible: (state, _, at) => wake(state, at),
    resumed: (state, _, at) => wake(state, at),
    nudge: (state, _, at) => wake(state, at),
  },
  offline: {
    ...NOTHING_RUNS,
    ...RUNS,
    timer: keep,
    online: (state, _, at) => fromOffline(state, at),
    offline: keep,
    visible: keep,
    resumed: keep,
    nudge: keep,
  },
  unauthorized: {
    ...NOTHING_RUNS,
    start: begin,
    stop: toIdle,
    timer: keep,
    online: isOnline,
    offline: isOffline,
    visible: keep,
    hidden: keep,
    resumed: keep,
    nudge: keep,
    tokenRefused: keep,
  },
};
