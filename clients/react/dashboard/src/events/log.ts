import type { BelfryEvent, Heard, Status, TransportName } from "../../../src/core";
import type { LineNews } from "../line/switchboard";

/** Events of a demo run of some minutes; the oldest go first. */
export const KEPT_MAX = 300;

export type What =
  | { kind: "event"; event: BelfryEvent; live: boolean; isNew: boolean; cursor: string | null }
  | { kind: "line"; news: LineNews }
  | { kind: "status"; status: Status };
export interface Entry {
  /** Counts up; names the entry. */
  n: number;
  at: number;
  transport: TransportName | null;
  what: What;
}

/** What was heard since the page was opened. Immutable: each change is a new log. */
export interface Log {
  /** The newest first. */
  entries: readonly Entry[];
  next: number;
  /** The last that was heard of. */
  cursor: string | null;
  /** How often a line was opened; polls in a row count once. */
  opened: number;
  /** Whether another tab held the line when something was heard last. */
  follows: boolean;
}

export const EMPTY: Log = { entries: [], next: 1, cursor: null, opened: 0, follows: false };

export function heardEvent(log: Log, heard: Heard, transport: TransportName | null, at: number): Log {
  const cursor = heard.cursor ?? log.cursor;
  const what: What = { kind: "event", event: heard.event, live: heard.live, isNew: heard.isNew, cursor: heard.cursor ?? null };
  return { ...add(log, { at, transport, what }), cursor, follows: !heard.leads };
}

export function heardLine(log: Log, news: LineNews, at: number): Log {
  if (news.kind !== "opened") return add(log, { at, transport: null, what: { kind: "line", news } });
  const cursor = news.after ?? log.cursor;
  // Every poll opens a line; the log shows the first of a row, or it would show nothing else.
  if (news.transport === "polling" && lastOpened(log) === "polling") return { ...log, cursor };
  const added = add(log, { at, transport: news.transport, what: { kind: "line", news } });
  return { ...added, cursor, opened: log.opened + 1, follows: false };
}

export function heardStatus(log: Log, status: Status, transport: TransportName | null, at: number): Log {
  // Everybody begins offline; that is no news.
  if (log.next === 1 && status === "offline") return log;
  return add(log, { at, transport, what: { kind: "status", status } });
}

/** Without its entries; what was counted stays. */
export const cleared = (log: Log): Log => ({ ...log, entries: [] });

function add(log: Log, entry: Omit<Entry, "n">): Log {
  return { ...log, entries: [{ ...entry, n: log.next }, ...log.entries].slice(0, KEPT_MAX), next: log.next + 1 };
}

function lastOpened(log: Log): TransportName | null {
  const last = log.entries.find(({ what }) => what.kind === "line");
  return last?.what.kind === "line" && last.what.news.kind === "opened" ? last.what.news.transport : null;
}
