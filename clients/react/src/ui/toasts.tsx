import { useRef, useState, type FocusEvent, type KeyboardEvent, type MouseEvent } from "react";
import type { BelfryNotification } from "../contract";
import { CloseIcon, SeverityIcon } from "./icons";
import { LiveRegion } from "./live-region";
import { Root, useLocale } from "./locale";
import { isExternal, safeUrl } from "./safe-url";
import { clip } from "./text";
import type { Locale } from "./texts";
import { SHOWN_MAX, type Toast } from "./toast-queue";
import { useCountdown } from "./use-countdown";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { usePageVisible, useToastQueue } from "./use-toast-queue";

/** More than a toast has room for; CSS cuts the rest by line. */
const TITLE_GRAPHEMES = 120;
const MESSAGE_GRAPHEMES = 240;

export interface ToastsProps {
  locale?: Locale;
  /** How long a toast stays, in milliseconds; 6,000 unless given. Errors stay until they are dismissed. */
  stayMs?: number;
  /** Whether ended tasks are told of; true unless given. */
  tasks?: boolean;
  /** Which toasts to show; all unless given. */
  filter?(toast: Toast): boolean;
  /** A link of a notification is followed: `event.preventDefault()` leaves the way to the application's router. */
  onFollow?(url: string, notification: BelfryNotification, event: MouseEvent<HTMLAnchorElement>): void;
  className?: string;
}

/**
 * What has just come, in the corner: at most three at once, the rest counted. Timers rest while the pointer or the focus is on a
 * toast, and while the page is hidden. Escape dismisses the one that has the focus.
 */
export function Toasts({ locale, className, ...rest }: ToastsProps) {
  return (
    <Root own={locale} className={className ? `belfry-toasts-root ${className}` : "belfry-toasts-root"}>
      <ToastStack {...rest} />
      <LiveRegion />
    </Root>
  );
}

function ToastStack({ stayMs = 6000, tasks = true, filter, onFollow }: Omit<ToastsProps, "locale" | "className">) {
  const { texts, format } = useLocale();
  const [{ toasts }, change] = useToastQueue({ tasks, filter });
  const visible = usePageVisible();
  const [hovered, setHovered] = useState(false);
  const [focused, setFocused] = useState(false);
  const stack = useRef<HTMLDivElement>(null);
  const cameFrom = useRef<HTMLElement | null>(null);
  const shown = toasts.slice(0, SHOWN_MAX);
  const waiting = toasts.length - shown.length;
  const key = shown.map(({ id }) => id).join(" ");

  // A toast that is dismissed by key hands the focus to the next one, the last one back to where the reader came from.
  useIsomorphicLayoutEffect(() => {
    if (!focused || stack.current?.contains(document.activeElement)) return;
    // It went on its own way meanwhile: only what went with its toast is handed on.
    if (document.activeElement && document.activeElement !== document.body) return setFocused(false);
    const next = stack.current?.querySelector<HTMLElement>(".belfry-toast-close");
    if (next) next.focus();
    else {
      setFocused(false);
      if (cameFrom.current?.isConnected) cameFrom.current.focus();
    }
  }, [key]);
  useIsomorphicLayoutEffect(() => {
    if (toasts.length === 0) setHovered(false);
  }, [toasts.length]);

  return (
    <div
      ref={stack}
      role="region"
      aria-label={texts.toasts}
      className="belfry-toasts"
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      onFocus={(event: FocusEvent<HTMLElement>) => {
        const from = event.relatedTarget as HTMLElement | null;
        if (!focused && from && !event.currentTarget.contains(from)) cameFrom.current = from;
        setFocused(true);
      }}
      onBlur={(event: FocusEvent<HTMLElement>) => {
        // Without a goal it went to the blank page, unless its toast is gone or the whole window is left.
        const to = event.relatedTarget as Node | null;
        if (to ? !event.currentTarget.contains(to) : event.target.isConnected && document.hasFocus()) setFocused(false);
      }}
    >
      {toasts.length > SHOWN_MAX && (
        <div className="belfry-toasts-more">
          <span>{format.plural(texts.moreToasts, waiting)}</span>
          <button type="button" className="belfry-link-button" onClick={() => change({ type: "clear" })}>
            {texts.clearToasts}
          </button>
        </div>
      )}
      {shown.map((toast) => (
        <ToastCard
          key={toast.id}
          toast={toast}
          stayMs={toast.type === "error" ? null : stayMs}
          paused={hovered || focused || !visible}
          dismiss={() => change({ type: "remove", ids: [toast.id] })}
          onFollow={onFollow}
        />
      ))}
    </div>
  );
}

function ToastCard({ toast, stayMs, paused, dismiss, onFollow }: {
  toast: Toast;
  stayMs: number | null;
  paused: boolean;
  dismiss: () => void;
} & Pick<ToastsProps, "onFollow">) {
  const { texts } = useLocale();
  useCountdown(stayMs, paused, dismiss);
  const { notification, task } = toast;
  const title = clip(toast.title, TITLE_GRAPHEMES);
  const message = toast.message || (task ? texts.taskStatus[task.status] : "");
  return (
    <div
      className="belfry-toast"
      data-id={toast.id}
      data-type={toast.type}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        dismiss();
      }}
    >
      <SeverityIcon type={toast.type} />
      <div className="belfry-toast-text">
        <span className="belfry-sr">{`${texts.severity[toast.type]}: `}</span>
        <p className="belfry-toast-title" dir="auto">
          {title}
        </p>
        {message && (
          <p className="belfry-toast-message" dir="auto">
            {clip(message, MESSAGE_GRAPHEMES)}
          </p>
        )}
        {notification && <ToastLinks notification={notification} onFollow={onFollow} dismiss={dismiss} />}
      </div>
      <button
        type="button"
        className="belfry-icon-button belfry-toast-close"
        aria-label={`${texts.dismiss}: ${clip(toast.title, 60)}`}
        title={texts.dismiss}
        onClick={dismiss}
      >
        <CloseIcon />
      </button>
    </div>
  );
}

function ToastLinks({ notification, onFollow, dismiss }: { notification: BelfryNotification; dismiss: () => void } & Pick<ToastsProps, "onFollow">) {
  const links = (notification.actions ?? []).filter(({ url }) => safeUrl(url) !== null);
  if (links.length === 0) return null;
  return (
    <div className="belfry-row-foot">
      {links.map(({ label, url }, index) => (
        <a
          key={index}
          className="belfry-action"
          href={url}
          {...(isExternal(url) ? { target: "_blank", rel: "noopener noreferrer" } : null)}
          onClick={(event) => {
            onFollow?.(url, notification, event);
            dismiss();
          }}
        >
          <bdi>{label}</bdi>
        </a>
      ))}
    </div>
  );
}
