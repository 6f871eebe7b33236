/**
 * The line of the tab that leads, as a pure machine: what happened goes in, what must be done comes out as data.
 *
 * Handlers (`machine-table.ts`) only say what is true next; what to do about it is the difference between two states. So there can
 * never be two lines, two loads or two timers, and nothing is opened without what was open being closed.
 * Knows no clock, no network and no React.
 */
import { deadAt, type At, type Effect, type Event, type Machine, type Shown, type StateName } from "./machine-state";
import { TABLE } from "./machine-table";
import { climbAt } from "./transport-order";

export { initial } from "./machine-state";
export type { At, Effect, Event, EventName, Machine, Settings, StateName } from "./machine-state";

/** Browsers hold the timers of hidden pages back for up to a minute. One that is later tells of a sleep. */
const LATE_MS = 90_000;

/** One thing happened. */
export function step(before: Machine, event: Event, at: At): { state: Machine; effects: Effect[] } {
  const late = event.type === "timer" && before.armed !== null && at.now - before.armed > LATE_MS;
  const fired = event.type === "timer" ? { ...before, armed: null } : before;
  const woken = late ? handle(fired, { type: "resumed" }, at) : fired;
  return settle(fired, woken.name === fired.name ? handle(woken, event, at) : woken, at.now);
}

function handle(state: Machine, event: Event, at: At): Machine {
  const handler = TABLE[state.name][event.type] as (state: Machine, at: At, event: Event) => Machine;
  return handler(state, at, event);
}

/** What must be done for `next` to be true, after `before` was. */
function settle(before: Machine, next: Machine, now: number): { state: Machine; effects: Effect[] } {
  const effects: Effect[] = [];
  const anotherLine = next.serial !== before.serial;
  if (before.line && (!next.line || anotherLine)) effects.push({ type: "closeLine" });
  if (before.name === "loading" && (next.name !== "loading" || next.load !== before.load)) effects.push({ type: "cancelLoad" });

  const shown = shownOf(next, now);
  if (shown && (shown.status !== next.shown?.status || shown.transport !== next.shown.transport)) effects.push({ type: "status", ...shown });
  if (next.name === "unauthorized" && before.name !== "unauthorized") effects.push({ type: "unauthorized" });

  if (next.line && anotherLine) effects.push({ type: "openLine", transport: next.line, cursor: next.cursor ?? "" });
  if (next.name === "loading" && next.load !== before.load) effects.push({ type: "loadLists" });
  if (next.nudges !== before.nudges) effects.push({ type: "nudgeLine" });

  const due = dueOf(next, now);
  let { armed } = before;
  if (due === null && armed !== null) {
    effects.push({ type: "clearTimer" });
    armed = null;
  } else if (due !== null && (armed === null || due < armed)) {
    // A timer that is only too early stays: it looks again when it fires. Each heartbeat would set one otherwise.
    effects.push({ type: "setTimer", at: due });
    armed = due;
  }
  return { state: { ...next, shown: next.name === "idle" ? null : shown, armed }, effects };
}

/** What the user may be told; null where nobody is to be told anything. */
function shownOf(state: Machine, now: number): Shown | null {
  if (state.name === "idle") return null;
  if (state.name === "unauthorized") return { status: "unauthorized", transport: null };
  if (state.name === "live") return { status: state.line === "polling" ? "polling" : "live", transport: state.line };
  if (state.name !== "offline" && now < state.graceUntil) return state.shown;
  return { status: "offline", transport: null };
}

/** When it must look again by itself. */
function dueOf(state: Machine, now: number): number | null {
  const grace = state.graceUntil > now ? state.graceUntil : Infinity;
  const climb = state.line ? climbAt(state.order, state.bars, state.line) : Infinity;
  const dues: Partial<Record<StateName, number>> = {
    loading: grace,
    connecting: Math.min(state.openBy, grace),
    // Also looked at every two heartbeats, so that a sleep shows by a late timer.
    live: Math.min(deadAt(state), climb, now + 2 * state.settings.heartbeatMs),
    waiting: Math.min(state.retryAt, grace),
  };
  const due = dues[state.name] ?? Infinity;
  return due < Infinity ? due : null;
}
