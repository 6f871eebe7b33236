import { useState } from "react";
import { Icon } from "../icons";
import { useSettings, useTexts } from "../settings";
import type { Sent } from "./sent";

export function SentList(props: { sent: Sent[]; onWithdraw: (sent: Sent) => void; onClear: () => void }) {
  const { send } = useTexts();
  const { language } = useSettings();
  const time = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  return (
    <section className="panel sent" aria-labelledby="sent-title">
      <div className="panel-head">
        <h2 id="sent-title">{send.sent}</h2>
        <button type="button" className="link" aria-disabled={props.sent.length === 0} onClick={props.onClear}>
          {send.clear}
        </button>
      </div>
      {props.sent.length === 0 && <p className="panel-none">{send.sentNone}</p>}
      <ul>
        {props.sent.map((each) => (
          <li key={each.id} className={each.withdrawn ? "sent-row sent-gone" : "sent-row"}>
            <span className={`dot dot-${each.severity}`} aria-hidden="true" />
            <span className="sent-text">
              <bdi className="sent-title">{each.title}</bdi>
              <span className="field-hint">
                <bdi>{each.to}</bdi> · <time dateTime={new Date(each.at).toISOString()}>{time.format(each.at)}</time>
              </span>
            </span>
            <Copy id={each.id} />
            {/* It stays where it is, and with it the focus. */}
            <button type="button" className="button" aria-disabled={each.withdrawn} onClick={() => each.withdrawn || props.onWithdraw(each)}>
              {each.withdrawn ? send.withdrawn : send.withdraw}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Copy({ id }: { id: string }) {
  const { send } = useTexts();
  const [copied, setCopied] = useState(false);
  const text = copied ? send.copied : `${send.copy} ${id}`;
  // Browsers keep the clipboard from pages that came without TLS from another machine.
  if (!navigator.clipboard) return <code className="cursor">{id}</code>;
  return (
    <button type="button" className="icon-button" aria-label={text} title={text} onClick={() => void navigator.clipboard.writeText(id).then(() => setCopied(true))}>
      <Icon name="copy" />
    </button>
  );
}
