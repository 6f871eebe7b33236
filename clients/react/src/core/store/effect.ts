/** What a change of ours means for one notification, and which ones it means. */
import type { BelfryNotification } from "../../contract";
import { segmentsOf } from "../cursor";
import type { Op, Target } from "../types";
import { isUnread, variant } from "./documents";
import type { Held, PendingOp, State } from "./state";

/** The notification as it is after the change; null where it is gone then. */
export function effect(op: Op, doc: BelfryNotification): BelfryNotification | null {
  const { mark } = op;
  if (!mark) return null;
  if ("seen" in mark) return doc;
  // As the server does it: what is unread again is back from the archive, and what is archived is read.
  if ("read" in mark) return mark.read ? variant(doc, true, doc.archived) : variant(doc, false, false);
  return variant(doc, doc.read || mark.archived, mark.archived);
}

/** Whether it looks already as it will after the change. */
export function shows({ mark }: Op, doc: BelfryNotification): boolean {
  if (!mark) return false;
  if ("seen" in mark) return true;
  if ("archived" in mark) return doc.archived === mark.archived;
  return mark.read ? doc.read : isUnread(doc);
}

export function marksSeen(op: Op): boolean {
  return op.mark !== undefined && "seen" in op.mark;
}

/** Whether it is about everything, and changes what is unread. */
export function marksAll(op: Op): boolean {
  return "all" in op.target && !marksSeen(op);
}

/** The ids that a target names; null where it names none. */
export function namedIds(target: Target): string[] | null {
  if ("id" in target) return [target.id];
  return "ids" in target ? target.ids : null;
}

/** The ids that a pending change still means to change, as far as they are known; named ones also where they are not. */
export function targets({ op, limit, left }: PendingOp, state: State): string[] {
  if (left) return left;
  if (marksSeen(op)) return [];
  const target = op.target;
  const meant = (held: Held): boolean => {
    if ("category" in target) return held.told <= limit && !held.doc.archived && held.doc.category === target.category;
    return (op.mark ? held.told : held.born) <= limit;
  };
  return state.sorted.filter(meant).map((held) => held.doc.id);
}

/** A cursor's segments; a text that is no cursor of the known form is one of its own. */
export function partsOf(cursor: string): string[] {
  const parts = segmentsOf(cursor);
  return parts.length > 0 ? parts : [cursor];
}

/** The step at which a cursor was taken here; `Infinity` where it was not yet. */
export function stepOf(state: State, cursor: string): number {
  return Math.max(...partsOf(cursor).map((part) => state.segments.get(part) ?? Infinity));
}

/** Up to which step of the news a change is meant. */
export function limitOf(state: State, op: Op): number {
  const cursor = ("upTo" in op.target ? op.target.upTo : undefined) ?? op.cursor;
  return typeof cursor === "string" ? stepOf(state, cursor) : state.step;
}
