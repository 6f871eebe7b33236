/**
 * What the wire says, read once. The server keeps its contract, which its own tests hold it to; what is looked at here is whether it
 * was the server that answered, and no sign-in page of some network or a proxy's own. Unknown events and fields are let be: a newer
 * server may say more.
 */
import type { BelfryEvent, BelfryNotification, Preferences, Task } from "../contract";
import { type Fields, isFields, isNumber, isText, readJson } from "./json";
import { networkFailure } from "./problem";
import type { Counts, Page, TaskList } from "./types";

/** A cursor's place, what happened before it, and whether more is waiting. */
export interface News {
  events: BelfryEvent[];
  cursor: string;
  more: boolean;
}

function check<T>(value: unknown, is: (value: unknown) => value is T, what: string): T {
  if (!is(value)) throw networkFailure(`no ${what} in the answer`);
  return value;
}
const list = <T>(value: unknown, what: string): T[] => check<unknown[]>(value, Array.isArray, what) as T[];

/** Every event that we know, by what it cannot be without. */
const CARRIES: Record<string, string> = {
  notification: "notification",
  broadcast: "notification",
  "notification-deleted": "id",
  "task-progress": "task",
  "task-completed": "task",
  watermark: "type",
  inbox: "unreadCount",
  reset: "type",
} satisfies Record<BelfryEvent["type"], string>;

const isEvent = (value: unknown): value is BelfryEvent => isFields(value) && value[CARRIES[String(value.type)] ?? ""] !== undefined;

/** Those that we know, in order. */
export const readEvents = (value: unknown): BelfryEvent[] => list(value, "events").filter(isEvent);

/** An event's text; null for one that we do not know, or that is no JSON. */
export function readEvent(text: string): BelfryEvent | null {
  const value = readJson(text);
  return isEvent(value) ? value : null;
}

export const readNews = ({ events, cursor, more }: Fields): News => ({
  events: readEvents(events),
  cursor: check(cursor, isText, "cursor"),
  more: more === true,
});

/** Of a change of a category, `more` says whether it has more. */
export const readCounts = ({ unreadCount, unseenCount, more }: Fields): Counts & { more?: boolean } => ({
  unreadCount: check(unreadCount, isNumber, "count"),
  unseenCount: check(unseenCount, isNumber, "count"),
  more: more === true || undefined,
});

export const readPage = (body: Fields): Page => ({
  ...readCounts(body),
  notifications: list<BelfryNotification>(body.notifications, "notifications"),
  hasMore: body.hasMore === true,
  nextCursor: isText(body.nextCursor) ? body.nextCursor : null,
  streamCursor: check(body.streamCursor, isText, "position"),
});

export function readTask(body: Fields): Task {
  check(body.id, isText, "task");
  return body as Task;
}

export const readTasks = ({ tasks, hasMore, streamCursor }: Fields): TaskList => ({
  tasks: list<Task>(tasks, "tasks"),
  hasMore: hasMore === true,
  streamCursor: check(streamCursor, isText, "position"),
});

export const readPreferences = ({ muted }: Fields): Preferences => ({ muted: list<string>(muted, "categories") });

export const readTicket = ({ ticket }: Fields): string => check(ticket, isText, "ticket");
