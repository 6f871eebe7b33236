import { useMemo } from "react";
import type { Snapshot } from "../core/types";
import { type Actions, actionsOf } from "./actions";
import { useClient } from "./context";
import { NOTHING_YET, useRead } from "./select";

/** Everything at once: what is known, and what can be done. */
export interface NotificationSystem extends Snapshot, Actions {}

/**
 * The whole of it: inbox, tasks, counts, how news comes, and every action. Renders again when any of it changes; the smaller
 * hooks are for components that need one part. Throws outside a `NotificationProvider`.
 */
export function useNotificationSystem(): NotificationSystem {
  const client = useClient("useNotificationSystem()");
  const snapshot = useRead(client, () => client.snapshot(), NOTHING_YET);
  return useMemo(() => ({ ...snapshot, ...actionsOf(client) }), [client, snapshot]);
}
