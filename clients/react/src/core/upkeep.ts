/** What a replica needs while time passes: a tick when something of it is due, and counts when it cannot tell them itself. */
import type { TabReplica } from "./replica";
import type { Action, Platform, Rest, TimerId } from "./types";

/** What is due and stays due after a tick, or counts that could not be fetched, are looked after again so much later. */
const AGAIN_MS = 5_000;
/** Timers count in 31 bits; nothing is lost by looking sooner. */
const TIMER_MOST_MS = 3_600_000;

export interface UpkeepOptions {
  platform: Platform;
  rest: Rest;
  replica: TabReplica;
  dispatch(action: Action): void;
  share(action: Action): void;
  /** Null while the client is stopped. */
  signal(): AbortSignal | null;
}

export interface Upkeep {
  /** After each action. */
  look(): void;
  stop(): void;
}

export function createUpkeep({ platform, rest, replica, dispatch, share, signal }: UpkeepOptions): Upkeep {
  let timer: TimerId = null;
  let armed: number | null = null;
  let lastTick = -Infinity;
  let counting: AbortSignal | null = null;
  let countAgainAt = -Infinity;

  function stop(): void {
    platform.clearTimeout(timer);
    armed = null;
  }

  function schedule(): void {
    const due = replica.nextDue();
    const at = due !== null && due <= lastTick ? lastTick + AGAIN_MS : due;
    if (at === armed) return;
    stop();
    if (at === null) return;
    armed = at;
    timer = platform.setTimeout(tick, Math.min(TIMER_MOST_MS, Math.max(0, at - platform.now())));
  }

  function tick(): void {
    armed = null;
    lastTick = platform.now();
    dispatch({ type: "tick", at: lastTick });
  }

  async function count(life: AbortSignal): Promise<void> {
    const cursor = replica.cursor();
    counting = life;
    try {
      const counts = await rest.unread(life);
      counting = null;
      // A change of ours that began meanwhile may be in them, or not.
      if (!life.aborted && replica.needsCounts()) share({ type: "counts", counts, cursor });
    } catch {
      counting = null;
      countAgainAt = platform.now() + AGAIN_MS;
    }
  }

  return {
    look() {
      const life = signal();
      if (!life) return;
      schedule();
      if (counting !== life && platform.now() >= countAgainAt && replica.needsCounts()) void count(life);
    },
    stop,
  };
}
