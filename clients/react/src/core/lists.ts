/** Lists and their pages, read when somebody looks at them. */
import { problemOf } from "./problem";
import type { TabReplica } from "./replica";
import { filterKey } from "./store/filter";
import type { Action, Filter, Page, Platform, Rest } from "./types";

export interface ListsOptions {
  platform: Platform;
  rest: Rest;
  replica: TabReplica;
  pageSize: number;
  /** To our replica alone, and to all. */
  dispatch(action: Action): void;
  share(action: Action): void;
  /** True, and dealt with, where the page is somebody else's. */
  foreign(page: Page): boolean;
  /** Of the client's present life; null where it has none, or does not know yet whose it is. */
  signal(): AbortSignal | null;
}

export interface Lists {
  watch(filter: Filter): () => void;
  /** The next page; the first one where none was read. */
  more(filter: Filter): Promise<void>;
  /** The first page once more: what is new in it is put in. */
  again(filter: Filter): Promise<Page | null>;
  /** Lists that somebody looks at and that are not read (any more). */
  catchUp(): void;
}

export function createLists({ platform, rest, replica, pageSize, dispatch, share, foreign, signal }: ListsOptions): Lists {
  const watched = new Map<string, { filter: Filter; watchers: number }>();
  const reading = new Map<string, { life: AbortSignal; page: Promise<Page | null> }>();

  /** One page of a list at a time. */
  function read(filter: Filter, after?: string): Promise<Page | null> {
    const life = signal();
    if (!life) return Promise.resolve(null);
    const key = filterKey(filter);
    const under = reading.get(key);
    if (under?.life === life) return under.page;
    const page = fetchPage(filter, after, life).finally(() => {
      if (reading.get(key)?.page === page) reading.delete(key);
    });
    reading.set(key, { life, page });
    return page;
  }

  async function fetchPage(filter: Filter, after: string | undefined, life: AbortSignal): Promise<Page | null> {
    const basis = replica.basis();
    dispatch({ type: "loading", filter, busy: true });
    try {
      const page = await rest.list({ filter, limit: pageSize, cursor: after }, life);
      if (life.aborted || foreign(page)) return null;
      share({ type: "page", filter, page, first: after === undefined, after, basis, at: platform.now() });
      return page;
    } catch (error) {
      dispatch({ type: "loading", filter, busy: false, error: life.aborted ? undefined : problemOf(error) });
      throw error;
    }
  }

  function readUnread(filter: Filter): void {
    // What went wrong stands in the list.
    if (replica.nextCursor(filter) === undefined) read(filter).catch(() => undefined);
  }

  return {
    watch(filter) {
      const key = filterKey(filter);
      const entry = watched.get(key) ?? { filter, watchers: 0 };
      watched.set(key, entry);
      if (entry.watchers++ === 0) readUnread(filter);
      let watches = true;
      return () => {
        if (watches && --entry.watchers === 0) watched.delete(key);
        watches = false;
      };
    },
    async more(filter) {
      const next = replica.nextCursor(filter);
      if (next !== null) await read(filter, next);
    },
    again: (filter) => read(filter),
    catchUp() {
      for (const { filter } of watched.values()) readUnread(filter);
    },
  };
}
