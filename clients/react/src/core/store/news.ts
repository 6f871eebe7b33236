/** One group of news, applied as a whole; and what of it deserves to be heard. */
import type { BelfryEvent, BelfryNotification } from "../../contract";
import type { Heard } from "../types";
import { confirmOps } from "./confirm";
import { countOff, takeCounts } from "./counts";
import { countOn, takeLiveCounts, takeUncounted } from "./crossing";
import { doubtSoon } from "./doubt";
import { isUnread, put, remove } from "./documents";
import { partsOf } from "./effect";
import { CAP, noteSegment, type State } from "./state";
import { takeTask } from "./tasks";
import { answerAll, KINDS, raise } from "./watermarks";

/** What an event was, without whose it is to act on it. */
export type News = Omit<Heard, "leads">;

/** Where a group comes from, as far as its events need it. */
interface Group {
  live: boolean;
  /** The server's counts are in it: whatever it does to them, they tell. */
  counted: boolean;
  /** It holds what happened in a channel: then its counts were made knowing that. */
  channels: boolean;
  /** How many left of which it is not known whether they were unread. */
  strangers: number;
}

/**
 * Applies a group. One whose cursor names no place that is new here was applied before: it changes nothing, and nothing is heard. A
 * `reset` is heard each time, and moves no cursor: whoever leads next goes on from before it, and is told so again.
 */
export function takeGroup(state: State, events: BelfryEvent[], cursor: string, live: boolean): News[] {
  const parts = partsOf(cursor);
  const reset = events.filter((event) => event.type === "reset");
  if (parts.every((part) => state.segments.has(part))) return reset.map((event) => ({ event, live, isNew: false }));
  state.step += 1;
  if (reset.length === 0) {
    for (const part of parts) if (!state.segments.has(part)) noteSegment(state, part);
    state.cursor = cursor;
  }
  const has = (type: BelfryEvent["type"]): boolean => events.some((event) => event.type === type);
  const group: Group = { live, counted: has("inbox"), channels: has("broadcast"), strangers: 0 };
  if (!group.counted) takeUncounted(state, live);
  const before = state.counts?.unreadCount ?? CAP;
  const expected = before + state.ahead - state.unread;
  const news = events.map((event) => ({ event, live, isNew: apply(state, event, group) }));
  if (state.counts && group.counted && before < CAP && !has("watermark")) {
    state.ahead = Math.max(0, expected + state.unread - group.strangers - state.counts.unreadCount);
  }
  confirmOps(state);
  return news;
}

/** Applies one event; whether it told of something new and unread. */
function apply(state: State, event: BelfryEvent, group: Group): boolean {
  switch (event.type) {
    case "notification":
      return upsert(state, event.notification, group);
    case "broadcast":
      return broadcast(state, event.notification, group);
    case "notification-deleted":
      takeOut(state, event.id, group);
      return false;
    case "watermark":
      raise(state, event);
      for (const kind of KINDS) if (event[kind]) answerAll(state, kind);
      return false;
    case "inbox":
      if (group.live && !group.channels) takeLiveCounts(state, event);
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

/** A broadcast that its channel took back comes without counts. */
function takeOut(state: State, id: string, group: Group): void {
  const held = state.byId.get(id);
  const known = held !== undefined || state.gone.has(id);
  remove(state, id);
  if (!known) group.strangers += 1;
  if (group.counted) return;
  if (held && isUnread(held.doc)) countOff(state, 1);
  // It may be one that was counted and never shown here, or that a page brought and nobody counted.
  if (held ? !held.heard : !known && (state.counts?.unreadCount ?? 0) > heardUnread(state)) doubtSoon(state);
}

/** How many of those that news has told of are unread: the counts hold these for certain. */
function heardUnread(state: State): number {
  return state.sorted.filter((held) => held.heard && isUnread(held.doc)).length;
}

/** It was never read since it was sent: an older one that was marked unread again is not new. */
function isFresh({ unreadSince, audience, born }: BelfryNotification): boolean {
  return unreadSince !== undefined && unreadSince.feed === audience && unreadSince.n === born;
}

function upsert(state: State, doc: BelfryNotification, group: Group): boolean {
  const before = state.byId.get(doc.id);
  const unheard = !before?.heard;
  const held = put(state, doc, state.step);
  if (!before && held && !isUnread(held.doc)) group.strangers += 1;
  if (!held || !unheard || !isFresh(doc)) return false;
  held.born = state.step;
  return isUnread(held.doc);
}

/** What news has told of a broadcast came by the user's own feed, and is newer than this. */
function broadcast(state: State, doc: BelfryNotification, { counted }: Group): boolean {
  const before = state.byId.get(doc.id);
  if (before?.heard) return false;
  const held = put(state, doc, state.step);
  if (!held) return false;
  held.born = state.step;
  if (!isUnread(held.doc)) return false;
  if (!counted) countOn(state);
  // A page brought it before its own feed did: whether the counts hold it is not known.
  if (before && !counted) doubtSoon(state);
  return true;
}
