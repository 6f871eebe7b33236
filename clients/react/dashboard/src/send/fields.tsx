import { useId, useRef } from "react";
import { Icon } from "../icons";
import { Field, Segmented } from "../parts";
import { useTexts } from "../settings";
import { ACTIONS_MAX, type Draft, EXPIRIES, type Expiry, REACHES, SEVERITIES } from "./draft";

interface Props {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
  /** What the server found wrong, by the name of the field. */
  errors: Record<string, string>;
}

export function Fields(props: Props) {
  const { draft, onChange, errors } = props;
  const { send } = useTexts();
  return (
    <>
      <div className="field">
        <span className="field-label">{send.to}</span>
        <Segmented
          label={send.to}
          value={draft.reach}
          options={REACHES}
          text={(reach) => ({ user: send.toUser, everyone: send.toEveryone, topic: send.toTopic })[reach]}
          onChange={(reach) => onChange({ reach })}
        />
      </div>
      <Addressee {...props} />
      <div className="field">
        <span className="field-label">{send.severity}</span>
        <Segmented
          label={send.severity}
          value={draft.severity}
          options={SEVERITIES}
          text={(severity) => send.severities[severity]}
          dot={(severity) => severity}
          onChange={(severity) => onChange({ severity })}
        />
      </div>
      <Text {...props} name="title" label={send.title} />
      <Field label={send.message} error={errors.message}>
        {(ids) => <textarea {...ids} rows={3} dir="auto" value={draft.message} onChange={(event) => onChange({ message: event.target.value })} />}
      </Field>
      <div className="pair">
        <Text {...props} name="category" label={send.category} hint={send.categoryHint} />
        <Text {...props} name="key" label={send.key} hint={send.keyHint} />
      </div>
      <Actions {...props} />
      <Expiries {...props} />
    </>
  );
}

function Text({ draft, onChange, errors, name, label, hint }: Props & { name: "title" | "category" | "key" | "topic"; label: string; hint?: string }) {
  return (
    <Field label={label} hint={hint} error={errors[name]}>
      {(ids) => <input {...ids} dir="auto" value={draft[name]} onChange={(event) => onChange({ [name]: event.target.value })} />}
    </Field>
  );
}

function Addressee(props: Props) {
  const { draft, onChange, errors } = props;
  const { send } = useTexts();
  const list = useId();
  if (draft.reach === "everyone") return null;
  if (draft.reach === "topic") {
    return <Text {...props} errors={{ topic: errors.audience ?? "" }} name="topic" label={send.topic} hint={send.topicHint} />;
  }
  const wrong = errors.userId ?? Object.entries(errors).find(([field]) => field.startsWith("userIds"))?.[1];
  return (
    <Field label={send.users} hint={send.usersHint} error={wrong}>
      {(ids) => (
        <>
          <input {...ids} list={list} dir="auto" value={draft.users} onChange={(event) => onChange({ users: event.target.value })} />
          <datalist id={list}>
            <option value="anna" />
            <option value="ben" />
            <option value="anna, ben" />
          </datalist>
        </>
      )}
    </Field>
  );
}

function Actions({ draft, onChange, errors }: Props) {
  const { send } = useTexts();
  const group = useRef<HTMLFieldSetElement>(null);
  const set = (at: number, part: Partial<Draft["actions"][number]>) =>
    onChange({ actions: draft.actions.map((action, each) => (each === at ? { ...action, ...part } : action)) });
  return (
    <fieldset className="group" ref={group} tabIndex={-1}>
      <legend>{send.actions}</legend>
      {draft.actions.map((action, at) => (
        <div className="pair pair-ended" key={at}>
          <Field label={send.label} error={errors[`actions[${at}].label`]}>
            {(ids) => <input {...ids} dir="auto" value={action.label} onChange={(event) => set(at, { label: event.target.value })} />}
          </Field>
          <Field label={send.url} hint={send.urlHint} error={errors[`actions[${at}].url`]}>
            {(ids) => <input {...ids} dir="ltr" value={action.url} onChange={(event) => set(at, { url: event.target.value })} />}
          </Field>
          <button
            type="button"
            className="icon-button"
            aria-label={`${send.removeAction} ${at + 1}`}
            onClick={() => {
              // The button goes with its row, the focus does not.
              group.current?.focus();
              onChange({ actions: draft.actions.filter((_, each) => each !== at) });
            }}
          >
            <Icon name="close" />
          </button>
        </div>
      ))}
      {draft.actions.length < ACTIONS_MAX && (
        <button type="button" className="button" onClick={() => onChange({ actions: [...draft.actions, { label: "", url: "" }] })}>
          <Icon name="plus" />
          {send.addAction}
        </button>
      )}
    </fieldset>
  );
}

function Expiries({ draft, onChange, errors }: Props) {
  const { send } = useTexts();
  return (
    <div className="pair">
      <Field label={send.expires} error={draft.expiry === "at" ? undefined : errors.expiresAt}>
        {(ids) => (
          <select {...ids} value={draft.expiry} onChange={(event) => onChange({ expiry: event.target.value as Expiry })}>
            {EXPIRIES.map((expiry) => (
              <option key={expiry} value={expiry}>
                {send.expiries[expiry]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {draft.expiry === "at" && (
        <Field label={send.at} error={errors.expiresAt}>
          {(ids) => <input {...ids} type="datetime-local" value={draft.at} onChange={(event) => onChange({ at: event.target.value })} />}
        </Field>
      )}
    </div>
  );
}
