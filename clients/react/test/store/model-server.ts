/**
 * A server in a hundred lines: one user's inbox as journals of commits, by the rules of `docs/contract.md`. It keeps everything, answers
 * lists and counts from it, and tells of commits as streams and polls do: each document once, at its last entry, with the counts of now.
 */
import type { BelfryEvent, BelfryNotification } from "../../src/contract";
import type { Counts, Filter, Mark, Page, Target } from "../../src/core/types";
import { matches } from "../../src/core/store/filter";

export const CHANNELS = ["everyone", "ops"] as const;
export const FEEDS = ["user", ...CHANNELS] as const;
export const CHANNELS_FIRST = [...CHANNELS, "user"] as const;
export type Feed = (typeof FEEDS)[number];
export type Position = Record<Feed, number>;
type Since = { feed: Feed; n: number } | null;

interface Doc {
  id: string;
  feed: Feed;
  born: number;
  created: number;
  expires: number;
  category?: string;
  key?: string;
  /** Own ones: since which commit of the user's feed. Broadcasts: null once read alone, else since its birth or since it was marked so again. */
  since: Since;
  archived: boolean;
  /** Deleted alone, or withdrawn. */
  gone: boolean;
}
type Change = { doc: Doc } | { gone: Doc } | { sent: Doc } | { marks: "read" | "deleted"; places: Position } | { nothing: true };

const TAGS: Record<Feed, number> = { user: 1, everyone: 2, ops: 3 };
const START = Date.parse("2026-11-25T12:00:00.000Z");

function text(feed: Feed, n: number, rest: number[]): string {
  return Buffer.from([0, 66, 107, TAGS[feed], 200, 9, 0, 0, 0, n >> 8, n & 255, ...rest]).toString("base64url");
}

function numbers(each: (feed: Feed) => number): Position {
  return { user: each("user"), everyone: each("everyone"), ops: each("ops") };
}

export class ModelServer {
  now = START;
  readonly journals: Record<Feed, Change[][]> = { user: [], everyone: [], ops: [] };
  private readonly docs: Doc[] = [];
  private read = numbers(() => 0);
  private seen = numbers(() => 0);
  private deleted = numbers(() => 0);
  private readonly positions = new Map<string, Position>();

  // ---- what happens to it

  send(feed: Feed, more: { lives?: number; category?: string; key?: string } = {}): Doc {
    const n = this.journals[feed].length + 1;
    const since = { feed, n };
    const doc: Doc = { id: text(feed, n, [0]), feed, born: n, created: this.now, expires: this.now + (more.lives ?? 90 * 86_400_000), since, archived: false, gone: false };
    if (more.category) doc.category = more.category;
    const changes: Change[] = [];
    const old = more.key ? this.docs.find((one) => one.feed === feed && one.key === more.key && !one.gone) : undefined;
    if (more.key) doc.key = more.key;
    if (old) {
      old.gone = true;
      changes.push({ gone: old });
    }
    this.docs.push(doc);
    changes.push(feed === "user" ? { doc } : { sent: doc });
    this.journals[feed].push(changes);
    return doc;
  }

  /** Taken back by its author. */
  withdraw(id: string): void {
    const doc = this.docs.find((one) => one.id === id);
    if (!doc || doc.gone) return;
    doc.gone = true;
    this.journals[doc.feed].push([{ gone: doc }]);
  }

  mark(target: Target, mark: Mark | "remove"): void {
    if ("all" in target) return this.markAll(mark, target.upTo);
    const n = this.journals.user.length + 1;
    const ids = "id" in target ? [target.id] : "ids" in target ? target.ids : this.list({ category: target.category }).map((doc) => doc.id);
    const changes = ids.flatMap((id): Change[] => {
      const doc = this.docs.find((one) => one.id === id);
      if (!doc || !this.isThere(doc) || !this.act(doc, mark, n)) return [];
      return [doc.gone ? { gone: doc } : { doc }];
    });
    if (changes.length > 0) this.journals.user.push(changes);
  }

  /** Does it to one; false where it is so already. */
  private act(doc: Doc, mark: Mark | "remove", n: number): boolean {
    const unread = this.sinceOf(doc) !== null;
    if (mark === "remove") {
      doc.gone = true;
      return true;
    }
    if ("seen" in mark) return false;
    if ("read" in mark) {
      if (mark.read !== unread) return false;
      doc.since = mark.read ? null : { feed: "user", n };
      if (!mark.read) doc.archived = false;
      return true;
    }
    if (mark.archived === doc.archived) return false;
    doc.archived = mark.archived;
    if (mark.archived) doc.since = null;
    return true;
  }

  private markAll(mark: Mark | "remove", upTo: string | undefined): void {
    const n = this.journals.user.length + 1;
    const heads = numbers((feed) => (feed === "user" ? n : this.journals[feed].length));
    const places = upTo === undefined ? heads : this.positions.get(upTo);
    if (!places) throw new Error(`not a position of ours: ${upTo}`);
    const raise = (marks: Position, by = places): Position => numbers((feed) => Math.max(marks[feed], by[feed]));
    if (mark === "remove") {
      this.deleted = raise(this.deleted);
      this.read = raise(this.read);
      this.journals.user.push([{ marks: "read", places: numbers((feed) => (feed === "user" ? places.user : 0)) }, { marks: "deleted", places }]);
    } else if ("seen" in mark) {
      this.seen = raise(this.seen);
      this.journals.user.push([{ nothing: true }]);
    } else {
      this.read = raise(this.read);
      this.journals.user.push([{ marks: "read", places }]);
    }
  }

  // ---- what it answers

  private isThere(doc: Doc): boolean {
    return !doc.gone && doc.expires > this.now && doc.born > this.deleted[doc.feed];
  }

  private sinceOf({ since, archived }: Doc): Since {
    return since && !archived && since.n > this.read[since.feed] ? since : null;
  }

  private shown(doc: Doc): BelfryNotification {
    const since = this.sinceOf(doc);
    return {
      id: doc.id, userId: "anna", title: `${doc.feed} ${doc.born}`, message: "", type: "info", read: !since,
      createdAt: new Date(doc.created).toISOString(), archived: doc.archived, expiresAt: new Date(doc.expires).toISOString(),
      born: doc.born, audience: doc.feed,
      ...(since && { unreadSince: since }), ...(doc.category && { category: doc.category }), ...(doc.key && { key: doc.key }),
    };
  }

  /** All that a list holds, newest first. */
  list(filter: Filter): BelfryNotification[] {
    const bytes = (doc: BelfryNotification): string => doc.createdAt + Buffer.from(doc.id, "base64url").toString("hex");
    const found = this.docs.filter((doc) => this.isThere(doc)).map((doc) => this.shown(doc));
    return found.filter((doc) => matches(filter, doc)).sort((one, other) => (bytes(one) < bytes(other) ? 1 : -1));
  }

  counts(): Counts {
    const since = this.docs.filter((doc) => this.isThere(doc)).flatMap((doc) => this.sinceOf(doc) ?? []);
    return { unreadCount: since.length, unseenCount: since.filter(({ feed, n }) => n > this.seen[feed]).length };
  }

  head(): Position {
    return numbers((feed) => this.journals[feed].length);
  }

  cursor(at: Position): string {
    // A segment's hour is that of the look, not of the commit, where a list is labelled: the texts differ then, as the server's do.
    const cursor = `1.${FEEDS.map((feed) => text(feed, at[feed], [7, 156, 84])).join("~")}`;
    this.positions.set(cursor, at);
    return cursor;
  }

  page(filter: Filter, after: string | undefined, limit: number): Page {
    const all = this.list(filter);
    const [createdAt = "", id = ""] = after?.split(" ") ?? [];
    const begin = after === undefined ? 0 : all.findIndex((doc) => isBehind(doc, createdAt, id));
    const notifications = begin < 0 ? [] : all.slice(begin, begin + limit);
    const last = notifications.at(-1);
    const hasMore = begin >= 0 && begin + limit < all.length;
    const nextCursor = hasMore && last ? `${last.createdAt} ${last.id}` : null;
    return { notifications, ...this.counts(), hasMore, nextCursor, streamCursor: this.cursor(this.head()) };
  }

  /** The groups behind a position, each document once, at its last entry; the counts are those of now. */
  groups(from: Position, most: number, order: readonly Feed[] = CHANNELS_FIRST): { events: BelfryEvent[]; cursor: string; at: Position }[] {
    const at = { ...from };
    const found: { events: BelfryEvent[]; cursor: string; at: Position }[] = [];
    for (const feed of order) {
      const until = Math.min(this.journals[feed].length, at[feed] + most - found.length);
      const commits = this.journals[feed].slice(at[feed], until);
      commits.forEach((changes, index) => {
        const later = commits.slice(index + 1).flat();
        const events = changes.flatMap((change) => this.tell(change, later));
        if (feed === "user") events.push({ type: "inbox", ...this.counts() });
        at[feed] += 1;
        found.push({ events, cursor: this.cursor({ ...at }), at: { ...at } });
      });
    }
    return found;
  }

  private tell(change: Change, later: Change[]): BelfryEvent[] {
    if ("sent" in change) {
      // A channel's copy serves everybody: it knows of no marks, and no longer of what ended.
      const { expires, gone, feed, born } = change.sent;
      const withdrawn = gone && later.some((one) => "gone" in one && one.gone === change.sent);
      if (withdrawn || expires <= this.now) return [];
      return [{ type: "broadcast", notification: { ...this.shown({ ...change.sent, archived: false }), read: false, archived: false, unreadSince: { feed, n: born } } }];
    }
    if ("gone" in change) return [{ type: "notification-deleted", id: change.gone.id }];
    if ("marks" in change) {
      const places = Object.fromEntries(Object.entries(change.places).filter(([, n]) => n > 0));
      return Object.keys(places).length > 0 ? [{ type: "watermark", [change.marks]: places } as BelfryEvent] : [];
    }
    if ("doc" in change && this.isThere(change.doc) && !later.some((one) => "doc" in one && one.doc === change.doc)) {
      return [{ type: "notification", notification: this.shown(change.doc) }];
    }
    return [];
  }
}

function isBehind(doc: BelfryNotification, createdAt: string, id: string): boolean {
  if (doc.createdAt !== createdAt) return doc.createdAt < createdAt;
  return Buffer.compare(Buffer.from(doc.id, "base64url"), Buffer.from(id, "base64url")) < 0;
}
