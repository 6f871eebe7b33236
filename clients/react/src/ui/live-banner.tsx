import type { Status } from "../core/types";
import { useStatus } from "../hooks";
import { ClockIcon, LockIcon, PauseIcon } from "./icons";
import { useLocale } from "./locale";
import { useSettled } from "./use-settled";

/** A reconnect within this time is nobody's concern. */
const GRACE_MS = 3000;

/** The connection as a reader should hear of it: trouble once it has lasted, recovery and a sign-out at once. */
export function useShownStatus(): Status {
  const { status } = useStatus();
  const settled = useSettled<Status>(status, "live", GRACE_MS);
  return status === "live" || status === "unauthorized" ? status : settled === "live" || settled === "unauthorized" ? "live" : status;
}

/** Says when the list is not live, and nothing when it is. `pollSeconds` is what the client polls at. */
export function LiveBanner({ pollSeconds = 30 }: { pollSeconds?: number }) {
  const { texts, format } = useLocale();
  const status = useShownStatus();
  if (status === "live") return null;
  return (
    <p className="belfry-banner" data-status={status}>
      {status === "polling" && (
        <>
          <ClockIcon />
          <span>{format.plural(texts.everySeconds, pollSeconds)}</span>
        </>
      )}
      {status === "offline" && (
        <>
          <PauseIcon />
          <strong>{texts.paused}</strong>
          <span>{texts.pausedHint}</span>
        </>
      )}
      {status === "unauthorized" && (
        <>
          <LockIcon />
          <strong>{texts.signedOut}</strong>
          <span>{texts.signedOutHint}</span>
        </>
      )}
    </p>
  );
}
