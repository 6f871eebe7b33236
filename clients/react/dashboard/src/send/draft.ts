import type { BelfryNotification } from "../../../src/core";

export type Severity = BelfryNotification["type"];
export type Reach = "user" | "everyone" | "topic";
export type Expiry = "never" | "minute" | "hour" | "day" | "at";
export const SEVERITIES = ["info", "success", "warning", "error"] as const satisfies readonly Severity[];
export const REACHES = ["user", "everyone", "topic"] as const satisfies readonly Reach[];
export const EXPIRIES = ["never", "minute", "hour", "day", "at"] as const satisfies readonly Expiry[];
export const ACTIONS_MAX = 2;

/** What the form holds, as it was typed. */
export interface Draft {
  reach: Reach;
  users: string;
  topic: string;
  severity: Severity;
  title: string;
  message: string;
  category: string;
  key: string;
  actions: { label: string; url: string }[];
  expiry: Expiry;
  /** As `datetime-local` has it: local time. */
  at: string;
}
export const BLANK: Draft = {
  reach: "user",
  users: "anna",
  topic: "",
  severity: "info",
  title: "",
  message: "",
  category: "",
  key: "",
  actions: [],
  expiry: "never",
  at: "",
};

const LASTS_MS: Record<"minute" | "hour" | "day", number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** One sending, however often it is tried: its name, and the moment of its first try, from which its time to live counts. */
export interface Attempt {
  key: string;
  at: number | null;
}
export const tried = (attempt: Attempt, now: number): Attempt & { at: number } => ({ key: attempt.key, at: attempt.at ?? now });

/** Where a draft goes, and what is sent there. What is wrong with it is the server's to say. */
export function requestOf(draft: Draft, now: number): { path: string; body: Record<string, unknown> } {
  const people = namesOf(draft.users);
  const to = {
    user: people.length > 1 ? { userIds: people } : { userId: draft.users.trim() },
    everyone: {},
    topic: { audience: draft.topic.trim() },
  }[draft.reach];
  const body = { ...to, type: draft.severity, title: draft.title, ...said("message", draft.message), ...optional(draft, now) };
  return { path: draft.reach === "user" ? "/api/notifications" : "/api/notifications/broadcast", body };
}

function optional(draft: Draft, now: number): Record<string, unknown> {
  const expiresAt = expiryOf(draft, now);
  return {
    ...said("category", draft.category.trim()),
    ...said("key", draft.key.trim()),
    ...(draft.actions.length > 0 && { actions: draft.actions }),
    ...(expiresAt !== null && { expiresAt }),
  };
}

const said = (name: string, text: string) => (text === "" ? {} : { [name]: text });

/** When it goes, as the wire has it; null leaves it to the retention. */
export function expiryOf({ expiry, at }: Pick<Draft, "expiry" | "at">, now: number): string | null {
  if (expiry === "never" || (expiry === "at" && at === "")) return null;
  const moment = new Date(expiry === "at" ? at : now + LASTS_MS[expiry]);
  // What is no time goes as it was typed: the server says so at the field.
  return Number.isNaN(moment.getTime()) ? at : moment.toISOString();
}

export function namesOf(users: string): string[] {
  return users.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** The draft as its first reader will see it. */
export function previewOf(draft: Draft, untitled: string, now: number): BelfryNotification {
  const audience = { user: "user", everyone: "everyone", topic: draft.topic.trim() || "topic" }[draft.reach];
  return {
    id: "preview",
    userId: namesOf(draft.users)[0] ?? "anna",
    title: draft.title === "" ? untitled : draft.title,
    message: draft.message,
    type: draft.severity,
    read: false,
    archived: false,
    createdAt: new Date(now).toISOString(),
    expiresAt: expiryOf(draft, now) ?? new Date(now + 90 * LASTS_MS.day).toISOString(),
    born: 1,
    unreadSince: { feed: audience, n: 1 },
    audience,
    ...(draft.category.trim() !== "" && { category: draft.category.trim() }),
    ...(draft.actions.length > 0 && { actions: draft.actions.filter(({ label }) => label !== "") }),
  };
}
