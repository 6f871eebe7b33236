import { type FormEvent, useId, useState } from "react";
import type { Problem } from "../../../src/core";
import { Empty, Head } from "../parts";
import { Refused, request } from "../session/api";
import type { Caller } from "../session/session";
import { useSettings, useTexts } from "../settings";
import { type Attempt, BLANK, type Draft, namesOf, requestOf, tried } from "./draft";
import { Fields } from "./fields";
import { Preview } from "./preview";
import { keepSent, recall, type Sent, sentOf, withdrawalPaths } from "./sent";
import { SentList } from "./sent-list";

/** A name of this request, so that a click too many does not send twice. */
const onceMore = (): Attempt => ({ key: randomName(), at: null });
const randomName = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export function SendView({ caller }: { caller: Caller }) {
  const texts = useTexts();
  return (
    <>
      <Head title={texts.nav.send} lead={texts.send.lead} />
      {caller.admin === false ? (
        <div className="panel">
          <Empty icon="send" title={texts.send.adminOnly}>
            <p>{texts.send.adminOnlyWhy}</p>
          </Empty>
        </div>
      ) : (
        <Composer caller={caller} />
      )}
    </>
  );
}

function Composer({ caller }: { caller: Caller }) {
  const texts = useTexts();
  const { language } = useSettings();
  const formId = useId();
  const [draft, setDraft] = useState(BLANK);
  const [once, setOnce] = useState(onceMore);
  const [sending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [notice, setNotice] = useState("");
  const [sent, setSent] = useState<Sent[]>(() => recall(caller.user));
  const change = (part: Partial<Draft>) => {
    setDraft((now) => ({ ...now, ...part }));
    setOnce(onceMore());
    setProblem(null);
  };
  const keep = (all: Sent[]) => {
    setSent(all);
    keepSent(caller.user, all);
  };

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (sending) return;
    setSending(true);
    setNotice("");
    try {
      const attempt = tried(once, Date.now());
      setOnce(attempt);
      const { path, body } = requestOf(draft, attempt.at);
      const { id } = await request(caller, "POST", path, body, attempt.key);
      keep([sentOf(String(id), draft, Date.now()), ...sent]);
      setNotice(`${texts.send.accepted(draft.reach === "user" ? namesOf(draft.users).length : null)}: ${String(id)}`);
      setProblem(null);
      setDraft((now) => ({ ...BLANK, reach: now.reach, users: now.users, topic: now.topic }));
      setOnce(onceMore());
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      // What was refused was not sent; whether it was, is unknown only where no answer came or the server was in trouble.
      if (refused.status === 400 || refused.status === 422) setOnce(onceMore());
    }
    setSending(false);
  };

  const withdraw = async (what: Sent) => {
    try {
      for (const path of withdrawalPaths(what)) await request(caller, "DELETE", path);
      keep(sent.map((each) => (each.id === what.id ? { ...each, withdrawn: true } : each)));
    } catch (error) {
      setProblem(asProblem(error));
    }
  };

  return (
    <div className="send">
      <form className="panel panel-padded send-form" id={formId} onSubmit={(event) => void submit(event)} noValidate>
        <Fields draft={draft} onChange={change} errors={errorsOf(problem)} />
        <div className="row send-foot">
          <p className="send-notice" role="status">
            {notice !== "" && <bdi>{notice}</bdi>}
          </p>
          <button type="submit" className="button button-strong" aria-disabled={sending}>
            {sending ? texts.send.sending : texts.send.send}
          </button>
        </div>
        <p className="field-error" role="alert">
          {problem && `${texts.send.refused}: ${problem.detail ?? problem.title}`}
        </p>
      </form>
      <div className="send-side">
        <Preview key={language} draft={draft} />
        <SentList sent={sent} onWithdraw={(what) => void withdraw(what)} onClear={() => keep([])} />
      </div>
    </div>
  );
}

/** The reasons by the field that they are about, as the server names it: `actions[0].url`. */
function errorsOf(problem: Problem | null): Record<string, string> {
  return Object.fromEntries((problem?.errors ?? []).map(({ field, reason }) => [field, reason]));
}

function asProblem(error: unknown): Problem {
  return error instanceof Refused ? error.problem : { type: "page", title: String(error), status: 0 };
}
