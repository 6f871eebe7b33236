/**
 * The machine, driven: effects become calls, and what comes of them becomes events. Everything that it began ends with `stop`.
 *
 * It also reads the lists, since a line needs a place to begin: alone (before it is known whose tab this is) and after a `reset`.
 */
import type { BelfryEvent } from "../contract";
import { sameUser } from "./identity";
import { initial, step, type Effect, type Event, type Machine } from "./machine";
import { RestFailure } from "./problem";
import { orderOf } from "./transport-order";
import type { Line, LineContext, Session, SessionOptions, TimerId, TransportName } from "./types";

export const HEARTBEAT_MS = 15_000;
export const POLL_MS = 30_000;

export function createSession(given: SessionOptions): Session {
  const { platform, rest, options, transports, emit } = given;
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
  const pollMs = options.pollMs ?? POLL_MS;
  const quiet = (name: TransportName) => transports[name].quietMs?.({ heartbeatMs, pollMs }) ?? 3 * heartbeatMs;
  const quietMs = { sse: quiet("sse"), websocket: quiet("websocket"), polling: quiet("polling") };

  let state: Machine = initial({ heartbeatMs, quietMs });
  let line: Line | null = null;
  let lines = 0;
  let load: AbortController | null = null;
  let timer: TimerId = null;
  let unwatch: (() => void) | null = null;
  const waiting: Event[] = [];
  let busy = false;

  const alone = options.shareTabs === false || !platform.locks || !platform.BroadcastChannel;
  const order = () => orderOf(options.transports, rest.facts().transports, alone);

  /** One event after the other, also where performing one causes the next. */
  function feed(event: Event): void {
    waiting.push(event);
    if (busy) return;
    busy = true;
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { state: after, effects } = step(state, next, { now: platform.now(), random: platform.random() });
        state = after;
        for (const effect of effects) perform(effect);
      }
    } finally {
      busy = false;
    }
  }

  function perform(effect: Effect): void {
    switch (effect.type) {
      case "openLine":
        return open(effect.transport, effect.cursor);
      case "closeLine":
        lines += 1;
        line?.close();
        line = null;
        return;
      case "nudgeLine":
        return line?.nudge();
      case "loadLists":
        return void read();
      case "cancelLoad":
        load?.abort();
        load = null;
        return;
      case "setTimer":
        platform.clearTimeout(timer);
        timer = platform.setTimeout(() => feed({ type: "timer" }), Math.max(0, effect.at - platform.now()));
        return;
      case "clearTimer":
        return platform.clearTimeout(timer);
      case "status":
        return emit(effect);
      case "unauthorized":
        return given.onUnauthorized();
    }
  }

  function open(name: TransportName, cursor: string): void {
    const mine = ++lines;
    const heed =
      <T extends unknown[]>(run: (...told: T) => void) =>
      (...told: T) => {
        if (mine === lines) run(...told);
      };
    const { socketUrl } = rest.facts();
    const context: LineContext = { cursor, clientId: given.clientId, platform, rest, socketUrl, pollMs, heartbeatMs };
    line = transports[name].open(context, {
      opened: heed(() => feed({ type: "opened" })),
      alive: heed(() => feed({ type: "alive" })),
      group: heed(group),
      ended: heed((end) => feed({ type: "ended", end })),
    });
  }

  function group(events: BelfryEvent[], cursor: string, live: boolean): void {
    const at = platform.now();
    if (!events.some(({ type }) => type === "reset")) {
      emit({ type: "group", events, cursor, live, at });
      return feed({ type: "group", cursor });
    }
    const held = state.cursor ?? cursor;
    if (!sameUser(held, cursor)) return otherUser();
    // Its cursor counts once the lists are read: a tab that takes over before that must be told of the reset again.
    emit({ type: "group", events, cursor: held, live, at });
    feed({ type: "reset" });
  }

  async function read(): Promise<void> {
    const mine = new AbortController();
    load = mine;
    const over = () => load !== mine;
    try {
      const { page, tasks } = await given.lists(mine.signal);
      if (over()) return;
      if (state.cursor !== null && !sameUser(state.cursor, page.streamCursor)) return otherUser();
      emit({ type: "refill", page, tasks, at: platform.now() });
      if (over()) return;
      feed({ type: "loaded", cursor: page.streamCursor, order: order() });
    } catch (error) {
      if (over()) return;
      if (!(error instanceof RestFailure)) {
        feed({ type: "loadFailed" });
        throw error;
      }
      if (error.problem.type === "unauthorized") return feed({ type: "tokenRefused" });
      emit({ type: "error", error: error.problem });
      feed({ type: "loadFailed", retryAfterMs: error.problem.retryAfterMs });
    }
  }

  function otherUser(): void {
    stop();
    given.onOtherUser();
  }

  function stop(): void {
    unwatch?.();
    unwatch = null;
    feed({ type: "stop" });
  }

  return {
    start() {
      unwatch ??= platform.watch((what) => {
        if (what !== "frozen") feed({ type: what });
      });
      feed({ type: "start", cursor: given.cursor(), order: order(), online: platform.isOnline() });
    },
    stop,
    nudge: () => feed({ type: "nudge" }),
  };
}
