/** What one tab knows: a state that only actions change, and whoever listens to it. */
import { bound } from "./bound";
import type { Action, Filter, Heard, Replica } from "./types";
import { emptyState } from "./store/state";
import { filterKey } from "./store/filter";
import { nextDue } from "./store/expiry";
import { project } from "./store/project";
import { reduce, type LaterParts } from "./store/reduce";
import type { News } from "./store/news";

/** A replica with what the client needs to read lists and counts for it. */
export interface TabReplica extends Replica {
  /**
   * The counts cannot be told from here: fetch them (`rest.unread()`), and if nothing else came (`cursor()` is what it was, and this is
   * still true) dispatch `counts` with that cursor. True in the tab that leads alone, and not while changes of ours are pending.
   */
  needsCounts(): boolean;
  /** Where a list's next page begins: undefined while its first one was not read, null where there is none. */
  nextCursor(filter: Filter): string | null | undefined;
  /** Names the last refill; goes into the `page` actions that were asked for since. */
  basis(): string | null;
}

const HEARD_MAX = 10_000;

/** Calls every listener; one that throws is reported as an unhandled rejection and keeps nothing from the others. */
function tell<T>(listeners: Set<(value: T) => void>, value: T): void {
  for (const listener of [...listeners]) {
    try {
      listener(value);
    } catch (error) {
      void Promise.reject(error);
    }
  }
}

function added<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export interface ReplicaOptions {
  now(): number;
  leads(): boolean;
  later(): LaterParts;
}

export function createReplica(options: ReplicaOptions): TabReplica {
  const state = emptyState(options.now());
  const projection = project(state);
  const changed = new Set<(value: undefined) => void>();
  const hearing = new Set<(heard: Heard) => void>();
  /** What was heard once in this tab. */
  const heard = new Set<string>();

  function isFirst(key: string): boolean {
    const known = heard.has(key);
    heard.add(key);
    bound(heard, HEARD_MAX);
    return !known;
  }

  function touch(): void {
    projection.touch();
    tell(changed, undefined);
  }

  /** A task ends once, and nothing is new twice, though a leader that was behind may tell it again. */
  function hear({ event, live, isNew }: News, cursor?: string): void {
    if (event.type === "task-completed" && !isFirst(`task ${event.taskId}`)) return;
    const fresh = isNew && "notification" in event && isFirst(event.notification.id);
    tell(hearing, { event, live, isNew: fresh, leads: options.leads(), cursor });
  }

  return {
    dispatch(action: Action) {
      const news = reduce(state, action, options.later());
      if (action.type === "clear") heard.clear();
      touch();
      for (const one of news) hear(one, action.type === "group" ? action.cursor : undefined);
    },
    snapshot: projection.snapshot,
    list: projection.list,
    subscribe: (listener) => added(changed, () => listener()),
    onEvent: (listener) => added(hearing, (one) => listener(one)),
    save: () => options.later()?.save(state),
    load(saved) {
      if (options.later()?.load(state, saved)) touch();
    },
    cursor: () => state.cursor,
    nextDue: () => nextDue(state),
    needsCounts: () => options.leads() && state.ops.length === 0 && state.doubtAt !== null && state.doubtAt <= Math.max(state.now, options.now()),
    basis: () => state.basis,
    nextCursor(filter) {
      const list = state.lists.get(filterKey(filter));
      return list?.loaded ? list.next : undefined;
    },
  };
}
