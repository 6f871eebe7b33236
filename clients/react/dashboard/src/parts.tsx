import { type ReactNode, useId } from "react";
import { Icon, type IconName } from "./icons";

/** One of a few: radio buttons that look like one control. */
export function Segmented<Value extends string>(props: {
  label: string;
  value: Value;
  options: readonly Value[];
  text: (value: Value) => string;
  icon?: (value: Value) => IconName;
  /** A dot in the colour of a severity. */
  dot?: (value: Value) => string;
  onChange: (value: Value) => void;
  hideTexts?: boolean;
}) {
  const name = useId();
  return (
    <fieldset className="segmented">
      <legend className="hidden">{props.label}</legend>
      {props.options.map((option) => (
        <label key={option} className="segment" title={props.hideTexts ? props.text(option) : undefined}>
          <input type="radio" name={name} value={option} checked={option === props.value} onChange={() => props.onChange(option)} />
          {props.icon && <Icon name={props.icon(option)} />}
          {props.dot && <span className={`dot dot-${props.dot(option)}`} aria-hidden="true" />}
          <span className={props.hideTexts ? "hidden" : undefined}>{props.text(option)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A labelled field, with what is wrong about it told to whoever sees it and whoever hears it. */
export function Field(props: {
  label: string;
  hint?: string;
  error?: string;
  children: (ids: { id: string; "aria-describedby"?: string; "aria-invalid"?: true }) => ReactNode;
}) {
  const id = useId();
  const about = [props.error && `${id}-error`, props.hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className={props.error ? "field field-wrong" : "field"}>
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, "aria-describedby": about || undefined, "aria-invalid": props.error ? true : undefined })}
      {props.error && (
        <p className="field-error" id={`${id}-error`}>
          {props.error}
        </p>
      )}
      {props.hint && (
        <p className="field-hint" id={`${id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} />
      </span>
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

export function Head({ title, lead, children }: { title: string; lead: string; children?: ReactNode }) {
  return (
    <div className="head">
      <div>
        <h1>{title}</h1>
        <p>{lead}</p>
      </div>
      {children}
    </div>
  );
}

/** A letter on a colour that is the user's own. */
export function Avatar({ name }: { name: string }) {
  const tone = [...name].reduce((hash, letter) => (hash * 31 + (letter.codePointAt(0) ?? 0)) % 997, 7) % 5;
  return (
    <span className={`avatar avatar-${tone}`} aria-hidden="true">
      {[...name][0]?.toUpperCase()}
    </span>
  );
}
