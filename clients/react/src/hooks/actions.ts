/** What a user can do, as functions that stay the same for the life of a client. */
import type { Client, Heard, Mark, Target } from "../core/types";
import { ownOf } from "./hold";

/**
 * Each change shows at once. Its promise is fulfilled when the server has agreed, and rejected when it has refused: the change is
 * then taken back and `error` says why. Nobody has to catch it.
 */
export interface Actions {
  markAsRead(id: string): Promise<void>;
  markAsUnread(id: string): Promise<void>;
  /** All that the user has been shown; what arrives meanwhile stays unread. */
  markAllAsRead(): Promise<void>;
  markCategoryAsRead(category: string): Promise<void>;
  /** The inbox was opened: `unseenCount` falls to 0, and nothing becomes read. */
  markAllAsSeen(): Promise<void>;
  /** Out of the inbox, into the archive, and no longer unread. */
  archive(id: string): Promise<void>;
  unarchive(id: string): Promise<void>;
  /** Deletes it, for good and on every device of the user. */
  remove(id: string): Promise<void>;
  /** Deletes all that the user has been shown. */
  removeAll(): Promise<void>;
  /** Reads everything anew, and tries again where the client had given up. */
  refresh(): void;
  /** Reads the inbox on by one page. */
  loadMore(): Promise<void>;
  dismissError(): void;
  /** Calls back on every event, in order; the answer ends that. `useBelfryEvent` does it for a component. */
  onEvent(heard: (heard: Heard) => void): () => void;
  /** Clears what every tab of this user shows, and ends the connection. */
  signOut(): void;
}

/** The same object whenever the client is the same, so callbacks may stand in dependency lists. */
export function actionsOf(client: Client): Actions {
  return (ownOf(client).actions ??= actions(client));
}

function actions(client: Client): Actions {
  const mark = (target: Target, mark: Mark) => quiet(client.mark(target, mark));
  return {
    markAsRead: (id) => mark({ id }, { read: true }),
    markAsUnread: (id) => mark({ id }, { read: false }),
    markAllAsRead: () => mark({ all: true }, { read: true }),
    markCategoryAsRead: (category) => mark({ category }, { read: true }),
    markAllAsSeen: () => mark({ all: true }, { seen: true }),
    archive: (id) => mark({ id }, { archived: true }),
    unarchive: (id) => mark({ id }, { archived: false }),
    remove: (id) => quiet(client.remove({ id })),
    removeAll: () => quiet(client.remove({ all: true })),
    refresh: () => void quiet(client.refresh()),
    loadMore: () => quiet(client.loadMore()),
    dismissError: () => client.dismissError(),
    onEvent: (heard) => client.onEvent(heard),
    signOut: () => client.signOut(),
  };
}

/** A click handler rarely awaits: what it ignores must not end as an unhandled rejection. Whoever awaits still hears of it. */
export function quiet(promise: Promise<void>): Promise<void> {
  promise.catch(() => undefined);
  return promise;
}
