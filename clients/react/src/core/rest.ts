/** The server's REST side: one function a call, nothing remembered but tokens, ETags and what the server says of itself. */
import { readCounts, readMarked, readNews, readPage, readPreferences, readTask, readTasks, readTicket } from "./read";
import { RestFailure } from "./problem";
import { createRequester } from "./request";
import type { ClientOptions, Filter, Mark, Platform, Rest, Target } from "./types";

export { RestFailure } from "./problem";

/** Most ids that one request may name. */
const IDS_MOST = 100;
const NOTIFICATIONS = "/api/notifications";

/**
 * A client of the REST side.
 *
 * Every call fails with `RestFailure`: `network` where nobody or somebody else answered within 15 s, `unauthorized` where a
 * refreshed token was refused too, else the server's own problem.
 */
export function createRest(options: ClientOptions, platform: Platform): Rest {
  const requester = createRequester(options, platform);
  const { send } = requester;

  /** One request for each hundred ids; the last one's counts hold. */
  async function change<T>(method: "PATCH" | "DELETE", target: Target, mark: object, read: (body: unknown) => T, signal?: AbortSignal) {
    const one = (what: Target) => send(NOTIFICATIONS, { method, body: { ...what, ...mark }, signal }, read);
    if (!("ids" in target)) return one(target);
    let answer = await one({ ids: target.ids.slice(0, IDS_MOST) });
    for (let from = IDS_MOST; from < target.ids.length; from += IDS_MOST)
      answer = await one({ ids: target.ids.slice(from, from + IDS_MOST) });
    return answer;
  }

  // The requester's own properties change with the token, so they are not copied.
  return {
    baseUrl: requester.baseUrl,
    get credentials() {
      return requester.credentials;
    },
    facts: requester.facts,
    headers: requester.headers,
    list: ({ filter, cursor, limit }, signal) =>
      send(`${NOTIFICATIONS}?${query({ limit, ...wire(filter), cursor })}`, { signal, keep: !cursor }, readPage),
    tasks: ({ limit, page }, signal) => send(`/api/tasks?${query({ limit, page })}`, { signal, keep: true }, readTasks),
    task: (id, signal) => send(`/api/tasks/${encodeURIComponent(id)}`, { signal }, readTask).catch(nullIfNotFound),
    unread: (signal) => send("/api/unread", { signal, keep: true }, readCounts),
    poll: (after, signal) =>
      send(`/api/events?${query({ after })}`, { signal }, (body) => (body === null ? null : readNews(body))),
    mark: (target, mark: Mark, signal) => change("PATCH", target, mark, readMarked, signal),
    remove: (target, signal) => change("DELETE", target, {}, readCounts, signal),
    preferences: (signal) => send("/api/preferences", { signal, keep: true }, readPreferences),
    setPreferences: (muted, signal) => send("/api/preferences", { method: "PUT", body: { muted }, signal }, readPreferences),
    ticket: (signal) => send("/api/stream/ticket", { method: "POST", signal }, readTicket),
  };
}

/** What is not asked for is left out: `false` is what the server does anyhow. */
const wire = ({ unread, archived, type, category }: Filter) => ({
  unread: unread || undefined,
  archived: archived || undefined,
  type,
  category,
});

function query(fields: Record<string, string | number | boolean | null | undefined>): string {
  const pairs = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof RestFailure && error.problem.status === 404) return null;
  throw error;
}
