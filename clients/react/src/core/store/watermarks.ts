/** Watermarks: all of a feed up to some place is read, or gone. */
import { asRead, covered, drop, isGone, rewrite } from "./documents";
import { marksAll } from "./effect";
import type { State } from "./state";

export const KINDS = ["read", "deleted"] as const;

/** Raises watermarks, and does what they say to all that is held. */
export function raise(state: State, to: { read?: Record<string, number>; deleted?: Record<string, number> }): void {
  for (const kind of KINDS) {
    for (const [feed, n] of Object.entries(to[kind] ?? {})) state[kind][feed] = Math.max(state[kind][feed] ?? 0, n);
  }
  for (const held of [...state.sorted]) {
    if (isGone(state, held.doc)) drop(state, held);
    else if (covered(state, held.doc)) {
      held.told = state.step;
      rewrite(state, held, asRead(held.doc));
    }
  }
}

/** A watermark answers the oldest change of everything that waits for one of its kind. */
export function answerAll(state: State, kind: "read" | "deleted"): void {
  const waiting = state.ops.find(({ op, marked }) => marksAll(op) && !op.mark === (kind === "deleted") && !marked);
  if (waiting) waiting.marked = true;
}
