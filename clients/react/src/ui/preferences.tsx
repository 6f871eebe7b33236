import { useEffect, useId, useMemo, useState } from "react";
import type { BelfryError } from "../core/types";
import { useClient, usePreferences } from "../hooks";
import { actionsOf } from "../hooks/actions";
import { usePart } from "../hooks/select";
import { InboxIcon } from "./icons";
import { fill } from "./format";
import { Root, useLocale } from "./locale";
import { Empty, Failed, Refused, Skeleton } from "./state-views";
import type { Locale } from "./texts";

/** A category as people should read of it. */
export interface CategoryInfo {
  id: string;
  label?: string;
  hint?: string;
}

export interface PreferencesProps {
  locale?: Locale;
  /** What may be muted. Unless given: what is muted, and what has been received. */
  categories?: (string | CategoryInfo)[];
  className?: string;
}

/** A switch for each category: off is muted, and then neither stored, shown nor counted. */
export function Preferences({ locale, className, categories }: PreferencesProps) {
  return (
    <Root own={locale} className={className ? `belfry-preferences ${className}` : "belfry-preferences"}>
      <PreferencesBody categories={categories} />
    </Root>
  );
}

function PreferencesBody({ categories }: Pick<PreferencesProps, "categories">) {
  const { texts } = useLocale();
  const name = useId();
  const { muted, isLoading, error, mute, unmute, refresh } = usePreferences();
  const [known, setKnown] = useState(false);
  const [dismissed, setDismissed] = useState<BelfryError | null>(null);
  useEffect(() => {
    if (!isLoading && !error) setKnown(true);
  }, [isLoading, error]);
  const client = useClient();
  const received = usePart(client, "notifications");
  // Nothing is asked for before the lists: until then it is they that failed.
  const retry = usePart(client, "isLoading") ? actionsOf(client).refresh : refresh;
  const choices = useMemo(() => {
    const infos = new Map<string, CategoryInfo>();
    for (const choice of categories ?? received.flatMap(({ category }) => category ?? [])) {
      const info = typeof choice === "string" ? { id: choice } : choice;
      infos.set(info.id, info);
    }
    for (const id of muted) if (!infos.has(id)) infos.set(id, { id });
    return categories ? [...infos.values()] : [...infos.values()].sort((a, b) => a.id.localeCompare(b.id));
  }, [categories, received, muted]);

  if (error && !known) return <Failed title={texts.preferencesFailed} error={error} onRetry={retry} />;
  if (isLoading) return <Skeleton rows={3} />;
  return (
    <>
      <div className="belfry-preferences-head">
        <h2 className="belfry-inbox-title">{texts.preferences}</h2>
        <p className="belfry-state-hint">{texts.preferencesHint}</p>
      </div>
      {error && error !== dismissed && <Refused error={error} onDismiss={() => setDismissed(error)} />}
      {choices.length === 0 ? (
        <Empty text={texts.emptyPreferences} icon={<InboxIcon />} />
      ) : (
        <ul className="belfry-switches">
          {choices.map(({ id, label, hint }) => (
            <li key={id} className="belfry-switch-row">
              <label className="belfry-switch-label" htmlFor={`${name}${id}`}>
                <bdi>{label ?? id}</bdi>
                {hint && <span className="belfry-state-hint">{hint}</span>}
              </label>
              <input
                id={`${name}${id}`}
                type="checkbox"
                role="switch"
                className="belfry-switch"
                aria-label={fill(texts.receive, { name: label ?? id })}
                checked={!muted.includes(id)}
                onChange={(event) => void (event.target.checked ? unmute(id) : mute(id))}
              />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
