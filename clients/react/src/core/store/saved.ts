/** All that a tab knows as plain data for another tab, and back. */
import { confirmOps, sortOps } from "./confirm";
import { byExpiry, byPlace, isUnread } from "./documents";
import { limitOf } from "./effect";
import { emptyState, type Held, type State } from "./state";

/** What is left out is made again from the rest. */
type Saved = Omit<State, "byId" | "sorted" | "expiring" | "unread"> & { held: Held[] };

/** A copy, so that whoever holds one sees nothing of what becomes of the other. */
function copied(saved: Saved): Saved {
  return {
    ...saved,
    segments: new Map(saved.segments),
    gone: new Set(saved.gone),
    read: { ...saved.read },
    deleted: { ...saved.deleted },
    tasks: new Map(saved.tasks),
    finished: new Map(saved.finished),
    // Whether a page is on its way is a tab's own.
    lists: new Map([...saved.lists].map(([key, list]) => [key, { ...list, busy: false, error: null }])),
    ops: saved.ops.map((pending) => ({ ...pending })),
    held: saved.held.map((held) => ({ ...held })),
  };
}

export function save(state: State): Saved {
  const { byId: _byId, sorted, expiring: _expiring, unread: _unread, ...rest } = state;
  return copied({ ...rest, held: sorted });
}

function isSaved(value: unknown): value is Saved {
  return typeof value === "object" && value !== null && "v" in value && value.v === 1 && "held" in value && Array.isArray(value.held);
}

/** Takes over what another tab knows; false where that is not what we would save. Changes that the other has not heard of stay pending. */
export function load(state: State, value: unknown): boolean {
  if (!isSaved(value)) return false;
  const { held, ...rest } = copied(value);
  const ours = state.ops;
  Object.assign(state, emptyState(0), rest, {
    now: Math.max(state.now, rest.now),
    byId: new Map(held.map((one) => [one.doc.id, one])),
    sorted: held.sort(byPlace),
    expiring: [...held].sort(byExpiry),
    unread: held.filter((one) => isUnread(one.doc)).length,
  });
  const isKnown = (id: string): boolean => state.finished.has(id) || state.ops.some((one) => one.op.id === id);
  for (const one of ours) {
    if (!isKnown(one.op.id)) state.ops.push({ ...one, limit: limitOf(state, one.op), marked: false });
  }
  sortOps(state);
  confirmOps(state);
  return true;
}
