import { createContext, type ReactNode, useContext, useEffect, useMemo } from "react";
import { useBelfryEvent, useNotifications, useStatus } from "../../../src";
import { switchboard } from "../line/line";
import { type Store, store, useStore } from "../store";
import { cleared, EMPTY, heardEvent, heardLine, heardStatus, type Log } from "./log";

const LogContext = createContext<Store<Log> | null>(null);

/** Listens from the moment of signing in, so that the log has something to show whenever it is opened. */
export function Logging({ children }: { children: ReactNode }) {
  const log = useMemo(() => store(EMPTY), []);
  const { status, transport } = useStatus();
  const { isLoading } = useNotifications();
  // Once read, the lists are unread again only when another user came.
  useEffect(() => {
    if (isLoading) log.set({ ...cleared(log.get()), cursor: null });
  }, [log, isLoading]);
  useBelfryEvent((heard) => log.set(heardEvent(log.get(), heard, transport, Date.now())));
  useEffect(() => switchboard.onNews((news) => log.set(heardLine(log.get(), news, Date.now()))), [log]);
  useEffect(() => log.set(heardStatus(log.get(), status, transport, Date.now())), [log, status, transport]);
  return <LogContext.Provider value={log}>{children}</LogContext.Provider>;
}

export function useLog(): { log: Log; clear: () => void } {
  const kept = useContext(LogContext);
  if (!kept) throw new Error("useLog() was called outside <Logging>");
  const log = useStore(kept);
  return { log, clear: () => kept.set(cleared(kept.get())) };
}
