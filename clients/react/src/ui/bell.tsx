import { useCallback, useEffect, useId, useRef, useState, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { useBelfryEvent, useClient, useUnreadCount } from "../hooks";
import { actionsOf } from "../hooks/actions";
import { usePart } from "../hooks/select";
import { BellIcon, CloseIcon } from "./icons";
import { Inbox, type InboxProps } from "./inbox";
import { LiveRegion } from "./live-region";
import { Root, useLocale } from "./locale";
import type { Locale } from "./texts";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";

export interface NotificationBellProps extends Pick<InboxProps, "onOpen" | "onFollow" | "categories" | "pollSeconds"> {
  locale?: Locale;
  /** What the badge counts: what was not read (unless given), or what was not seen since the bell was last opened. */
  count?: "unread" | "unseen";
  /** Called on a click; `preventDefault` keeps the popover shut, for a bell that leads elsewhere. */
  onClick?(event: MouseEvent<HTMLButtonElement>): void;
  /** What the popover holds in place of our inbox. */
  renderInbox?(popover: { close: () => void }): ReactNode;
  className?: string;
}

/** A bell with a badge. It opens a popover with the inbox, and what is in there counts as seen. */
export function NotificationBell({ locale, className, ...rest }: NotificationBellProps) {
  return (
    <Root own={locale} className={className ? `belfry-bell-root ${className}` : "belfry-bell-root"}>
      <BellBody {...rest} />
      <LiveRegion />
    </Root>
  );
}

function BellBody({ count = "unread", onClick, renderInbox, ...inbox }: Omit<NotificationBellProps, "locale" | "className">) {
  const { texts, format } = useLocale();
  const client = useClient();
  const unread = useUnreadCount();
  const unseen = usePart(client, "unseenCount");
  const shown = count === "unread" ? unread : unseen;
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  const close = useCallback((returnFocus = true) => {
    setOpen(false);
    if (returnFocus) button.current?.focus();
  }, []);

  return (
    <>
      <button
        ref={button}
        type="button"
        className="belfry-bell"
        aria-label={shown > 0 ? format.plural(texts.bellUnread, shown) : texts.notifications}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={(event) => {
          onClick?.(event);
          if (event.defaultPrevented) return;
          if (open) close();
          else setOpen(true);
        }}
      >
        <BellIcon />
        {shown > 0 && (
          <span className="belfry-badge" data-fresh={unseen > 0 ? "" : undefined} aria-hidden="true">
            {format.badge(shown)}
          </span>
        )}
      </button>
      {open && (
        <Popover id={id} bell={button} close={close}>
          {renderInbox ? (
            renderInbox({ close })
          ) : (
            <Inbox
              {...inbox}
              tools={
                <button type="button" className="belfry-icon-button" aria-label={texts.close} title={texts.close} onClick={() => close()}>
                  <CloseIcon />
                </button>
              }
            />
          )}
          <MarksSeen />
        </Popover>
      )}
    </>
  );
}

/** While it is there, what arrives counts as seen: once on opening and once for each arrival, so a refusal is not tried in a circle. */
function MarksSeen() {
  const client = useClient();
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const mark = useCallback(() => {
    if (client.snapshot().unseenCount > 0) void actionsOf(client).markAllAsSeen();
  }, [client]);
  useEffect(() => {
    mark();
    return () => clearTimeout(timer.current);
  }, [mark]);
  useBelfryEvent(({ isNew }) => {
    if (!isNew) return;
    clearTimeout(timer.current);
    timer.current = setTimeout(mark, 1000);
  });
  return null;
}

const FOCUSABLE = "a[href], button:not([disabled]), select, input, textarea, [tabindex]";

/**
 * A dialog that is not modal: the page behind it stays usable, by pointer. It takes the focus, lets Tab go round in itself, and
 * closes by Escape (the focus returns to the bell) or by a press outside of it.
 */
function Popover({ id, bell, close, children }: {
  id: string;
  bell: { readonly current: HTMLElement | null };
  close: (returnFocus?: boolean) => void;
  children: ReactNode;
}) {
  const { texts, locale } = useLocale();
  const box = useRef<HTMLDivElement>(null);
  // Known before anything in here is laid out: rows inherit it, so setting it later would have each of them styled twice.
  const [top] = useState(() => Math.round((bell.current?.getBoundingClientRect().bottom ?? 0) + 8));

  useEffect(() => {
    box.current?.focus({ preventScroll: true });
    const outside = (event: PointerEvent) => {
      const pressed = event.target as Node;
      if (!box.current?.contains(pressed) && !bell.current?.contains(pressed)) close(false);
    };
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, [bell, close]);

  // Opens towards the side that has the room.
  useIsomorphicLayoutEffect(() => {
    const popover = box.current;
    const place = bell.current?.getBoundingClientRect();
    if (!popover || !place) return;
    const toTheLeft = place.right - popover.offsetWidth >= 8;
    const toTheRight = place.left + popover.offsetWidth <= window.innerWidth - 8;
    const ltr = locale.dir === "ltr";
    popover.dataset.align = (ltr ? toTheLeft || !toTheRight : toTheRight || !toTheLeft) ? "end" : "start";
  }, [bell, locale.dir]);

  const keys = (event: KeyboardEvent<HTMLDivElement>) => {
    if (event.defaultPrevented) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((stop) => stop.tabIndex >= 0);
      const from = document.activeElement;
      const first = stops[0];
      const final = stops[stops.length - 1];
      const goTo = event.shiftKey ? (from === first || from === event.currentTarget ? final : null) : from === final ? first : null;
      if (!goTo) return;
      event.preventDefault();
      goTo.focus();
    } else if (event.key === "ArrowDown" && event.target === event.currentTarget) {
      const row = event.currentTarget.querySelector<HTMLElement>(".belfry-row[tabindex='0']");
      if (!row) return;
      event.preventDefault();
      row.focus();
    }
  };

  return (
    <div
      ref={box}
      id={id}
      role="dialog"
      aria-label={texts.notifications}
      tabIndex={-1}
      className="belfry-popover"
      style={{ "--belfry-popover-top": `${top}px` } as CSSProperties}
      onKeyDown={keys}
    >
      {children}
    </div>
  );
}
