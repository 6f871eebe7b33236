/** What stands where a list would: nothing there, not there yet, not to be had. */
import type { ReactNode } from "react";
import type { BelfryError } from "../core/types";
import { CloseIcon } from "./icons";
import { useLocale } from "./locale";
import type { EmptyText, Texts } from "./texts";

export function Empty({ text, icon }: { text: EmptyText; icon: ReactNode }) {
  return (
    <div className="belfry-state">
      <span className="belfry-state-icon">{icon}</span>
      <p className="belfry-state-title">{text.title}</p>
      <p className="belfry-state-hint">{text.hint}</p>
    </div>
  );
}

export function Skeleton({ rows = 5 }: { rows?: number }) {
  const { texts } = useLocale();
  return (
    <div className="belfry-skeletons" aria-busy="true">
      <span className="belfry-sr">{texts.loading}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="belfry-skeleton" aria-hidden="true">
          <i />
          <div>
            <i />
            <i />
          </div>
        </div>
      ))}
    </div>
  );
}

export function Failed({ title, error, onRetry }: { title: string; error: BelfryError; onRetry: () => void }) {
  const { texts } = useLocale();
  return (
    <div className="belfry-state" role="alert">
      <p className="belfry-state-title">{title}</p>
      <p className="belfry-state-hint" dir="auto">
        {reasonOf(error, texts)}
      </p>
      <button type="button" className="belfry-button" onClick={onRetry}>
        {texts.retry}
      </button>
    </div>
  );
}

/** A change of the reader's was refused and taken back: it says so until it is dismissed. */
export function Refused({ error, onDismiss }: { error: BelfryError; onDismiss: () => void }) {
  const { texts } = useLocale();
  return (
    <div className="belfry-notice belfry-notice-error" role="alert">
      <p>
        <strong>{texts.changeRefused}</strong>
        <span dir="auto">{reasonOf(error, texts)}</span>
      </p>
      <button type="button" className="belfry-icon-button" aria-label={texts.dismiss} title={texts.dismiss} onClick={onDismiss}>
        <CloseIcon />
      </button>
    </div>
  );
}

/** The server's own words, where it said any. */
export function reasonOf(error: BelfryError, texts: Texts): string {
  if (error.type === "network") return texts.network;
  if (error.type === "unauthorized") return texts.signedOutHint;
  return error.detail ? `${error.title}: ${error.detail}` : error.title;
}
