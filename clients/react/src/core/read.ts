/**
 * What the wire says, read once. The server keeps its contract, which its own tests hold it to; what is looked at here is whether it
 * was the server that answered, and no sign-in page of some network or a proxy's own. Unknown fields are let be: a newer server may
 * say more.
 */
import type { BelfryNotification, Preferences, Task } from "../contract";
import { type Fields, isNumber, isText } from "./json";
import { networkFailure } from "./problem";
import type { Counts, Page, TaskList } from "./types";

export function check<T>(value: unknown, is: (value: unknown) => value is T, what: string): T {
  if (!is(value)) throw networkFailure(`no ${what} in the answer`);
  return value;
}
export const list = <T>(value: unknown, what: string): T[] => check<unknown[]>(value, Array.isArray, what) as T[];

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
