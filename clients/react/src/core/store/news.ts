/** One group of news, applied as a whole; and what of it deserves to be heard. */
import type { BelfryEvent, BelfryNotification } from "../../contract";
import type { Heard } from "../types";
import { countOn, doubtSoon, takeCounts, takeLiveCounts } from "./counts";
import { answerAll, confirmOps } from "./confirm";
import { isUnread, put, raise, remove } from "./documents";
import { partsOf } from "./effect";
import { noteSegment, type State } from "./state";
import { takeTask } from "./tasks";

/** What an event was, without whose it is to act on it. */
export type News = Omit<Heard, "leads">;

/**
 * Applies a group. One whose cursor names no place that is new here was applied before: it changes nothing, and nothing is heard but a
 * `reset`, which comes with the place that is held.
 */
export function takeGroup(state: State, events: BelfryEvent[], cursor: string, live: boolean): News[] {
  const parts = partsOf(cursor);
  if (parts.every((part) => state.segments.has(part))) return events.filter(({ type }) => type === "reset").map((event) => ({ event, live, isNew: false }));
  state.step += 1;
  for (const part of parts) if (!state.segments.has(part)) noteSegment(state, part);
  state.cursor = cursor;
  // Counts in the company of broadcasts were made knowing them.
  const alone = !events.some((event) => event.type === "broadcast");
  const news = events.map((event) => ({ event, live, isNew: apply(state, event, live, alone) }));
  confirmOps(state);
  return news;
}

/** Applies one event; whether it told of something new and unread. */
function apply(state: State, event: BelfryEvent, live: boolean, alone: boolean): boolean {
  switch (event.type) {
    case "notification":
      return upsert(state, event.notification);
    case "broadcast":
      return broadcast(state, event.notification, live);
    case "notification-deleted":
      remove(state, event.id);
      return false;
    case "watermark":
      raise(state, event);
      if (event.read) answerAll(state, "mark");
      if (event.deleted) answerAll(state, "remove");
      return false;
    case "inbox":
      if (live && alone) takeLiveCounts(state, event);
      else takeCounts(state, event, true);
      return false;
    case "task-progress":
    case "task-completed":
      takeTask(state, event.task);
      return false;
    default:
      return false;
  }
}

/** It was never read since it was sent: an older one that was marked unread again is not new. */
function isFresh({ unreadSince, audience, born }: BelfryNotification): boolean {
  return unreadSince !== undefined && unreadSince.feed === audience && unreadSince.n === born;
}

function upsert(state: State, doc: BelfryNotification): boolean {
  const before = state.byId.get(doc.id);
  const unheard = !before || before.told === 0;
  const held = put(state, doc, before?.born ?? state.step, state.step);
  if (!held || !unheard || !isFresh(doc)) return false;
  held.born = state.step;
  return isUnread(held.doc);
}

/** What is known of a broadcast came by the user's own feed or a list, and is newer than this. */
function broadcast(state: State, doc: BelfryNotification, live: boolean): boolean {
  const before = state.byId.get(doc.id);
  if (before && before.told > 0) return false;
  const held = before ?? put(state, doc, state.step, state.step);
  if (!held) return false;
  held.born = held.told = state.step;
  if (!isUnread(held.doc)) return false;
  countOn(state, live);
  // A page brought it before its own feed did: whether the counts hold it is not known.
  if (before) doubtSoon(state);
  return true;
}
