/** The machine under a hand-moved clock, with its effects done as a session would do them, and every rule of theirs watched. */
import { initial, step, type Effect, type Event, type Machine, type Settings, type StateName } from "../../src/core/machine";
import type { LineEnd, TransportName } from "../../src/core/types";

export const SETTINGS: Settings = { heartbeatMs: 15_000, quietMs: { sse: 45_000, websocket: 315_000, polling: 174_000 } };
export const ALL: TransportName[] = ["sse", "websocket", "polling"];
export const START = 1_000_000;

export interface Attempt {
  at: number;
  transport: TransportName;
  cursor: string;
}

export class Driver {
  state: Machine;
  now = START;
  timer: number | null = null;
  line: TransportName | null = null;
  loading = false;
  nudged = 0;
  refused = 0;
  attempts: Attempt[] = [];
  loads: number[] = [];
  timersSet = 0;
  told: string[] = [];
  readonly cells = new Set<string>();

  constructor(
    readonly random: () => number = () => 0.5,
    settings = SETTINGS,
  ) {
    this.state = initial(settings);
  }

  get name(): StateName {
    return this.state.name;
  }
  get status(): string | undefined {
    return this.told.at(-1);
  }

  start(cursor: string | null = "c0", order = ALL, online = true): this {
    return this.feed({ type: "start", cursor, order, online });
  }
  opened(): this {
    return this.feed({ type: "opened" });
  }
  end(end: LineEnd): this {
    return this.feed({ type: "ended", end });
  }
  lost(): this {
    return this.end({ kind: "lost" });
  }
  /** To a line that has lived long enough to count. */
  live(): this {
    this.start().opened().advance(6_000, () => this.feed({ type: "alive" }));
    return this;
  }

  feed(event: Event): this {
    if (event.type === "ended") this.line = null;
    if (event.type === "loaded" || event.type === "loadFailed") this.loading = false;
    this.cells.add(`${this.name} ${event.type}`);
    const before = this.name;
    const { state, effects } = step(this.state, event, { now: this.now, random: this.random() });
    // A line that ended by itself is known to be closed already; closing it once more is allowed.
    for (const effect of effects) this.perform(effect);
    this.state = state;
    this.check(before);
    return this;
  }

  private perform(effect: Effect): void {
    switch (effect.type) {
      case "closeLine":
        this.line = null;
        return;
      case "openLine":
        if (this.line) throw new Error("two lines are open");
        this.line = effect.transport;
        this.attempts.push({ at: this.now, transport: effect.transport, cursor: effect.cursor });
        return;
      case "nudgeLine":
        if (!this.line) throw new Error("there is no line to nudge");
        this.nudged += 1;
        return;
      case "loadLists":
        if (this.loading) throw new Error("the lists are read twice");
        this.loading = true;
        this.loads.push(this.now);
        return;
      case "cancelLoad":
        this.loading = false;
        return;
      case "setTimer":
        this.timer = effect.at;
        this.timersSet += 1;
        return;
      case "clearTimer":
        this.timer = null;
        return;
      case "status":
        this.told.push(effect.transport ? `${effect.status} by ${effect.transport}` : effect.status);
        return;
      case "unauthorized":
        this.refused += 1;
    }
  }

  private check(before: StateName): void {
    const { name } = this.state;
    const running = name === "connecting" || name === "live";
    if (running !== (this.line !== null)) throw new Error(`${before} → ${name} with ${this.line ?? "no line"}`);
    if ((name === "loading") !== this.loading) throw new Error(`${before} → ${name}, loading: ${this.loading}`);
    const mayWait = name === "waiting" || running || name === "loading";
    if (!mayWait && this.timer !== null) throw new Error(`${name} with a timer`);
    if ((name === "waiting" || running) && this.timer === null) throw new Error(`${name} without a timer`);
  }

  /** Time passes, timers fire on time; `every` second something else may happen. */
  advance(ms: number, everySecond?: () => void): this {
    const until = this.now + ms;
    let tick = this.now + 1_000;
    for (;;) {
      const next = Math.min(this.timer ?? Infinity, everySecond ? tick : Infinity);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      if (this.timer !== null && this.timer <= this.now) this.fire();
      else {
        tick += 1_000;
        everySecond?.();
      }
    }
    this.now = until;
    return this;
  }

  fire(): this {
    this.timer = null;
    return this.feed({ type: "timer" });
  }
}
