import { useEffect, useId, useMemo, useRef, useState, type MouseEvent, type ReactNode } from "react";
import type { BelfryNotification } from "../contract";
import type { Filter } from "../core/types";
import { useClient, useNotifications, useUnreadCount } from "../hooks";
import { actionsOf } from "../hooks/actions";
import { usePart, useRead, NO_LIST_YET } from "../hooks/select";
import { CheckAllIcon, InboxIcon } from "./icons";
import { NotificationList } from "./list";
import { LiveBanner } from "./live-banner";
import { LiveRegion } from "./live-region";
import { Root, useLocale } from "./locale";
import type { RowActions } from "./row";
import { Empty, Failed, PassingButton, Refused, Skeleton } from "./state-views";
import { TabList } from "./tabs";
import type { EmptyText, Locale, Texts } from "./texts";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { newPart } from "./windowing";

export type InboxTab = "all" | "unread" | "archived";

export interface InboxProps {
  /** Overrules the `LocaleProvider` around it. */
  locale?: Locale;
  /** Which tab is open at first; "all" unless given. */
  initialTab?: InboxTab;
  /** The filter's choices. Unless given, it offers the categories of what has been loaded. */
  categories?: string[];
  /** A row was opened by click or Enter, and has been marked as read. */
  onOpen?(notification: BelfryNotification): void;
  /** A link of a notification is followed: call `event.preventDefault()` to go there by the application's own router. */
  onFollow?(url: string, notification: BelfryNotification, event: MouseEvent<HTMLAnchorElement>): void;
  /** What the client polls at, for the banner; 30 unless given. */
  pollSeconds?: number;
  /** Stands at the end of the head, beside "Mark all read". */
  tools?: ReactNode;
  className?: string;
}

/** The inbox with its tabs, category filter and list. As high as what holds it, or `--belfry-inbox-height`. */
export function Inbox({ locale, className, ...rest }: InboxProps) {
  return (
    <Root own={locale} className={className ? `belfry-inbox ${className}` : "belfry-inbox"}>
      <InboxBody {...rest} />
    </Root>
  );
}

function InboxBody({ initialTab = "all", categories, onOpen, onFollow, pollSeconds, tools }: Omit<InboxProps, "locale" | "className">) {
  const { texts, format } = useLocale();
  const name = useId();
  const unread = useUnreadCount();
  const [tab, setTab] = useState<InboxTab>(initialTab);
  const [category, setCategory] = useState("");
  const filter = useMemo(() => filterOf(tab, category), [tab, category]);
  const choices = useCategories(categories, category);

  const client = useClient();
  const markAllRead = () => {
    if (unread === 0) return;
    const { markAllAsRead, markCategoryAsRead } = actionsOf(client);
    void (category ? markCategoryAsRead(category) : markAllAsRead());
  };
  return (
    <>
      <div className="belfry-inbox-head">
        <h2 className="belfry-inbox-title">{texts.notifications}</h2>
        <button type="button" className="belfry-button belfry-button-quiet" aria-disabled={unread === 0} onClick={markAllRead}>
          <CheckAllIcon />
          {texts.markAllRead}
        </button>
        {tools}
      </div>
      <div className="belfry-inbox-bar">
        <TabList
          name={name}
          label={texts.notifications}
          chosen={tab}
          onChoose={setTab}
          tabs={[
            { id: "all", label: texts.all },
            { id: "unread", label: texts.unread, note: unread > 0 && <span className="belfry-count">{format.count(unread)}</span> },
            { id: "archived", label: texts.archived },
          ]}
        />
        {choices.length > 0 && (
          <select className="belfry-select" aria-label={texts.category} value={category} onChange={(event) => setCategory(event.target.value)}>
            <option value="">{texts.allCategories}</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {choice}
              </option>
            ))}
          </select>
        )}
      </div>
      <LiveBanner pollSeconds={pollSeconds} />
      <Panel key={`${tab} ${category}`} name={name} tab={tab} filter={filter} onOpen={onOpen} onFollow={onFollow} />
      <LiveRegion />
    </>
  );
}

function Panel({ name, tab, filter, onOpen, onFollow }: Pick<InboxProps, "onOpen" | "onFollow"> & { name: string; tab: InboxTab; filter: Filter }) {
  const { texts } = useLocale();
  const client = useClient();
  const list = useNotifications(filter);
  const { notifications, isLoading, isLoadingMore, hasMore, refresh, loadMore } = list;
  // Until anything was read, the client's error is why; later it is a refused change's, and the list's own tells whether rows are missing.
  const starting = usePart(client, "isLoading");
  const error = usePart(client, "error");
  const own = useRead(client, () => client.list(filter).error, NO_LIST_YET.error);
  const failed = own ?? (starting ? error : null);
  const refused = starting ? null : error;
  // The client reads the inbox again, but not a list beside it that it has never got.
  const retry = starting || Object.keys(filter).length === 0 ? refresh : () => void loadMore();

  const latest = useRef({ list, onFollow });
  useIsomorphicLayoutEffect(() => {
    latest.current = { list, onFollow };
  });
  const actions = useMemo<RowActions>(
    () => ({
      toggleRead: ({ id, read }) => void (read ? latest.current.list.markAsUnread(id) : latest.current.list.markAsRead(id)),
      toggleArchived: ({ id, archived }) => void (archived ? latest.current.list.unarchive(id) : latest.current.list.archive(id)),
      remove: ({ id }) => void latest.current.list.remove(id),
      follow(url, notification, event) {
        if (!notification.read) void latest.current.list.markAsRead(notification.id);
        latest.current.onFollow?.(url, notification, event);
      },
    }),
    [],
  );
  const open = (notification: BelfryNotification) => {
    // Who marks some words to copy them has opened nothing.
    if (document.getSelection()?.toString()) return;
    if (!notification.read) void list.markAsRead(notification.id);
    onOpen?.(notification);
  };

  const panel = useRef<HTMLDivElement>(null);
  const count = notifications.length;
  // A page may hold nothing that the filter lets through, or all of it may be gone by now, and the list still go on.
  const goesOn = count === 0 && hasMore && !isLoading && !failed;
  useEffect(() => {
    if (goesOn && !isLoadingMore) void loadMore();
  }, [goesOn, isLoadingMore, loadMore]);
  const had = useRef(count);
  useIsomorphicLayoutEffect(() => {
    // The last row took the focus with it.
    if (had.current > 0 && count === 0 && document.activeElement === document.body) panel.current?.focus();
    had.current = count;
  }, [count]);

  return (
    <div ref={panel} role="tabpanel" id={`${name}-panel`} aria-labelledby={`${name}-tab-${tab}`} tabIndex={count === 0 ? 0 : -1} className="belfry-panel">
      {refused && refused !== failed && <Refused error={refused} onDismiss={() => client.dismissError()} />}
      {count > 0 ? (
        <NotificationList
          notifications={notifications}
          hasMore={hasMore}
          isLoadingMore={isLoadingMore}
          failed={failed !== null}
          onMore={() => void loadMore()}
          actions={actions}
          onOpen={open}
          label={texts.notifications}
          footer={<ListFooter isLoadingMore={isLoadingMore} failed={failed !== null && hasMore} onRetry={() => void loadMore()} />}
        />
      ) : failed ? (
        <Failed title={texts.listFailed} error={failed} onRetry={retry} />
      ) : isLoading || goesOn ? (
        <Skeleton />
      ) : (
        <Empty text={emptyText(texts, tab, filter)} icon={<InboxIcon />} />
      )}
    </div>
  );
}

function ListFooter({ isLoadingMore, failed, onRetry }: { isLoadingMore: boolean; failed: boolean; onRetry: () => void }) {
  const { texts } = useLocale();
  if (isLoadingMore) return <p className="belfry-list-foot">{texts.loadingMore}</p>;
  if (!failed) return null;
  return (
    <p className="belfry-list-foot" role="alert">
      {texts.listFailed}
      <PassingButton className="belfry-link-button" onClick={onRetry}>
        {texts.retry}
      </PassingButton>
    </p>
  );
}

function filterOf(tab: InboxTab, category: string): Filter {
  return {
    ...(tab === "unread" && { unread: true }),
    ...(tab === "archived" && { archived: true }),
    ...(category && { category }),
  };
}

function emptyText(texts: Texts, tab: InboxTab, { category }: Filter): EmptyText {
  if (category) return texts.emptyCategory;
  return { all: texts.emptyAll, unread: texts.emptyUnread, archived: texts.emptyArchived }[tab];
}

/** What the filter offers: what was given, or what has been seen; the chosen one in any case. */
function useCategories(given: string[] | undefined, chosen: string): string[] {
  const client = useClient();
  const notifications = usePart(client, "notifications");
  const seen = useMemo(() => ({ names: new Set<string>(), in: [] as BelfryNotification[] }), [client]);
  return useMemo(() => {
    if (given) return given;
    // Signed out: the next one must not read what kinds of things the last one got.
    if (notifications.length === 0) seen.names.clear();
    const { start, end } = newPart(seen.in, notifications);
    for (let row = start; row < end; row += 1) {
      const category = notifications[row]?.category;
      if (category) seen.names.add(category);
    }
    if (chosen) seen.names.add(chosen);
    seen.in = notifications;
    return [...seen.names].sort((a, b) => a.localeCompare(b));
  }, [given, notifications, seen, chosen]);
}
