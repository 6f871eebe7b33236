import { type FormEvent, useState } from "react";
import { Icon, Mark } from "./icons";
import { Avatar, Field } from "./parts";
import { ask, type Session, signInAs, signInWith } from "./session/session";
import { changeSettings, useSettings, useTexts } from "./settings";

/** Before anybody has signed in. */
export function Door({ session }: { session: Exclude<Session, { kind: "asking" | "in" }> }) {
  const texts = useTexts();
  const { language } = useSettings();
  return (
    <main className="door">
      <section className="door-pitch">
        <p className="brand">
          <Mark />
          {texts.product}
        </p>
        <h1>{texts.door.title}</h1>
        <p className="door-lead">{texts.door.lead}</p>
        <dl className="door-points">
          {texts.door.points.map(([what, why]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{why}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="door-card">
        {session.kind === "unreachable" ? <Unreachable /> : session.users ? <Users users={session.users} /> : <Elsewhere />}
        <button type="button" className="link door-language" onClick={() => changeSettings({ language: language === "en" ? "ar" : "en" })}>
          <span lang={language === "en" ? "ar" : "en"}>{language === "en" ? "العربية" : "English"}</span>
        </button>
      </section>
    </main>
  );
}

function Unreachable() {
  const texts = useTexts();
  return (
    <>
      <h2>{texts.door.unreachable}</h2>
      <button type="button" className="button button-strong" onClick={() => void ask()}>
        {texts.door.again}
      </button>
    </>
  );
}

function Users({ users }: { users: string[] }) {
  const texts = useTexts();
  const [failed, setFailed] = useState("");
  const enter = (user: string) => signInAs(user).catch((error: unknown) => setFailed(error instanceof Error ? error.message : String(error)));
  return (
    <>
      <h2>{texts.door.signInAs}</h2>
      <ul className="users">
        {users.map((user) => (
          <li key={user}>
            <button type="button" className="user" onClick={() => void enter(user)}>
              <Avatar name={user} />
              <span className="user-text">
                <span className="user-name">{user}</span>
                <span className="user-role">{texts.door.roles[user] ?? texts.door.user}</span>
              </span>
              <Icon name="chevron" flips />
            </button>
          </li>
        ))}
      </ul>
      <p className="field-hint">{texts.door.development}</p>
      <Failure text={failed} />
    </>
  );
}

function Elsewhere() {
  const texts = useTexts();
  const [token, setToken] = useState("");
  const [failed, setFailed] = useState("");
  const enter = (event: FormEvent) => {
    event.preventDefault();
    signInWith(token.trim()).catch((error: unknown) => setFailed(error instanceof Error ? error.message : String(error)));
  };
  return (
    <form onSubmit={enter}>
      <h2>{texts.door.elsewhere}</h2>
      <p>{texts.door.elsewhereWhy}</p>
      <Field label={texts.door.token} hint={texts.door.tokenHint}>
        {(ids) => <textarea {...ids} rows={4} dir="ltr" spellCheck={false} required value={token} onChange={(event) => setToken(event.target.value)} />}
      </Field>
      <button type="submit" className="button button-strong">
        {texts.door.useToken}
      </button>
      <Failure text={failed} />
    </form>
  );
}

function Failure({ text }: { text: string }) {
  const texts = useTexts();
  return (
    <p className="field-error" role="alert">
      {text === "" ? "" : `${texts.door.failed}: ${text}`}
    </p>
  );
}
