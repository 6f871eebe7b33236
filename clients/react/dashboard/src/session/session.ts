import { forgetSent } from "../send/sent";
import { store, useStore } from "../store";
import { claimsOf } from "./token";

/** Who uses the page. A cookie that scripts cannot read speaks for most; a pasted token for some. */
export interface Caller {
  /** Null where the server does not say. */
  user: string | null;
  /** Null where only the server knows. */
  admin: boolean | null;
  /** A pasted one; null where a cookie speaks. */
  token: string | null;
}
export type Session =
  | { kind: "asking" }
  | { kind: "unreachable" }
  /** Nobody yet. `users` are those that the development sign-in offers; null where there is none. */
  | { kind: "out"; users: string[] | null }
  | { kind: "in"; caller: Caller; users: string[] | null };

const TOKEN_AT = "belfry.token";
const SIGN_IN = "/dev/signin";
const session = store<Session>({ kind: "asking" });
/** Other tabs share the cookie, so they must ask anew when it changes. */
const tabs = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("belfry-dashboard-session");

export const useSession = (): Session => useStore(session);

export async function restoreSession(): Promise<void> {
  if (tabs) tabs.onmessage = () => void ask();
  await ask();
}

/**
 * Signs in as one of the users that development offers.
 *
 * @throws Error with the server's words when it refuses.
 */
export async function signInAs(user: string): Promise<void> {
  const answer = await fetch(SIGN_IN, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }) });
  if (!answer.ok) throw new Error(((await answer.json().catch(() => ({}))) as { title?: string }).title ?? String(answer.status));
  keep(null);
  tabs?.postMessage("changed");
  await ask();
}

/**
 * Signs in with a token.
 *
 * @throws Error when the server does not accept it.
 */
export async function signInWith(token: string): Promise<void> {
  const answer = await probe(token);
  if (!answer.ok) throw new Error(((await answer.json().catch(() => ({}))) as { detail?: string }).detail ?? String(answer.status));
  keep(token);
  await ask();
}

export async function signOut(): Promise<void> {
  const now = session.get();
  const byToken = now.kind === "in" && now.caller.token !== null;
  keep(null);
  forgetSent();
  if (!byToken) {
    // Where the cookie is another application's, this is 404 and the cookie stays: that application signs out.
    await fetch(SIGN_IN, { method: "DELETE" }).catch(() => undefined);
    tabs?.postMessage("changed");
  }
  session.set({ kind: "out", users: now.kind === "in" ? now.users : null });
}

/** Asks the server who we are. */
export async function ask(): Promise<void> {
  try {
    session.set(await find());
  } catch {
    session.set({ kind: "unreachable" });
  }
}

async function find(): Promise<Session> {
  const offer = await fetch(SIGN_IN);
  const { users, user, admin } = offer.ok ? ((await offer.json()) as { users: string[]; user?: string; admin?: boolean }) : { users: null };
  const token = kept();
  if (token !== null) {
    const answer = await probe(token);
    if (answer.ok) return { kind: "in", caller: { ...claimsOf(token), token }, users };
    // A server that is in trouble has not refused it.
    if (answer.status !== 401) throw new Error(String(answer.status));
    keep(null);
  }
  if (user !== undefined) return { kind: "in", caller: { user, admin: admin ?? false, token: null }, users };
  if (users !== null) return { kind: "out", users };
  const answer = await probe(null);
  if (!answer.ok) return { kind: "out", users };
  const page = (await answer.json()) as { notifications: { userId: string }[] };
  return { kind: "in", caller: { user: page.notifications[0]?.userId ?? null, admin: null, token: null }, users };
}

function probe(token: string | null): Promise<Response> {
  return fetch("/api/notifications?limit=1", { headers: token === null ? {} : { Authorization: `Bearer ${token}` } });
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(TOKEN_AT);
  } catch {
    return null;
  }
}

function keep(token: string | null): void {
  try {
    if (token === null) sessionStorage.removeItem(TOKEN_AT);
    else sessionStorage.setItem(TOKEN_AT, token);
  } catch {
    // Without storage the token is asked for again after a reload.
  }
}
