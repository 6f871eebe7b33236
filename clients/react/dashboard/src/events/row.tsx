import { memo, type ReactNode, useState } from "react";
import type { BelfryEvent } from "../../../src/core";
import { Icon } from "../icons";
import { useSettings, useTexts } from "../settings";
import type { Texts } from "../texts/en";
import type { Entry } from "./log";

/** One line of the log. It never changes, so it is drawn once. */
export const Row = memo(function Row({ entry }: { entry: Entry }) {
  const texts = useTexts();
  const { language } = useSettings();
  const { what } = entry;
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23" });
  const when = (
    <time dateTime={new Date(entry.at).toISOString()} dir="ltr">
      {time.format(entry.at)}
    </time>
  );
  if (what.kind !== "event") {
    return (
      <li className="log-row log-row-plain">
        {when}
        <span className="log-note">{noteOf(what, texts)}</span>
        {what.kind === "line" && what.news.kind === "opened" && what.news.after && (
          <code className="cursor" dir="ltr">
            {what.news.after}
          </code>
        )}
      </li>
    );
  }
  return <EventRow entry={entry} event={what.event} live={what.live} cursor={what.cursor} when={when} texts={texts} />;
});

function EventRow(props: { entry: Entry; event: BelfryEvent; live: boolean; cursor: string | null; when: ReactNode; texts: Texts }) {
  const { entry, event, live, cursor, texts } = props;
  const [open, setOpen] = useState(false);
  return (
    <li className="log-row">
      <button type="button" className="log-event" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="chevron" flips />
        {props.when}
        <span className={`log-type log-type-${event.type}`} dir="ltr">
          {event.type}
        </span>
        <span className="log-summary">
          <bdi>{summaryOf(event, texts)}</bdi>
        </span>
        <span className="log-meta">
          {entry.transport && <span className="tag">{texts.transport[entry.transport]}</span>}
          <span className={live ? "tag" : "tag tag-late"}>{live ? texts.events.live : texts.events.caughtUp}</span>
        </span>
      </button>
      {open && (
        <div className="log-raw">
          {cursor && (
            <code className="cursor" dir="ltr">
              {cursor}
            </code>
          )}
          <pre dir="ltr" tabIndex={0} aria-label={texts.events.raw}>
            {JSON.stringify(event, null, 2)}
          </pre>
        </div>
      )}
    </li>
  );
}

function noteOf(what: Exclude<Entry["what"], { kind: "event" }>, { events, status, transport }: Texts): string {
  if (what.kind === "status") return events.now(status[what.status]);
  switch (what.news.kind) {
    case "opened":
      return events.opened(transport[what.news.transport], what.news.after !== null);
    case "cut":
      return events.broke;
    case "offline":
      return events.offline;
    case "online":
      return events.online;
  }
}

/** An event in a few words; the rest stands in its JSON. */
function summaryOf(event: BelfryEvent, { events }: Texts): string {
  switch (event.type) {
    case "notification":
    case "broadcast":
      return event.notification.title;
    case "notification-deleted":
      return `${events.gone} ${event.id}`;
    case "task-progress":
    case "task-completed":
      return `${event.task.name} · ${event.task.status}${event.task.progress === undefined ? "" : ` · ${Math.round(event.task.progress)} %`}`;
    case "watermark":
      return event.read ? events.read : events.deleted;
    case "inbox":
      return events.count(event.unreadCount, event.unseenCount);
    case "reset":
      return events.reset;
  }
}
