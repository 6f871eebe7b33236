import { type ReactNode, useEffect, useRef, useState } from "react";
import { createClient } from "../core/client";
import type { Client, ClientOptions, TokenSource } from "../core/types";
import { ClientContext } from "./context";
import { hold } from "./hold";

/** Options are compared by value, so they may be written inline; `getToken` may be a new function at every render. */
export interface NotificationProviderProps extends ClientOptions {
  /** Who is signed in. Nothing but a sign that all begins anew when it changes: the server goes by the token or cookie. */
  user?: string;
  /** One of your own, made by `createClient`; the other options then mean nothing. It is started and stopped like ours. */
  client?: Client;
  children?: ReactNode;
}

/**
 * Keeps one client for everything beneath it: connected while it is mounted, and only then. Another `baseUrl`, `user` or option
 * begins anew; children keep their state.
 */
export function NotificationProvider({ client: given, user, getToken, children, ...options }: NotificationProviderProps) {
  const token = useRef<TokenSource | undefined>(getToken);
  useEffect(() => {
    token.current = getToken;
  });
  const ask: TokenSource = (how) => token.current?.(how) ?? null;
  const make = () => given ?? createClient({ ...options, getToken: getToken && ask });

  const key = JSON.stringify([user, !getToken, Object.entries(options).sort()]);
  const [held, setHeld] = useState(() => ({ key, given, client: make() }));
  let { client } = held;
  if (held.given !== given || (!given && held.key !== key)) {
    client = make();
    setHeld({ key, given, client });
  }
  useEffect(() => hold(client), [client]);
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>;
}
