/** Changes of ours: shown at once, sent, and then confirmed or taken back. */
import { backoffMs } from "./backoff";
import { sleep } from "./insist";
import { problemOf } from "./problem";
import { namedIds } from "./store/effect";
import type { Action, BelfryError, Mark, Op, Platform, Replica, Rest, Target } from "./types";

/** A change that did not get through is tried so often again; a mark that is made twice is made once. */
const RETRIES = 3;
/** Nobody looks at a change that long without wanting to know. */
const WAIT_MOST_MS = 10_000;
/** A category is marked in portions of 1,000. */
const PORTIONS_MOST = 100;
const BUSY = [429, 502, 503, 504];

export interface ChangesOptions {
  platform: Platform;
  rest: Rest;
  replica: Replica;
  tabId: string;
  /** To our replica and to the other tabs. */
  share(action: Action): void;
  acknowledged(): void;
  /** Reads what is to be shown now; the answer is the place before which it lies. */
  readAnew(): Promise<string>;
}

export interface Changes {
  make(target: Target, mark: Mark | undefined, signal: AbortSignal): Promise<void>;
  /** Takes back what is under way: nobody will hear of its end. */
  cancel(): void;
}

export function createChanges({ platform, rest, replica, tabId, share, acknowledged, readAnew }: ChangesOptions): Changes {
  /** What is under way, and its end. */
  const pending = new Map<Op, Promise<unknown>>();
  let count = 0;

  /** "All" means all that the user has been shown, so what arrives meanwhile is spared. Seen is a moment and needs no place. */
  function asShown(target: Target, mark: Mark | undefined): Target {
    const cursor = replica.cursor();
    if (!("all" in target) || target.upTo !== undefined || cursor === null || (mark && "seen" in mark)) return target;
    return { all: true, upTo: cursor };
  }

  async function once({ mark }: Op, target: Target, signal: AbortSignal): Promise<void> {
    if (!mark) return void (await rest.remove(target, signal));
    for (let portion = 0; portion < PORTIONS_MOST; portion++) if (!(await rest.mark(target, mark, signal)).more) return;
  }

  async function send(op: Op, signal: AbortSignal): Promise<void> {
    let { target } = op;
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(op, target, signal);
      } catch (error) {
        const problem = problemOf(error);
        const unusable = problem.type.endsWith(":position-unusable") && "all" in target && !renewed;
        const waitMs = unusable ? 0 : retryIn(problem, attempt, platform.random());
        if (signal.aborted || waitMs === null) throw error;
        if (unusable) {
          renewed = true;
          target = { all: true, upTo: await readAnew() };
        } else await sleep(platform, waitMs, signal);
      }
    }
  }

  return {
    async make(given, mark, signal) {
      const target = asShown(given, mark);
      const id = `${tabId}-${++count}`;
      const op: Op = { id, target, at: platform.now(), cursor: replica.cursor(), mark };
      // A try of an earlier one must not undo this one.
      const earlier = [...pending].map(([other, end]) => meet(other, op) && end);
      const sent = Promise.all(earlier).then(() => send(op, signal));
      pending.set(op, sent.catch(() => 0));
      share({ type: "op-start", op });
      try {
        await sent;
        if (!pending.delete(op)) return;
        share({ type: "op-done", id, at: platform.now() });
      } catch (error) {
        if (pending.delete(op)) share({ type: "op-failed", id, error: problemOf(error) });
        throw error;
      }
      acknowledged();
    },
    cancel() {
      for (const { id } of pending.keys()) share({ type: "op-failed", id });
      pending.clear();
    },
  };
}

/** Whether both may be about the same notification. */
function meet(one: Op, other: Op): boolean {
  const theirs = namedIds(other.target);
  return !namedIds(one.target)?.every((id) => theirs && !theirs.includes(id));
}

/** How long to wait before the change is sent once more; null where that is of no use. */
function retryIn(problem: BelfryError, attempt: number, chance: number): number | null {
  const passing = problem.type === "network" || BUSY.includes(problem.status ?? 0);
  const waitMs = Math.max(backoffMs(attempt, chance), problem.retryAfterMs ?? 0);
  return passing && attempt < RETRIES && waitMs <= WAIT_MOST_MS ? waitMs : null;
}
