/** What SWR fetches for us: under which key, and when it is out of date. */
import { useEffect } from "react";
import type { SWRConfiguration } from "swr";
import type { Client } from "../core/types";

const names = new WeakMap<Client, number>();
let named = 0;

/** An SWR key of this client alone: what one user has fetched never shows for another, also where the application shares its cache. */
export function keyOf(client: Client, ...what: string[]): (string | number)[] {
  const name = names.get(client) ?? ++named;
  names.set(client, name);
  return ["@belfry/react", name, ...what];
}

/** Gives a client new keys whenever it was cleared: signed out, or somebody else now. The answer ends that. */
export function renameWhenCleared(client: Client): () => void {
  let wasEmpty = client.snapshot().isLoading;
  return client.subscribe(() => {
    const isEmpty = client.snapshot().isLoading;
    if (isEmpty && !wasEmpty) names.delete(client);
    wasEmpty = isEmpty;
  });
}

/** Said here, since an application's own `SWRConfig` would otherwise decide for us. The client has already tried again. */
export const OURS: SWRConfiguration = {
  suspense: false,
  shouldRetryOnError: false,
  refreshInterval: 0,
  keepPreviousData: false,
  revalidateIfStale: true,
  onError: () => undefined,
};

/** Calls back when the server said that what was fetched may be wrong by now: preferences changed elsewhere, a backup came back. */
export function useReset(client: Client, again: () => void): void {
  useEffect(() => client.onEvent(({ event }) => void (event.type === "reset" && again())), [client, again]);
}
