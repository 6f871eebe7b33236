/** What the screen shows in place of the base, while changes of ours are pending. */
import type { BelfryNotification } from "../../contract";
import { isUnread } from "./documents";
import { effect, shows, targets } from "./effect";
import type { State } from "./state";

/** By id what is shown in place of what is held; null where nothing is. */
export type Overlay = ReadonlyMap<string, BelfryNotification | null>;

const NOTHING: Overlay = new Map();

/** The overlay of all pending changes in their order. */
export function overlayOf(state: State): Overlay {
  if (state.ops.length === 0) return NOTHING;
  const overlay = new Map<string, BelfryNotification | null>();
  for (const pending of state.ops) {
    for (const id of targets(pending, state)) {
      const over = overlay.get(id);
      const shown = over === undefined ? state.byId.get(id)?.doc : over;
      if (shown && !shows(pending.op, shown)) overlay.set(id, effect(pending.op, shown));
    }
  }
  return overlay;
}

/** How many more are unread on the screen than in the base. */
export function unreadBy(overlay: Overlay, state: State): number {
  let more = 0;
  for (const [id, shown] of overlay) {
    const held = state.byId.get(id);
    if (held) more += Number(shown !== null && isUnread(shown)) - Number(isUnread(held.doc));
  }
  return more;
}
