/** Lists: which of the known documents each one shows, and where its next page begins. */
import type { BelfryNotification } from "../../contract";
import type { Action, BelfryError, Filter, ListView, Page } from "../types";
import { takeCounts } from "./counts";
import { put } from "./documents";
import { filterKey, INBOX, matches } from "./filter";
import { newestFirst } from "./order";
import type { Overlay } from "./overlay";
import type { ListState, State } from "./state";

function unread(filter: Filter): ListState {
  return { filter, loaded: false, end: null, hasMore: true, next: null, busy: false, error: null };
}

export function listOf(state: State, filter: Filter): ListState | undefined {
  return state.lists.get(filterKey(filter));
}

function listToChange(state: State, filter: Filter): ListState {
  const key = filterKey(filter);
  const list = state.lists.get(key) ?? unread(filter);
  state.lists.set(key, list);
  return list;
}

/** Every list is unread again but the inbox, whose first page this is. */
export function restartLists(state: State, page: Page): void {
  state.lists = new Map();
  extend(listToChange(state, INBOX), page);
}

function extend(list: ListState, page: Page): void {
  // The oldest, wherever it stands in there; none where the page is empty, although more may be behind it.
  for (const { createdAt, id } of page.notifications) {
    if (!list.end || newestFirst(list.end, { createdAt, id }) < 0) list.end = { createdAt, id };
  }
  list.loaded = true;
  list.hasMore = page.hasMore;
  list.next = page.nextCursor;
}

/** Takes a page. Only what is unknown is put in: whatever an event said is newer than a page, or as new. */
export function takePage(state: State, { filter, page, first, after, basis }: Extract<Action, { type: "page" }>): void {
  const list = setLoading(state, filter, false, null);
  // Read where the news stands: it also counts what expired without ever being shown here.
  if (page.streamCursor === state.cursor) takeCounts(state, page, true);
  if (basis !== undefined && basis !== state.basis) return;
  const follows = list.loaded && (after === undefined || after === list.next);
  if (!first && !follows) return;
  for (const doc of page.notifications) if (!state.byId.has(doc.id)) put(state, doc, state.basisStep, false);
  // Another tab may have read the first page of a list that went on since.
  if (!first || !list.loaded) extend(list, page);
}

export function setLoading(state: State, filter: Filter, busy: boolean, error: BelfryError | null): ListState {
  return Object.assign(listToChange(state, filter), { busy, error });
}

/** What a list shows now. */
export function viewOf(state: State, filter: Filter, overlay: Overlay): ListView {
  const own = listOf(state, filter);
  const inbox = listOf(state, INBOX);
  // Until a list is read, it shows what the inbox knows of it; archived ones are none of the inbox.
  const read = own?.loaded ? own : filter.archived ? undefined : inbox;
  const notifications = shown(state, filter, overlay, read?.hasMore ? read.end : null);
  const hasMore = read ? read.hasMore : true;
  const error = own?.error ?? null;
  return {
    notifications,
    hasMore,
    isLoading: !own?.loaded && hasMore && notifications.length === 0 && !error,
    isLoadingMore: Boolean(own?.loaded && own.busy),
    error,
  };
}

function shown(state: State, filter: Filter, overlay: Overlay, end: ListState["end"]): BelfryNotification[] {
  const found: BelfryNotification[] = [];
  for (const { doc } of state.sorted) {
    if (end && newestFirst(doc, end) > 0) break;
    const seen = overlay.size > 0 && overlay.has(doc.id) ? overlay.get(doc.id) : doc;
    if (seen && matches(filter, seen)) found.push(seen);
  }
  return found;
}
