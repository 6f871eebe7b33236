import { useState } from "react";
import { useNotificationSystem, type TransportName } from "../../../src";
import { Icon } from "../icons";
import { chosen, cutLine, offline, setOffline } from "../line/line";
import { Empty, Head, Segmented } from "../parts";
import { request } from "../session/api";
import type { Caller } from "../session/session";
import { useSettings, useTexts } from "../settings";
import { useStore } from "../store";
import type { Log } from "./log";
import { useLog } from "./logging";
import { Row } from "./row";

/** Where one sees that nothing is lost: the log of all that came, and a hand on the plugs. */
export function EventsView({ caller }: { caller: Caller }) {
  const texts = useTexts();
  const { log, clear } = useLog();
  return (
    <>
      <Head title={texts.nav.events} lead={texts.events.lead} />
      <Facts log={log} />
      <Controls caller={caller} log={log} />
      <LogPanel log={log} onClear={clear} />
    </>
  );
}

function Facts({ log }: { log: Log }) {
  const { events, status: statuses, transport: transports } = useTexts();
  const { status, transport } = useNotificationSystem();
  return (
    <dl className="facts">
      <div>
        <dt>{events.status}</dt>
        <dd className={`fact-${status}`}>{statuses[status]}</dd>
      </div>
      <div>
        <dt>{events.way}</dt>
        <dd>{transport ? transports[transport] : events.none}</dd>
      </div>
      <div>
        <dt>{events.connections}</dt>
        <dd>{log.opened}</dd>
      </div>
      <div className="fact-wide">
        <dt>{events.cursor}</dt>
        <dd className="cursor" dir="ltr" title={events.cursorHint}>
          {log.cursor ?? "–"}
        </dd>
      </div>
    </dl>
  );
}

function Controls({ caller, log }: { caller: Caller; log: Log }) {
  const { events, transport: transports } = useTexts();
  const cutOff = useStore(offline);
  const way = useStore(chosen);
  return (
    <div className="controls">
      <button type="button" className="button" onClick={cutLine} disabled={cutOff}>
        <Icon name="cut" />
        {events.cut}
      </button>
      <button type="button" className={cutOff ? "button on" : "button"} onClick={() => setOffline(!cutOff)}>
        <Icon name="plug" />
        {cutOff ? events.goOnline : events.goOffline}
      </button>
      <Segmented
        label={events.transport}
        value={way ?? "automatic"}
        options={["automatic", "sse", "websocket", "polling"] as const}
        text={(each) => transports[each]}
        onChange={(each) => chosen.set(each === "automatic" ? null : (each satisfies TransportName))}
      />
      <TestEvent caller={caller} />
      {way !== null && <p className="field-hint controls-note">{events.own}</p>}
      {way === null && log.follows && <p className="field-hint controls-note">{events.shared}</p>}
    </div>
  );
}

function TestEvent({ caller }: { caller: Caller }) {
  const { events } = useTexts();
  const { language } = useSettings();
  const [failed, setFailed] = useState("");
  const publish = async () => {
    setFailed("");
    const message = events.testMessage(new Date().toLocaleTimeString(language));
    const body = { userId: caller.user, type: "info", title: events.testTitle, message, category: "tests" };
    await request(caller, "POST", "/api/notifications", body).catch((error: unknown) => setFailed(error instanceof Error ? error.message : String(error)));
  };
  const may = caller.admin !== false && caller.user !== null;
  return (
    <>
      <button type="button" className="button button-strong" disabled={!may} title={may ? undefined : events.testWhy} onClick={() => void publish()}>
        <Icon name="send" flips />
        {events.test}
      </button>
      <span className="field-error" role="alert">
        {failed}
      </span>
    </>
  );
}

function LogPanel({ log, onClear }: { log: Log; onClear: () => void }) {
  const { events } = useTexts();
  const [held, setHeld] = useState<Log | null>(null);
  const shown = held ?? log;
  const more = log.next - shown.next;
  return (
    <section className="panel log" aria-labelledby="log-title">
      <div className="panel-head">
        <h2 id="log-title">{events.tests}</h2>
        {held && more > 0 && <span className="field-hint">{events.held(more)}</span>}
        <span className="grow" />
        <button type="button" className="link" onClick={() => setHeld(held ? null : log)}>
          {held ? events.go : events.hold}
        </button>
        <button
          type="button"
          className="link"
          onClick={() => {
            setHeld(null);
            onClear();
          }}
        >
          {events.clear}
        </button>
      </div>
      {shown.entries.length === 0 ? (
        <Empty icon="events" title={events.empty}>
          <p>{events.emptyWhy}</p>
        </Empty>
      ) : (
        <ol className="log-rows" reversed>
          {shown.entries.map((entry) => (
            <Row key={entry.n} entry={entry} />
          ))}
        </ol>
      )}
    </section>
  );
}
