/** Which client the hooks speak to. */
import { createContext, useContext } from "react";
import type { Client } from "../core/types";

/** Filled by `NotificationProvider`; null outside of one. */
export const ClientContext = createContext<Client | null>(null);

/**
 * The client beneath the hooks, for what they do not cover. Throws outside a `NotificationProvider`.
 *
 * `caller` stands in that error, so that it names what the reader wrote.
 */
export function useClient(caller = "useClient()"): Client {
  const client = useContext(ClientContext);
  if (client) return client;
  throw new Error(
    `${caller} was called outside a <NotificationProvider>. Put one around your layout: import { NotificationProvider } from "@belfry/react".`,
  );
}
