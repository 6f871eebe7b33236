/** The one voice of all components: says how many have come, now and then, and when the line is down. */
import { useEffect, useRef, useState } from "react";
import type { Client } from "../core/types";
import { useBelfryEvent, useClient } from "../hooks";
import { useShownStatus } from "./live-banner";
import { useLocale } from "./locale";

/** What comes within this time is said in one sentence. */
const GATHER_MS = 1000;
/** Not oftener than this, however much comes. */
const PAUSE_MS = 10_000;
/** Gone by then, so that the same sentence is a change, and is said, the next time. */
const STAY_MS = 5000;

const speakers = new WeakMap<Client, symbol[]>();

/** True for one of the components of a client: the first, and after it the next. */
function useSpeaks(client: Client): boolean {
  const [speaks, setSpeaks] = useState(false);
  useEffect(() => {
    const me = Symbol();
    const waiting = speakers.get(client) ?? [];
    speakers.set(client, waiting);
    waiting.push(me);
    const look = () => setSpeaks(waiting[0] === me);
    look();
    const told = () => look();
    turns.add(told);
    return () => {
      waiting.splice(waiting.indexOf(me), 1);
      turns.delete(told);
      for (const tell of turns) tell();
    };
  }, [client]);
  return speaks;
}
const turns = new Set<() => void>();

/** Put one into every component that may stand alone; only one of them is heard. */
export function LiveRegion() {
  const speaks = useSpeaks(useClient());
  return speaks ? <Speaker /> : null;
}

function Speaker() {
  const { texts, format } = useLocale();
  const [said, say] = useState("");
  const waiting = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const quietUntil = useRef(0);

  const speak = useRef(() => {});
  useEffect(() => {
    speak.current = () => {
      timer.current = undefined;
      say(format.plural(texts.arrived, waiting.current));
      waiting.current = 0;
      quietUntil.current = Date.now() + PAUSE_MS;
    };
  });
  useBelfryEvent(({ isNew }) => {
    if (!isNew) return;
    waiting.current += 1;
    timer.current ??= setTimeout(() => speak.current(), Math.max(GATHER_MS, quietUntil.current - Date.now()));
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const status = useShownStatus();
  useEffect(() => {
    if (status === "offline") say(texts.paused);
    if (status === "unauthorized") say(texts.signedOut);
  }, [status, texts]);

  useEffect(() => {
    if (!said) return;
    const gone = setTimeout(() => say(""), STAY_MS);
    return () => clearTimeout(gone);
  }, [said]);

  return (
    <div className="belfry-sr" role="status" aria-live="polite" aria-atomic="true">
      {said}
    </div>
  );
}
