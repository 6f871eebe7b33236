/** What was acknowledged and never told of becomes the base itself. */
import type { BelfryNotification } from "../../contract";
import { dueOf } from "./confirm";
import { countOff, unreadSince } from "./counts";
import { drop, isUnread, remove, rewrite } from "./documents";
import { doubt } from "./doubt";
import { effect, marksAll, marksSeen, targets } from "./effect";
import type { Held, PendingOp, State } from "./state";

/** Settles what was acknowledged long ago: its effect becomes the base, but for what the news has spoken of since. */
export function settleOps(state: State): void {
  const due = state.ops.filter((pending) => pending.done !== null && state.now >= dueOf(pending));
  state.ops = state.ops.filter((pending) => state.now < dueOf(pending));
  const changed = write(state, due);
  for (const { op, limit, marked } of due) {
    if (!state.counts) continue;
    if (marksAll(op) && !marked) state.counts = { unreadCount: state.unread, unseenCount: Math.min(state.counts.unseenCount, state.unread) };
    if (marksSeen(op)) state.counts = { ...state.counts, unseenCount: unreadSince(state, limit) };
  }
  if (changed > 0 || due.some((pending) => !pending.left)) doubt(state, state.now);
}

/** Writes the effect of all of them together, since one may undo the other; how many notifications that changed. */
function write(state: State, due: PendingOp[]): number {
  const results = new Map<Held, BelfryNotification | null>();
  const named = new Set<string>();
  // The base has it already where a watermark answered; and where there was a refill since, that has it, or the news behind it will.
  for (const pending of due.filter(({ limit, marked }) => !marked && limit >= state.basisStep)) {
    for (const id of targets(pending, state)) {
      const held = state.byId.get(id);
      const doc = held && held.told <= pending.limit ? (results.has(held) ? results.get(held) : held.doc) : null;
      if (!held || !doc) continue;
      results.set(held, effect(pending.op, doc));
      if (pending.left) named.add(id);
    }
  }
  let changed = 0;
  for (const [held, then] of results) {
    if (then && then.read === held.doc.read && then.archived === held.doc.archived) continue;
    changed += 1;
    countOff(state, Number(isUnread(held.doc)) - Number(then !== null && isUnread(then)));
    if (then) rewrite(state, held, then);
    else if (named.has(held.doc.id)) remove(state, held.doc.id);
    // Its watermark is still to come, and one that it spares must be able to come back.
    else drop(state, held);
  }
  return changed;
}
