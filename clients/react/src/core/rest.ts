/** The server's REST side: one function a call, nothing remembered but tokens, ETags and what the server says of itself. */
import { readCounts, readPage, readPreferences, readTask, readTasks } from "./read";
import { RestFailure } from "./problem";
import { createRequester, type Requester } from "./request";
import type { ClientOptions, Platform, Rest, Target } from "./types";

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
  async function change(method: "PATCH" | "DELETE", target: Target, mark: object, signal?: AbortSignal) {
    const one = (what: Target) => send(NOTIFICATIONS, { method, body: { ...what, ...mark }, signal }, readCounts);
    if (!("ids" in target)) return one(target);
    for (let from = 0; ; from += IDS_MOST) {
      const answer = await one({ ids: target.ids.slice(from, from + IDS_MOST) });
      if (from + IDS_MOST >= target.ids.length) return answer;
    }
  }

  // Not spread: the requester's own properties change with the token.
  return Object.assign(requester, {
    list: ({ filter, cursor, limit }, signal) =>
      send(`${NOTIFICATIONS}?${query({ limit, ...filter, cursor })}`, { signal, keep: !cursor }, readPage),
    tasks: ({ limit, page }, signal) => send(`/api/tasks?${query({ limit, page })}`, { signal, keep: true }, readTasks),
    task: (id, signal) => send(`/api/tasks/${encodeURIComponent(id)}`, { signal }, readTask).catch(nullIfNotFound),
    unread: (signal) => send("/api/unread", { signal, keep: true }, readCounts),
    mark: (target, mark, signal) => change("PATCH", target, mark, signal),
    remove: (target, signal) => change("DELETE", target, {}, signal),
    preferences: (signal) => send("/api/preferences", { signal, keep: true }, readPreferences),
    setPreferences: (muted, signal) => send("/api/preferences", { method: "PUT", body: { muted }, signal }, readPreferences),
  } satisfies Omit<Rest, keyof Requester>);
}

/** What is not asked for is left out: `false` is what the server does anyhow. */
function query(fields: Record<string, string | number | boolean | null | undefined>): string {
  const asked = Object.entries(fields).filter(([, value]) => value);
  return String(new URLSearchParams(asked as [string, string][]));
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof RestFailure && error.problem.status === 404) return null;
  throw error;
}
