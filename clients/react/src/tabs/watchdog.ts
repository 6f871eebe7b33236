/** A visible follower asks the leader whether it lives. Hidden ones do not: their timers may run once a minute. */
import type { Platform, TimerId } from "../core/types";

const PING_EVERY_MS = 2_000;
/** One that answers neither of two pings hangs, or is frozen. */
const PATIENCE_MS = 3_000;
/** So that several that watch do not all take its place in the same moment. */
const SPREAD_MS = 400;
/** A timer that comes this much too late says that it was we who slept; the answer may lie in our own queue. */
const LATE_MS = 1_000;

export interface Watchdog {
  /** Asks at once, and again and again. Does nothing when it watches already. */
  start(): void;
  /** The leader lives. */
  alive(): void;
  stop(): void;
}

export function createWatchdog(platform: Platform, ping: () => void, dead: () => void): Watchdog {
  let timer: TimerId = null;
  let watching = false;
  /** By when one of the pings must be answered; null when none is open. */
  let deadline: number | null = null;
  const patience = PATIENCE_MS + Math.floor(platform.random() * SPREAD_MS);

  function ask(): void {
    const now = platform.now();
    deadline ??= now + patience;
    const due = Math.min(now + PING_EVERY_MS, deadline);
    timer = platform.setTimeout(() => look(due), due - now);
    ping();
  }

  function look(due: number): void {
    const now = platform.now();
    if (now - due > LATE_MS) deadline = null;
    if (deadline === null || now < deadline) return ask();
    // Should the lock not come, it begins anew.
    deadline = null;
    ask();
    dead();
  }

  return {
    start() {
      if (watching) return;
      watching = true;
      ask();
    },
    alive() {
      deadline = null;
    },
    stop() {
      watching = false;
      deadline = null;
      platform.clearTimeout(timer);
    },
  };
}
