/**
 * What the wire says, read once: inside, a value that exists has the fields that it is used by.
 *
 * Unknown events and fields are let be: a newer server may say more. An answer that is none of ours (a sign-in page of some
 * network, a proxy's own) is a `BadAnswer`.
 */
import type { BelfryEvent, BelfryNotification, Preferences, Task } from "../contract";
import type { Counts, Page, TaskList } from "./types";

/** An answer that Belfry would not give. */
export class BadAnswer extends Error {
  override name = "BadAnswer";
}

type Fields = Record<string, unknown>;

/** A cursor's place, what happened before it, and whether more is waiting. */
export interface News {
  events: BelfryEvent[];
  cursor: string;
  more: boolean;
}

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

function check<T>(value: unknown, is: (value: unknown) => value is T, what: string): T {
  if (!is(value)) throw new BadAnswer(`no ${what} in the answer`);
  return value;
}
const fields = (value: unknown): Fields => check(value, isFields, "object");
const list = (value: unknown, what: string): unknown[] => check(value, Array.isArray, what);

const isNotification = (value: unknown): value is BelfryNotification =>
  isFields(value) && [value.id, value.title, value.message, value.createdAt, value.audience].every(isText) && isNumber(value.born);
const isTask = (value: unknown): value is Task => isFields(value) && [value.id, value.status, value.updatedAt].every(isText);

const EVENTS: Record<BelfryEvent["type"], (event: Fields) => boolean> = {
  notification: (event) => isNotification(event.notification),
  broadcast: (event) => isNotification(event.notification),
  "notification-deleted": (event) => isText(event.id),
  "task-progress": (event) => isTask(event.task),
  "task-completed": (event) => isTask(event.task),
  watermark: (event) => isFields(event.read) || isFields(event.deleted),
  inbox: (event) => isNumber(event.unreadCount) && isNumber(event.unseenCount),
  reset: () => true,
};

const isEvent = (value: unknown): value is BelfryEvent =>
  isFields(value) && isText(value.type) && Object.hasOwn(EVENTS, value.type) && EVENTS[value.type as BelfryEvent["type"]](value);

/** Those that we know, in order. */
export const readEvents = (value: unknown): BelfryEvent[] => list(value, "events").filter(isEvent);

/** An event's text; null for one that we do not know, or that is no JSON. */
export function readEvent(text: string): BelfryEvent | null {
  const value = readJson(text);
  return isEvent(value) ? value : null;
}

/** Undefined for what is no JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function readNews(value: unknown): News {
  const { events, cursor, more } = fields(value);
  return { events: readEvents(events), cursor: check(cursor, isText, "cursor"), more: more === true };
}

export function readCounts(value: unknown): Counts {
  const { unreadCount, unseenCount } = fields(value);
  return { unreadCount: check(unreadCount, isNumber, "count"), unseenCount: check(unseenCount, isNumber, "count") };
}

/** Of a change: the counts after it, and of a category whether it has more. */
export const readMarked = (value: unknown): Counts & { more?: boolean } => ({
  ...readCounts(value),
  ...(fields(value).more === true && { more: true }),
});

export function readPage(value: unknown): Page {
  const { notifications, hasMore, nextCursor, streamCursor } = fields(value);
  return {
    ...readCounts(value),
    notifications: list(notifications, "notifications").filter(isNotification),
    hasMore: hasMore === true,
    nextCursor: isText(nextCursor) ? nextCursor : null,
    streamCursor: check(streamCursor, isText, "position"),
  };
}

export const readTask = (value: unknown): Task => check(value, isTask, "task");

export function readTasks(value: unknown): TaskList {
  const { tasks, hasMore, streamCursor } = fields(value);
  return {
    tasks: list(tasks, "tasks").filter(isTask),
    hasMore: hasMore === true,
    streamCursor: check(streamCursor, isText, "position"),
  };
}

export const readPreferences = (value: unknown): Preferences => ({ muted: list(fields(value).muted, "categories").filter(isText) });

export const readTicket = (value: unknown): string => check(fields(value).ticket, isText, "ticket");
