/**
 * What the wire says, read once. The server keeps its contract, which its own tests hold it to; what is looked at here is whether it
 * was the server that answered, and no sign-in page of some network or a proxy's own. Unknown fields are let be: a newer server may
 * say more.
 */
import type { BelfryNotification, Preferences, Task } from "../contract";
import { type Fields, isNumber, isText } from "./json";
import { networkFailure } from "./problem";
import type { Counts, Page, TaskList } from "./types";

/** A field that an answer cannot be without. */
export function field<T>(body: Fields, name: string, is: (value: unknown) => value is T): T {
  const value = body[name];
  if (!is(value)) throw networkFailure(`no ${name} in the answer`);
  return value;
}
export const list = <T>(body: Fields, name: string): T[] => field<unknown[]>(body, name, Array.isArray) as T[];

/** Of a change of a category, `more` says whether it has more. */
export const readCounts = (body: Fields): Counts & { more?: boolean } => ({
  unreadCount: field(body, "unreadCount", isNumber),
  unseenCount: field(body, "unseenCount", isNumber),
  more: body.more === true || undefined,
});

export const readPage = (body: Fields): Page => ({
  ...readCounts(body),
  notifications: list<BelfryNotification>(body, "notifications"),
  hasMore: body.hasMore === true,
  nextCursor: isText(body.nextCursor) ? body.nextCursor : null,
  streamCursor: field(body, "streamCursor", isText),
});

export function readTask(body: Fields): Task {
  field(body, "id", isText);
  return body as Task;
}

export const readTasks = (body: Fields): TaskList => ({
  tasks: list<Task>(body, "tasks"),
  hasMore: body.hasMore === true,
  streamCursor: field(body, "streamCursor", isText),
});

export const readPreferences = (body: Fields): Preferences => ({ muted: list<string>(body, "muted") });
