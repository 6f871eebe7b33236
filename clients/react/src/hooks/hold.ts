import type { Client } from "../core/types";
import { renameWhenCleared } from "./fetched";

interface Held {
  holders: number;
  requests: AbortController;
  unwatch?: () => void;
}
const all = new WeakMap<Client, Held>();

/** Starts a client with its first holder, and stops it with its last; the answer lets go. */
export function hold(client: Client): () => void {
  const held = heldOf(client);
  if (held.holders++ === 0) {
    client.start();
    held.unwatch = renameWhenCleared(client);
  }
  return () => {
    if (--held.holders > 0) return;
    held.unwatch?.();
    client.stop();
    // React's StrictMode mounts again at once, and what was asked for is still wanted then.
    queueMicrotask(() => {
      if (held.holders === 0) end(client, held);
    });
  };
}

/** Ends with the client: for requests that hooks make beside it. */
export const signalOf = (client: Client): AbortSignal => heldOf(client).requests.signal;

function heldOf(client: Client): Held {
  const held = all.get(client) ?? { holders: 0, requests: new AbortController() };
  all.set(client, held);
  return held;
}

function end(client: Client, held: Held): void {
  all.delete(client);
  held.requests.abort();
}
