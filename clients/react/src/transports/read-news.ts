/** What the wire says of news. Unknown events are let be: a newer server may tell more. */
import type { BelfryEvent } from "../contract";
import { type Fields, isFields, isText, readJson } from "../core/json";
import { field, list } from "../core/read";
import { NO_BODY } from "../core/request";
import type { Rest } from "../core/types";

/** A cursor's place, what happened before it, and whether more is waiting. */
export interface News {
  events: BelfryEvent[];
  cursor: string;
  more: boolean;
}

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
export const readEvents = (body: Fields): BelfryEvent[] => list(body, "events").filter(isEvent);

/** An event's text; null for one that we do not know, or that is no JSON. */
export function readEvent(text: string): BelfryEvent | null {
  const value = readJson(text);
  return isEvent(value) ? value : null;
}

export const readNews = (body: Fields): News => ({
  events: readEvents(body),
  cursor: field(body, "cursor", isText),
  more: body.more === true,
});

/** One poll: null is a 204. Without `after`: a cursor for now. */
export const askNews = (rest: Rest, after: string | null, signal?: AbortSignal): Promise<News | null> =>
  rest.send(`/api/events?${new URLSearchParams(after ? { after } : {})}`, { signal }, (body) => (body === NO_BODY ? null : readNews(body)));

/** Lets a socket in, once. */
export const askTicket = (rest: Rest, signal?: AbortSignal): Promise<string> =>
  rest.send("/api/stream/ticket", { method: "POST", signal }, (body) => field(body, "ticket", isText));
