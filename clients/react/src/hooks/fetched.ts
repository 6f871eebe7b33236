/** What SWR fetches for us: under which key, and when it is out of date. */
import { useEffect, useMemo } from "react";
import useSWR, { type KeyedMutator, type SWRConfiguration } from "swr";
import { problemOf } from "../core/problem";
import type { BelfryError, Client } from "../core/types";
import { ownOf } from "./hold";
import { usePart } from "./select";

/** Said here, since an application's own `SWRConfig` would otherwise decide for us. The client has already tried again. */
const OURS: SWRConfiguration = {
  suspense: false,
  shouldRetryOnError: false,
  refreshInterval: 0,
  keepPreviousData: false,
  revalidateIfStale: true,
  onError: () => undefined,
};

export interface Fetched<T> {
  data: T | undefined;
  /** It is on its way, or nobody is known yet to ask for. */
  isLoading: boolean;
  error: BelfryError | null;
  mutate: KeyedMutator<T>;
}

/**
 * What the replica does not hold, asked for under a key of this client alone, also where the application shares its cache; null
 * asks for nothing. What a user may see is known once the lists are, so nothing is asked before.
 */
export function useFetched<T>(client: Client, what: string | null, fetch: (signal: AbortSignal) => Promise<T>): Fetched<T> {
  const isStarting = usePart(client, "isLoading");
  const startError = usePart(client, "error");
  const own = ownOf(client);
  const key = what === null || isStarting ? null : ["@belfry/react", own.name, what];
  const { data, error, isLoading, mutate } = useSWR<T, unknown>(key, () => fetch(own.requests.signal), OURS);
  // Preferences changed elsewhere, a backup came back: what was fetched may be wrong by now.
  useEffect(() => client.onEvent(({ event }) => void (event.type === "reset" && mutate())), [client, mutate]);
  const failed = useMemo(() => (error ? problemOf(error) : null), [error]);
  return { data, isLoading: isStarting || isLoading, error: isStarting ? startError : failed, mutate };
}
