import { memo, useId, useState, type MouseEvent } from "react";
import type { BelfryNotification } from "../contract";
import { ArchiveIcon, CheckIcon, RestoreIcon, SeverityIcon, TrashIcon, UnreadIcon } from "./icons";
import { useLocale } from "./locale";
import { isExternal, safeUrl } from "./safe-url";
import { clip, isLong } from "./text";

/** What a row can do. They stay the same over renders. */
export interface RowActions {
  /** Turns read into unread and back. */
  toggleRead(notification: BelfryNotification): void;
  /** Into the archive, or back out of it. */
  toggleArchived(notification: BelfryNotification): void;
  remove(notification: BelfryNotification): void;
  /** A link of it is followed. Calling `preventDefault` hands the way to the application's router. */
  follow?(url: string, notification: BelfryNotification, event: MouseEvent<HTMLAnchorElement>): void;
}

export interface NotificationContentProps {
  notification: BelfryNotification;
  /** Milliseconds since 1970. */
  now: number;
  /** Without them it is a picture of a row: a preview. */
  actions?: RowActions;
  /** Whether Tab reaches what is in it. */
  reachable?: boolean;
  /** Names the title, for `aria-labelledby` of what is around it. */
  titleId?: string;
}

/** One notification as it stands in the inbox. Text is text: nothing of it is read as HTML. */
export const NotificationContent = memo(function NotificationContent({
  notification,
  now,
  actions,
  reachable = true,
  titleId,
}: NotificationContentProps) {
  const { texts, format } = useLocale();
  const { title, message, type, read, archived, category, createdAt } = notification;
  return (
    <div className="belfry-row-body">
      <SeverityIcon type={type} />
      <div className="belfry-row-text">
        <div className="belfry-row-head">
          <div className="belfry-row-name" id={titleId}>
            <span className="belfry-sr">{`${texts.severity[type]}${read ? "" : `, ${texts.unread}`}: `}</span>
            <p className="belfry-row-title" dir="auto">
              {title}
            </p>
          </div>
          <time className="belfry-time" dateTime={createdAt} title={format.moment(createdAt)} suppressHydrationWarning>
            {format.ago(createdAt, now)}
          </time>
        </div>
        {message && <Message text={message} tabIndex={reachable ? 0 : -1} />}
        <Foot notification={notification} reachable={reachable} follow={actions?.follow} />
        {category && <span className="belfry-sr">{`${texts.category}: ${category}`}</span>}
      </div>
      {!read && <span className="belfry-dot" aria-hidden="true" />}
      {actions && (
        <div className="belfry-row-actions" role="group" aria-label={texts.actions}>
          <RowButton label={read ? texts.markUnread : texts.markRead} hint="U" title={title} reachable={reachable} run={() => actions.toggleRead(notification)}>
            {read ? <UnreadIcon /> : <CheckIcon />}
          </RowButton>
          <RowButton label={archived ? texts.restore : texts.archive} hint="E" title={title} reachable={reachable} run={() => actions.toggleArchived(notification)}>
            {archived ? <RestoreIcon /> : <ArchiveIcon />}
          </RowButton>
          <RowButton label={texts.remove} hint="Del" title={title} reachable={reachable} run={() => actions.remove(notification)}>
            <TrashIcon />
          </RowButton>
        </div>
      )}
    </div>
  );
});

function RowButton({ label, hint, title, reachable, run, children }: {
  label: string;
  hint: string;
  title: string;
  reachable: boolean;
  run: () => void;
  children: React.ReactNode;
}) {
  return (
    <button
      type="button"
      className="belfry-icon-button"
      tabIndex={reachable ? 0 : -1}
      aria-label={`${label}: ${clip(title, 60)}`}
      title={`${label} (${hint})`}
      onClick={(event) => {
        event.stopPropagation();
        run();
      }}
    >
      {children}
    </button>
  );
}

/** At most three lines, unless the reader wants more. */
function Message({ text, tabIndex }: { text: string; tabIndex: number }) {
  const { texts } = useLocale();
  const [open, setOpen] = useState(false);
  const id = useId();
  const long = isLong(text);
  return (
    <>
      <p id={id} className="belfry-row-message" dir="auto" data-clamped={long && !open ? "" : undefined}>
        {text}
      </p>
      {long && (
        <button
          type="button"
          className="belfry-link-button"
          tabIndex={tabIndex}
          aria-expanded={open}
          aria-controls={id}
          onClick={(event) => {
            event.stopPropagation();
            setOpen(!open);
          }}
        >
          {open ? texts.showLess : texts.showMore}
        </button>
      )}
    </>
  );
}

function Foot({ notification, reachable, follow }: Pick<NotificationContentProps, "notification" | "reachable"> & Pick<RowActions, "follow">) {
  const links = (notification.actions ?? []).flatMap(({ label, url }) => {
    const safe = safeUrl(url);
    return safe === null ? [] : [{ label, url: safe }];
  });
  if (links.length === 0 && !notification.category) return null;
  return (
    <div className="belfry-row-foot">
      {links.map(({ label, url }, index) => (
        <a
          key={index}
          className="belfry-action"
          href={url}
          tabIndex={reachable ? 0 : -1}
          {...(isExternal(url) ? { target: "_blank", rel: "noopener noreferrer" } : null)}
          onClick={(event) => {
            event.stopPropagation();
            follow?.(url, notification, event);
          }}
        >
          <bdi>{label}</bdi>
        </a>
      ))}
      {notification.category && (
        <span className="belfry-tag" aria-hidden="true">
          <bdi>{notification.category}</bdi>
        </span>
      )}
    </div>
  );
}
