/** All that a tab knows as plain data for another tab, and back. */
import { isFields } from "../json";
import { confirmOps, sortOps } from "./confirm";
import { byExpiry, byPlace, isUnread } from "./documents";
import { limitOf } from "./effect";
import { emptyState, type Held, type State } from "./state";

/** What is left out is made again from the rest. */
type Saved = Omit<State, "byId" | "sorted" | "expiring" | "unread"> & { held: Held[] };

/** Not copied: whoever keeps it, or takes it into another tab, copies it first, as a channel does. */
export function save(state: State): Saved {
  const { byId: _byId, sorted, expiring: _expiring, unread: _unread, ...rest } = state;
  return { ...rest, held: sorted };
}

function isSaved(value: unknown): value is Saved {
  return isFields(value) && value.v === 1 && Array.isArray(value.held);
}

/** Takes over what another tab knows; false where that is not what we would save. Changes that the other has not heard of stay pending. */
export function load(state: State, value: unknown): boolean {
  if (!isSaved(value)) return false;
  const { held, ...rest } = value;
  const ours = state.ops;
  Object.assign(state, emptyState(0), rest, {
    now: Math.max(state.now, rest.now),
    byId: new Map(held.map((one) => [one.doc.id, one])),
    sorted: held.sort(byPlace),
    expiring: [...held].sort(byExpiry),
    unread: held.filter((one) => isUnread(one.doc)).length,
  });
  // Whether a page is on its way is a tab's own.
  for (const list of state.lists.values()) Object.assign(list, { busy: false, error: null });
  const isKnown = (id: string): boolean => state.finished.has(id) || state.ops.some((one) => one.op.id === id);
  for (const one of ours) {
    if (!isKnown(one.op.id)) state.ops.push({ ...one, limit: limitOf(state, one.op), marked: false });
  }
  sortOps(state);
  confirmOps(state);
  return true;
}
