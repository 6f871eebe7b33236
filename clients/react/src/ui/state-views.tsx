/** What stands where a list would: nothing there, not there yet, not to be had. */
import { useRef, type ButtonHTMLAttributes, type ReactNode } from "react";
import type { BelfryError } from "../core/types";
import { CloseIcon } from "./icons";
import { useLocale } from "./locale";
import type { EmptyText, Texts } from "./texts";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";

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
      <PassingButton className="belfry-button" onClick={onRetry}>
        {texts.retry}
      </PassingButton>
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
      <PassingButton className="belfry-icon-button" aria-label={texts.dismiss} title={texts.dismiss} onClick={onDismiss}>
        <CloseIcon />
      </PassingButton>
    </div>
  );
}

/** A button that goes when it has done its work. Whoever stands on it then stays in what is around it. */
export function PassingButton(props: Omit<ButtonHTMLAttributes<HTMLButtonElement>, "type">) {
  const button = useRef<HTMLButtonElement>(null);
  useIsomorphicLayoutEffect(() => {
    const own = button.current;
    // It is in the document still: React takes it out after this.
    return () => {
      const around = document.activeElement === own ? own?.closest<HTMLElement>("[role=tabpanel], .belfry") : null;
      if (!around) return;
      if (!around.hasAttribute("tabindex")) around.tabIndex = -1;
      around.focus({ preventScroll: true });
    };
  }, []);
  return <button {...props} ref={button} type="button" />;
}

/** The server's own words, where it said any. */
export function reasonOf(error: BelfryError, texts: Texts): string {
  if (error.type === "network") return texts.network;
  if (error.type === "unauthorized") return texts.signedOutHint;
  return error.detail ? `${error.title}: ${error.detail}` : error.title;
}
