/** What an action does to what a tab knows. Takes its time from the action alone, so that every tab comes to the same. */
import type { Action, BelfryError } from "../types";
import { takeCounts } from "./counts";
import { confirmOps, endOp, startOp } from "./confirm";
import { missCounts } from "./doubt";
import { advance } from "./expiry";
import { setLoading, takePage } from "./lists";
import type { later } from "./later";
import type { News } from "./news";
import { takeRefill } from "./refill";
import { emptyState, type State } from "./state";
import { takeTask } from "./tasks";

/** Null until it is loaded; nothing that needs it can happen before. */
export type LaterParts = typeof later | null;

/** Changes the state; the answer is what is to be heard of it. */
export function reduce(state: State, action: Action, parts: LaterParts): News[] {
  advance(state, "at" in action ? action.at : state.now);
  switch (action.type) {
    case "group":
      return parts?.takeGroup(state, action.events, action.cursor, action.live) ?? [];
    case "refill":
      takeRefill(state, action.page, action.tasks);
      break;
    case "page":
      takePage(state, action);
      confirmOps(state);
      break;
    case "loading":
      setLoading(state, action.filter, action.busy, action.error ?? null);
      break;
    case "task":
      takeTask(state, action.task);
      break;
    case "counts":
      if (action.cursor === undefined || action.cursor === state.cursor) takeCounts(state, action.counts, false);
      else missCounts(state);
      confirmOps(state);
      break;
    case "op-start":
      startOp(state, action.op);
      confirmOps(state);
      break;
    case "op-done":
      endOp(state, action.id, action.at);
      confirmOps(state);
      break;
    case "op-failed":
      endOp(state, action.id, null);
      if (action.error) setError(state, action.error, true);
      break;
    case "status":
      state.status = action.status;
      state.transport = action.transport;
      break;
    case "error":
      setError(state, action.error, false);
      break;
    case "tick":
      parts?.settleOps(state);
      confirmOps(state);
      break;
    case "clear":
      Object.assign(state, emptyState(state.now));
      break;
  }
  return [];
}

function setError(state: State, error: BelfryError | null, refused: boolean): void {
  state.error = error;
  state.refused = refused;
}
