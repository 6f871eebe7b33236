/** The first page and the tasks, read anew. */
import type { Page } from "../types";
import type { Task } from "../../contract";
import { sameUser } from "../identity";
import { equal } from "../json";
import { tagsOf } from "../cursor";
import { takeCounts } from "./counts";
import { confirmOps } from "./confirm";
import { replaceAll } from "./documents";
import { partsOf } from "./effect";
import { restartLists } from "./lists";
import { emptyState, noteSegment, type State } from "./state";
import { replaceTasks } from "./tasks";

/** Replaces what was known. Pending changes, ids that are gone and, within the same lives of the feeds, watermarks stay. */
export function takeRefill(state: State, page: Page, tasks: Task[] | null): void {
  const { cursor } = state;
  const next = page.streamCursor;
  // Nobody's changes may show in somebody else's inbox, should nobody have said that it is one.
  if (cursor !== null && !sameUser(cursor, next)) Object.assign(state, emptyState(state.now));
  if (cursor !== null && !equal(tagsOf(cursor), tagsOf(next))) Object.assign(state, { read: {}, deleted: {} });
  // What was on its way when a change was made is either here now or never comes.
  for (const pending of state.ops) if (pending.limit === Infinity) pending.limit = state.step;
  state.basisStep = state.step += 1;
  // The line begins anew from here, and what it brings was not taken before, wherever it lies.
  state.segments.clear();
  for (const part of partsOf(next)) noteSegment(state, part);
  state.cursor = state.basis = next;
  replaceAll(state, page.notifications, state.step);
  restartLists(state, page);
  takeCounts(state, page, true);
  if (tasks) replaceTasks(state, tasks);
  if (!state.refused) state.error = null;
  confirmOps(state);
}
