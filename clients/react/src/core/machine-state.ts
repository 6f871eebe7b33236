/** The words of the machine: states, events, effects, and all that it remembers. */
import type { Bars } from "./transport-order";
import type { LineEnd, Status, TransportName } from "./types";

export type StateName = "idle" | "loading" | "connecting" | "live" | "waiting" | "offline" | "unauthorized";

export type Event =
  /** With a cursor it goes on from there, without one it reads the lists first. */
  | { type: "start"; cursor: string | null; order: TransportName[]; online: boolean }
  | { type: "stop" }
  | { type: "loaded"; cursor: string; order: TransportName[] }
  | { type: "loadFailed"; retryAfterMs?: number }
  | { type: "opened" }
  | { type: "alive" }
  | { type: "group"; cursor: string }
  /** A group held a `reset`: what the lists say counts, and the lists' own cursor. */
  | { type: "reset" }
  | { type: "ended"; end: LineEnd }
  | { type: "timer" }
  | { type: "online" }
  | { type: "offline" }
  | { type: "visible" }
  | { type: "hidden" }
  /** The page was frozen, or the machine slept. */
  | { type: "resumed" }
  /** Somebody wants news now. */
  | { type: "nudge" }
  | { type: "tokenRefused" };
export type EventName = Event["type"];
export type EventOf<E extends EventName> = Extract<Event, { type: E }>;

export type Effect =
  | { type: "closeLine" }
  | { type: "openLine"; transport: TransportName; cursor: string }
  | { type: "nudgeLine" }
  | { type: "loadLists" }
  | { type: "cancelLoad" }
  /** Replaces the one timer there is. */
  | { type: "setTimer"; at: number }
  | { type: "clearTimer" }
  | { type: "status"; status: Status; transport: TransportName | null }
  | { type: "unauthorized" };

/** Chosen once, in milliseconds. A heartbeat and the patience with its absence come from one setting. */
export interface Settings {
  heartbeatMs: number;
  /** How long an open line may be silent before it counts as dead. */
  quietMs: Readonly<Record<TransportName, number>>;
}

export interface Shown {
  status: Status;
  transport: TransportName | null;
}

/** Immutable. Moments are milliseconds since 1970; 0 is "never". */
export interface Machine {
  readonly name: StateName;
  readonly settings: Settings;
  readonly order: readonly TransportName[];
  readonly bars: Bars;
  /** Where to go on: behind all that was told. */
  readonly cursor: string | null;
  /** The lists must be read before a line is opened. */
  readonly reload: boolean;
  readonly online: boolean;
  /** The line that is open or opening, and a number that no other has. */
  readonly line: TransportName | null;
  readonly serial: number;
  readonly load: number;
  readonly nudges: number;
  /** Which transport was tried last, and how often in a row it did not work. */
  readonly last: TransportName | null;
  readonly tries: number;
  /** This attempt looks whether a better transport works by now. */
  readonly trial: boolean;
  /** Attempts in a row after which no line lived; decides the window of the next wait. */
  readonly failures: number;
  /** In a row without a line that lived between. */
  readonly resets: number;
  readonly triedAt: number;
  readonly openedAt: number;
  readonly signAt: number;
  readonly openBy: number;
  readonly retryAt: number;
  /** The server asked to be left alone until then. */
  readonly notBefore: number;
  /** Until then what was shown stays shown, since the break is planned. */
  readonly graceUntil: number;
  readonly shown: Shown | null;
  /** When the timer fires; it may be earlier than it need be. */
  readonly armed: number | null;
}

export interface At {
  now: number;
  /** From 0 up to, but never, 1; drawn anew at each step. */
  random: number;
}

export function initial(settings: Settings): Machine {
  return {
    name: "idle",
    settings,
    order: [],
    bars: {},
    cursor: null,
    reload: false,
    online: true,
    line: null,
    serial: 0,
    load: 0,
    nudges: 0,
    last: null,
    tries: 0,
    trial: false,
    failures: 0,
    resets: 0,
    triedAt: 0,
    openedAt: 0,
    signAt: 0,
    openBy: 0,
    retryAt: 0,
    notBefore: 0,
    graceUntil: 0,
    shown: null,
    armed: null,
  };
}

/** When an open line counts as dead unless it shows a sign of life. */
export function deadAt(state: Machine): number {
  return state.signAt + (state.line ? state.settings.quietMs[state.line] : 0);
}
