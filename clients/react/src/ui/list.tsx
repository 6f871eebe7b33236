import { useCallback, useEffect, useId, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type ReactNode } from "react";
import type { BelfryNotification } from "../contract";
import { NotificationContent, type RowActions } from "./row";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { useNow } from "./use-now";
import { useWindow } from "./use-window";
import { at, placesOf, survivor } from "./windowing";

/** So many rows before its end is near, a list reads on. */
const READ_AHEAD_ROWS = 12;

export interface NotificationListProps {
  notifications: BelfryNotification[];
  hasMore: boolean;
  isLoadingMore: boolean;
  /** Reading on has failed: it waits to be told to try again. */
  failed: boolean;
  /** Called when the end comes into sight and nothing is on its way. */
  onMore(): void;
  actions: RowActions;
  /** A row was opened by click or Enter. */
  onOpen?(notification: BelfryNotification): void;
  label: string;
  /** Below the last row: that more is loading, or failed to. */
  footer?: ReactNode;
}

/** Of lists that are shown, or were: one that is opened again has not changed meanwhile, or little. */
const idsOfLists = new WeakMap<readonly BelfryNotification[], readonly string[]>();

function idsOf(notifications: readonly BelfryNotification[]): readonly string[] {
  const ids = idsOfLists.get(notifications) ?? notifications.map(({ id }) => id);
  idsOfLists.set(notifications, ids);
  return ids;
}

/**
 * The rows, however many: only those on screen exist in the document.
 *
 * One row at a time is in the Tab order, with its buttons. Up, Down, Home, End, Page Up and Page Down move between rows; `u`, `e`
 * and Delete act on one. When the row that has the focus leaves, its neighbour takes it.
 */
export function NotificationList(props: NotificationListProps) {
  const { notifications, hasMore, isLoadingMore, failed, onMore, actions, onOpen, label, footer } = props;
  const now = useNow();
  const name = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const ids = idsOf(notifications);
  const places = useMemo(() => placesOf(ids), [ids]);
  /** Reached by a key, and nobody has scrolled since: it stays in sight while heights become known. */
  const follows = useRef(false);
  const leave = useCallback(() => {
    follows.current = false;
  }, []);
  const { range, offsets, page, rowRef, show } = useWindow(scroller, ids, places, leave);

  const elements = useRef(new Map<string, HTMLElement>()).current;
  const refs = useRef(new Map<string, (element: HTMLElement | null) => void>()).current;
  const refOf = (id: string) => {
    const known = refs.get(id);
    if (known) return known;
    const made = (element: HTMLElement | null) => {
      if (element) elements.set(id, element);
      else {
        elements.delete(id);
        refs.delete(id);
      }
      rowRef(id, element);
    };
    refs.set(id, made);
    return made;
  };

  const [chosen, setChosen] = useState<string | null>(null);
  const last = useRef({ ids, index: 0 });
  const hasFocus = useRef(false);
  const wantsFocus = useRef(false);
  const placeOf = (id: string) => places(id, last.current.index);
  const has = (id: string) => placeOf(id) >= 0;
  const heir = chosen === null || has(chosen) ? chosen : survivor(last.current.ids, last.current.index, has);
  const active = heir ?? ids[0] ?? null;
  const activeIndex = heir === null ? (active === null ? -1 : 0) : placeOf(heir);

  const focusOn = (id: string, place: number) => {
    follows.current = true;
    show(place);
    elements.get(id)?.focus({ preventScroll: true });
  };

  useIsomorphicLayoutEffect(() => {
    const left = heir !== chosen;
    last.current = { ids, index: Math.max(0, activeIndex) };
    if (left) setChosen(active);
    if (!((left && hasFocus.current) || wantsFocus.current)) return;
    wantsFocus.current = false;
    if (active !== null) focusOn(active, activeIndex);
  });
  useIsomorphicLayoutEffect(() => {
    if (follows.current && activeIndex >= 0) show(activeIndex);
  }, [offsets, activeIndex, show]);

  const near = hasMore && !isLoadingMore && !failed && range.end + READ_AHEAD_ROWS >= ids.length;
  const more = useRef(onMore);
  useEffect(() => {
    more.current = onMore;
  });
  // A page may bring nothing and still not be the last: `near` then goes and comes, and the next one is asked for.
  useEffect(() => {
    if (near) more.current();
  }, [near, ids.length]);

  const move = (to: number) => {
    const id = ids[Math.max(0, Math.min(ids.length - 1, to))];
    if (id === undefined) return;
    // At the end already: nothing is drawn anew, and a wish left over would take the focus from elsewhere later.
    if (id === active) return focusOn(id, activeIndex);
    wantsFocus.current = true;
    setChosen(id);
  };

  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || active === null) return;
    const notification = notifications[activeIndex];
    const inRow = event.target === elements.get(active);
    const does: Record<string, () => void> = {
      ArrowDown: () => move(activeIndex + 1),
      ArrowUp: () => move(activeIndex - 1),
      PageDown: () => move(activeIndex + page),
      PageUp: () => move(activeIndex - page),
      Home: () => move(0),
      End: () => move(ids.length - 1),
      Delete: () => notification && actions.remove(notification),
      e: () => notification && actions.toggleArchived(notification),
      u: () => notification && actions.toggleRead(notification),
      ...(inRow ? { Enter: () => notification && onOpen?.(notification) } : null),
    };
    const run = does[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!run) return;
    event.preventDefault();
    run();
  };

  const shown: number[] = [];
  for (let place = range.start; place < range.end; place += 1) shown.push(place);
  // The row that has, or is about to get, the focus stays in the document also when it is scrolled out of sight.
  if (activeIndex >= 0 && activeIndex < range.start) shown.unshift(activeIndex);
  if (activeIndex >= range.end) shown.push(activeIndex);

  return (
    <div className="belfry-scroller" ref={scroller}>
      <div
        role="feed"
        aria-label={label}
        aria-busy={isLoadingMore}
        className="belfry-feed"
        style={{ blockSize: at(offsets, ids.length) }}
        onKeyDown={keys}
        onFocus={() => (hasFocus.current = true)}
        onBlur={(event: FocusEvent<HTMLElement>) => {
          hasFocus.current = event.currentTarget.contains(event.relatedTarget as Node | null);
        }}
      >
        {shown.map((place) => {
          const notification = notifications[place];
          if (!notification) return null;
          const { id } = notification;
          return (
            <article
              key={id}
              ref={refOf(id)}
              className="belfry-row"
              data-id={id}
              data-unread={notification.read ? undefined : ""}
              tabIndex={id === active ? 0 : -1}
              aria-posinset={place + 1}
              aria-setsize={hasMore ? -1 : ids.length}
              aria-labelledby={`${name}${id}`}
              aria-keyshortcuts="u e Delete"
              style={{ insetBlockStart: at(offsets, place) }}
              onFocus={() => setChosen(id)}
              onClick={() => onOpen?.(notification)}
            >
              <NotificationContent notification={notification} now={now} actions={actions} reachable={id === active} titleId={`${name}${id}`} />
            </article>
          );
        })}
      </div>
      {footer}
    </div>
  );
}
