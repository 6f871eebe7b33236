/** From what a tab knows to what components read: what shows the same is the same object. */
import type { Filter, ListView, Snapshot } from "../types";
import { shownCounts } from "./counts";
import { filterKey, INBOX } from "./filter";
import { viewOf } from "./lists";
import { overlayOf, type Overlay } from "./overlay";
import type { State } from "./state";
import { newestTasks } from "./tasks";

/** `next`, or `before` where both are the same in every field; array fields that hold the same are taken from `before`. */
function shareWith<T extends object>(before: T | undefined, next: T): T {
  if (!before) return next;
  const shared = { ...next };
  let same = true;
  for (const key of Object.keys(next) as (keyof T)[]) {
    if (sameItems(before[key], next[key])) shared[key] = before[key];
    same &&= shared[key] === before[key];
  }
  return same ? before : shared;
}

function sameItems(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((item, index) => item === other[index]);
}

export interface Projection {
  snapshot(): Snapshot;
  list(filter: Filter): ListView;
  /** Something has changed: look again at the next question. */
  touch(): void;
}

/** Reads a state lazily: what nobody asks for costs nothing. */
export function project(state: State): Projection {
  let overlay: Overlay = new Map();
  let version = 0;
  let overlaid = -1;
  let seen: { version: number; snapshot: Snapshot } | undefined;
  const lists = new Map<string, { version: number; view: ListView }>();

  function currentOverlay(): Overlay {
    if (overlaid !== version) overlay = overlayOf(state);
    overlaid = version;
    return overlay;
  }

  function list(filter: Filter): ListView {
    const key = filterKey(filter);
    const before = lists.get(key);
    if (before?.version === version) return before.view;
    const view = shareWith(before?.view, viewOf(state, filter, currentOverlay()));
    lists.set(key, { version, view });
    return view;
  }

  function snapshot(): Snapshot {
    if (seen?.version === version) return seen.snapshot;
    const { notifications, hasMore, isLoadingMore } = list(INBOX);
    const next: Snapshot = {
      notifications,
      tasks: newestTasks(state),
      ...shownCounts(state, currentOverlay()),
      isLoading: state.counts === null,
      hasMore,
      isLoadingMore,
      status: state.status,
      transport: state.transport,
      error: state.error,
    };
    seen = { version, snapshot: shareWith(seen?.snapshot, next) };
    return seen.snapshot;
  }

  return { snapshot, list, touch: () => (version += 1) };
}
