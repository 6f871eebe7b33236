import { namesOf, type Draft, type Severity } from "./draft";

/** What was sent from this page, so that it can be taken back. */
export interface Sent {
  id: string;
  title: string;
  severity: Severity;
  at: number;
  /** Whom to take it back from, a query each: the server takes back from one addressee a request. */
  from: string[];
  to: string;
  withdrawn: boolean;
}

export function sentOf(id: string, draft: Draft, at: number): Sent {
  const people = namesOf(draft.users);
  const from = {
    user: people.map((name) => `userId=${encodeURIComponent(name)}`),
    everyone: ["audience=everyone"],
    topic: [`audience=${encodeURIComponent(draft.topic.trim())}`],
  }[draft.reach];
  const to = { user: people.join(", "), everyone: "everyone", topic: draft.topic.trim() }[draft.reach];
  return { id, title: draft.title, severity: draft.severity, at, from, to, withdrawn: false };
}

export const withdrawalPaths = ({ id, from }: Sent): string[] =>
  from.map((whom) => `/api/notifications/sent/${encodeURIComponent(id)}?by=id&${whom}`);

const KEPT_AT = "belfry.sent";
const KEPT_MAX = 20;

/** What this user has sent in this tab, over a reload. */
export function recall(user: string | null): Sent[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT_AT) ?? "null") as { user: string | null; sent?: Sent[] } | null;
    return (kept?.user === user && kept.sent) || [];
  } catch {
    return [];
  }
}

export function keepSent(user: string | null, sent: readonly Sent[]): void {
  try {
    sessionStorage.setItem(KEPT_AT, JSON.stringify({ user, sent: sent.slice(0, KEPT_MAX) }));
  } catch {
    // It is listed until the page closes.
  }
}

/** Whoever signs in next sees nothing of it. */
export function forgetSent(): void {
  try {
    sessionStorage.removeItem(KEPT_AT);
  } catch {
    // Nothing was kept.
  }
}
