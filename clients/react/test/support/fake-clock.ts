/**
 * A clock that stands still until a test moves it. Timers run in order of their due time, then of their setting; after each one
 * everything that waits for a promise goes as far as it can.
 */

/** Captured early, so that a test that fakes global timers does not stop us. */
const soon = globalThis.setImmediate;

/** Lets promises, streams and message queues settle. */
export async function settle(rounds = 4): Promise<void> {
  for (let round = 0; round < rounds; round++) await new Promise<void>((resolve) => soon(resolve));
}

export interface FakeTimer {
  due: number;
  order: number;
  run: () => void;
  /** Whose it is; a frozen owner's timers wait. */
  owner: { frozen: boolean };
}

export interface FakeClock {
  now(): number;
  set(owner: { frozen: boolean }, run: () => void, ms: number): FakeTimer;
  clear(timer: unknown): void;
  pending(owner?: object): number;
  advance(ms: number): Promise<void>;
  /** The time jumps while nothing runs, as over a sleep of the machine; what is due then runs late. */
  sleep(ms: number): Promise<void>;
  /** Of an owner that is gone. */
  drop(owner: object): void;
}

export function fakeClock(start: number): FakeClock {
  let now = start;
  let count = 0;
  const timers = new Set<FakeTimer>();

  function next(until: number): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of timers) {
      if (timer.owner.frozen || timer.due > until) continue;
      if (!first || timer.due < first.due || (timer.due === first.due && timer.order < first.order)) first = timer;
    }
    return first;
  }

  async function advance(ms: number): Promise<void> {
    const until = now + ms;
    await settle();
    for (let timer = next(until); timer; timer = next(until)) {
      timers.delete(timer);
      now = Math.max(now, timer.due);
      timer.run();
      await settle();
    }
    now = until;
    await settle();
  }

  return {
    now: () => now,
    set(owner, run, ms) {
      const timer = { owner, run, due: now + Math.max(0, ms), order: count++ };
      timers.add(timer);
      return timer;
    },
    clear: (timer) => void timers.delete(timer as FakeTimer),
    pending: (owner) => [...timers].filter((timer) => !owner || timer.owner === owner).length,
    advance,
    sleep(ms) {
      now += ms;
      return advance(0);
    },
    drop(owner) {
      for (const timer of timers) if (timer.owner === owner) timers.delete(timer);
    },
  };
}

/** Chance that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
