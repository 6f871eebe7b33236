/** The small hooks: each renders for its own part alone. */
import { useEffect, useMemo, useRef } from "react";
import type { Heard, Status, TransportName } from "../core/types";
import { useClient } from "./context";
import { usePart } from "./select";

/** How many are unread: 0 to 1,000, and 1,000 means as many or more. */
export function useUnreadCount(): number {
  return usePart(useClient("useUnreadCount()"), "unreadCount");
}

/** Whether news comes, and by which way: `transport` is null while it comes by none. */
export interface ConnectionStatus {
  status: Status;
  transport: TransportName | null;
}

/** Whether this page is live. */
export function useStatus(): ConnectionStatus {
  const client = useClient("useStatus()");
  const status = usePart(client, "status");
  const transport = usePart(client, "transport");
  return useMemo(() => ({ status, transport }), [status, transport]);
}

/**
 * Calls `handler` on every event while the component is mounted: each once in this tab, in the order of the feed. The handler
 * may be written inline: the latest one is called, and nothing is subscribed anew.
 */
export function useBelfryEvent(handler: (heard: Heard) => void): void {
  const client = useClient("useBelfryEvent()");
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => client.onEvent((heard) => latest.current(heard)), [client]);
}
