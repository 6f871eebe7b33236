import { useCallback, useEffect, useMemo } from "react";
import type { Filter, ListView } from "../core/types";
import { type Actions, actionsOf, quiet } from "./actions";
import { useClient } from "./context";
import { NO_LIST_YET, usePart, useRead } from "./select";

type ListActions = Pick<
  Actions,
  "markAsRead" | "markAsUnread" | "markAllAsRead" | "archive" | "unarchive" | "remove" | "removeAll" | "refresh" | "loadMore"
>;

/** One list. `error` is why it could not be read, or else why the last change was refused. */
export interface Notifications extends ListView, ListActions {
  /** Of the whole inbox, whatever the filter. */
  unreadCount: number;
}

/**
 * One list and what can be done with it: the inbox, or what `filter` leaves of it. The filter may be written inline: it is
 * compared by value. A list is read once, however many components show it, and then kept live.
 */
export function useNotifications(filter?: Filter): Notifications {
  const client = useClient("useNotifications()");
  const { unread, archived, type, category } = filter ?? {};
  const asked = useMemo(() => ({ unread, archived, type, category }), [unread, archived, type, category]);
  useEffect(() => client.watchList(asked), [client, asked]);

  const view = useRead(client, () => client.list(asked), NO_LIST_YET);
  const unreadCount = usePart(client, "unreadCount");
  const refused = usePart(client, "error");
  const loadMore = useCallback(() => quiet(client.loadMore(asked)), [client, asked]);
  return useMemo(
    () => ({ ...view, ...actionsOf(client), loadMore, unreadCount, error: view.error ?? refused }),
    [client, view, unreadCount, refused, loadMore],
  );
}
