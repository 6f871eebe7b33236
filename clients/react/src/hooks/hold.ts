/** What hooks keep of a client, beside it. */
import type { Client } from "../core/types";
import type { Actions } from "./actions";

interface Own {
  /** How many providers have mounted it. */
  holders: number;
  /** For requests that hooks make beside it; ends with it. */
  requests: AbortController;
  /** In SWR's keys; another one whenever the client was cleared. */
  name: number;
  actions?: Actions;
  /** The last change of preferences: the next one waits for it. */
  turn?: Promise<unknown>;
  unwatch?: () => void;
}
const all = new WeakMap<Client, Own>();
let named = 0;

export function ownOf(client: Client): Own {
  const own = all.get(client) ?? { holders: 0, requests: new AbortController(), name: ++named };
  all.set(client, own);
  return own;
}

/** Starts a client with its first holder, and stops it with its last; the answer lets go. */
export function hold(client: Client): () => void {
  const own = ownOf(client);
  if (own.holders++ === 0) {
    client.start();
    own.unwatch = renameWhenCleared(client, own);
  }
  return () => {
    if (--own.holders > 0) return;
    own.unwatch?.();
    client.stop();
    // React's StrictMode mounts again at once, and what was asked for is still wanted then.
    queueMicrotask(() => {
      if (own.holders > 0) return;
      own.requests.abort();
      own.requests = new AbortController();
    });
  };
}

/** What one user has fetched never shows for another: signed out, or somebody else now. */
function renameWhenCleared(client: Client, own: Own): () => void {
  let wasEmpty = client.snapshot().isLoading;
  return client.subscribe(() => {
    const isEmpty = client.snapshot().isLoading;
    if (isEmpty && !wasEmpty) own.name = ++named;
    wasEmpty = isEmpty;
  });
}
