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

export type Handler<E extends EventName> = (state: Machine, at: At, event: EventOf<E>) => Machine;
export type Row = { readonly [E in EventName]: Handler<E> };

const isOnline = (state: Machine): Machine => ({ ...state, online: true });
const isOffline = (state: Machine): Machine => ({ ...state, online: false });
const loaded: Handler<"loaded"> = (state, at, { cursor, order }) => proceed({ ...state, cursor, order, reload: false }, at);
const ended: Handler<"ended"> = (state, at, { end }) => lineEnded(state, end, at);
const moved: Handler<"group"> = (state, at, { cursor }) => ({ ...state, cursor, signAt: at.now });
const alive = (state: Machine, at: At): Machine => ({ ...state, signAt: at.now });

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
    loadFailed: (state, at, { retryAfterMs }) => retryLater(state, at, retryAfterMs),
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
    opened: open,
    alive,
    group: (state, at, event) => moved(open(state, at), at, event),
    reset: (state, at) => resetLists(open(state, at), at),
    ended,
    timer: openingTimer,
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
    reset: resetLists,
    ended,
    timer: liveTimer,
    online: checkOnline,
    offline: toOffline,
    visible: check,
    resumed: check,
    nudge,
  },
  waiting: {
    ...NOTHING_RUNS,
    ...RUNS,
    timer: waited,
    online: wakeOnline,
    offline: toOffline,
    visible: wake,
    resumed: wake,
    nudge: wake,
  },
  offline: {
    ...NOTHING_RUNS,
    ...RUNS,
    timer: keep,
    online: fromOffline,
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
