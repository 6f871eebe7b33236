/** Reading the store: one part each, so that a component renders only when that part has changed. */
import { useCallback, useSyncExternalStore } from "react";
import type { Client, ListView, Snapshot } from "../core/types";

/** What a server renders, and a browser until it has taken over: nothing is known yet. */
export const NO_LIST_YET: ListView = { notifications: [], hasMore: false, isLoading: true, isLoadingMore: false, error: null };
export const NOTHING_YET: Snapshot = { ...NO_LIST_YET, tasks: [], unreadCount: 0, unseenCount: 0, status: "offline", transport: null };

/** `read` must give the same value until something has changed. */
export function useRead<T>(client: Client, read: () => T, before: T): T {
  const subscribe = useCallback((changed: () => void) => client.subscribe(changed), [client]);
  return useSyncExternalStore(subscribe, read, () => before);
}

/** One part of the snapshot, by its name. */
export function usePart<K extends keyof Snapshot>(client: Client, part: K): Snapshot[K] {
  return useRead(client, () => client.snapshot()[part], NOTHING_YET[part]);
}
