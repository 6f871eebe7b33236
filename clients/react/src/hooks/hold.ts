import type { Client } from "../core/types";

const holders = new WeakMap<Client, number>();

/** Starts a client with its first holder, and stops it with its last; the answer lets go. */
export function hold(client: Client): () => void {
  change(client, 1);
  return () => change(client, -1);
}

function change(client: Client, by: 1 | -1): void {
  const before = holders.get(client) ?? 0;
  holders.set(client, before + by);
  if (before === 0) client.start();
  if (before + by === 0) client.stop();
}
