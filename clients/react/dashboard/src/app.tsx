import { useEffect, useMemo } from "react";
import { NotificationProvider } from "../../src";
import { createClient } from "../../src/core";
import { ar, en, LocaleProvider } from "../../src/ui";
import { Door } from "./door";
import { Logging } from "./events/logging";
import { chosen, switchboard } from "./line/line";
import { POLL_MS } from "./line/poll";
import { type Caller, useSession } from "./session/session";
import { useSettings, useTexts } from "./settings";
import { Shell } from "./shell";
import { useStore } from "./store";

const LOCALES = { en, ar };

export function App() {
  const session = useSession();
  const texts = useTexts();
  const { language } = useSettings();
  if (session.kind === "asking") return <p className="hidden">{texts.loading}</p>;
  return (
    <LocaleProvider locale={LOCALES[language]}>
      {session.kind === "in" ? <Connected key={JSON.stringify(session.caller)} caller={session.caller} /> : <Door session={session} />}
    </LocaleProvider>
  );
}

/** A client of our own, because this page is also there to pull its plugs. */
function Connected({ caller }: { caller: Caller }) {
  const transport = useStore(chosen);
  const client = useMemo(() => {
    const { token } = caller;
    return createClient(
      { getToken: token === null ? undefined : () => token, pollMs: POLL_MS, ...(transport && { transports: [transport], shareTabs: false }) },
      switchboard.platform,
    );
  }, [caller, transport]);
  useTitle();
  return (
    <NotificationProvider client={client}>
      <Logging>
        <Shell caller={caller} />
      </Logging>
    </NotificationProvider>
  );
}

function useTitle() {
  const texts = useTexts();
  useEffect(() => {
    document.title = texts.product;
  }, [texts]);
}
