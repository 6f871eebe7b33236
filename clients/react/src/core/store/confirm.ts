/** When a pending change of ours is over: the news shows it, or it was acknowledged long ago, or nobody will ever say. */
import type { Op } from "../types";
import { NONE, unreadSince } from "./counts";
import { limitOf, marksAll, marksSeen, namedIds, shows, targets } from "./effect";
import { compare } from "./order";
import { finish, type PendingOp, type State } from "./state";

/** After the server's yes, its news is waited for as long as this. */
const SETTLE_MS = 10_000;
/** A tab that was closed in the middle of its request says nothing any more. */
const ABANDONED_MS = 120_000;

/** Shows a change, unless it is known or was heard to have ended. */
export function startOp(state: State, op: Op): void {
  const ended = state.finished.get(op.id);
  if (ended === null || state.ops.some((pending) => pending.op.id === op.id)) return;
  state.ops.push({ op, limit: limitOf(state, op), done: ended ?? null, left: namedIds(op.target), marked: false });
  sortOps(state);
}

/** The same order in every tab, whatever the order of the messages. */
export function sortOps(state: State): void {
  state.ops.sort((one, other) => one.op.at - other.op.at || compare(one.op.id, other.op.id));
}

/** The server's answer: when it said yes, or null for no. */
export function endOp(state: State, opId: string, done: number | null): void {
  finish(state, opId, done);
  if (done === null) state.ops = state.ops.filter((pending) => pending.op.id !== opId);
  else for (const pending of state.ops) if (pending.op.id === opId) pending.done ??= done;
}

/** Lets go of the changes that the base shows. One that an earlier change of ours still waits for is not shown yet, however it looks. */
export function confirmOps(state: State): void {
  const waiting = new Set<string>();
  state.ops = state.ops.filter((pending) => {
    if (pending.limit === Infinity) pending.limit = limitOf(state, pending.op);
    const still = targets(pending, state).filter((id) => waiting.has(id) || !isShown(state, pending.op, id));
    for (const id of still) waiting.add(id);
    if (pending.left) pending.left = still;
    const answered = pending.marked && pending.done !== null;
    // No news has told of these: a page brought them, and they may be younger than what was meant.
    const unmeant = still.every((id) => state.byId.get(id)?.heard === false);
    return !((still.length === 0 || (answered && unmeant)) && countsShow(state, pending));
  });
}

function isShown(state: State, op: Op, id: string): boolean {
  const doc = state.byId.get(id)?.doc;
  return doc ? shows(op, doc) : state.gone.has(id);
}

/** What is about everything is shown when the counts show it: there are others than those that were read. */
function countsShow(state: State, { op, limit, marked }: PendingOp): boolean {
  const { unreadCount, unseenCount } = state.counts ?? NONE;
  if (marksSeen(op)) return unseenCount <= unreadSince(state, limit);
  return !marksAll(op) || marked || unreadCount <= state.unread;
}

/** When it settles, if nothing shows it before. */
export function dueOf({ op, done }: PendingOp): number {
  return done === null ? op.at + ABANDONED_MS : done + SETTLE_MS;
}
