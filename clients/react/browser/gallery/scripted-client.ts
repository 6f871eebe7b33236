/** A client without a server: it keeps what it is given, and does at once what it is told. For the gallery and the tests of components. */
import type { BelfryEvent, BelfryNotification, Preferences, Task } from "../../src/contract";
import { RestFailure } from "../../src/core/problem";
import type { BelfryError, Client, Filter, Heard, ListView, Mark, Rest, Snapshot, Target } from "../../src/core/types";

export interface Script {
  notifications?: BelfryNotification[];
  tasks?: Task[];
  muted?: string[];
  /** How many rows a page brings; all at once unless given. */
  pageSize?: number;
  /** How many first pages hold nothing, as one does whose rows the filter let none of through. */
  blankPages?: number;
  /** Lists never arrive. */
  loading?: boolean;
  /** Nothing could be read yet, by this: the client tries on, so it is loading still, as the real one is. */
  failure?: BelfryError;
  /** Counts as the server would cap them, where they are not those of the rows. */
  counts?: { unreadCount: number; unseenCount: number };
}

export class ScriptedClient implements Client {
  readonly calls: string[] = [];
  /** What the next changes are refused by. */
  refusal: BelfryError | null = null;
  /** What reading on fails by. */
  moreFails: BelfryError | null = null;
  /** What the lists beside the inbox could not be read by; reading one on clears it. */
  listFails: BelfryError | null = null;
  private more: Pick<ListView, "isLoadingMore" | "error"> = { isLoadingMore: false, error: null };
  private rows: BelfryNotification[];
  private parts: Pick<Snapshot, "status" | "transport" | "error">;
  private unseen: Set<string>;
  private readonly read = new Map<string, number>();
  private views = new Map<string, ListView>();
  private current: Snapshot | null = null;
  private readonly changed = new Set<() => void>();
  private readonly hearers = new Set<(heard: Heard) => void>();

  constructor(private readonly script: Script = {}) {
    this.rows = script.notifications ?? [];
    this.unseen = new Set(this.rows.filter((row) => !row.read).map(({ id }) => id));
    this.parts = { status: "live", transport: "sse", error: null };
  }

  readonly rest = {
    preferences: (): Promise<Preferences> => {
      if (this.script.loading) return new Promise(() => undefined);
      return this.script.failure ? Promise.reject(new RestFailure(this.script.failure)) : Promise.resolve({ muted: this.script.muted ?? [] });
    },
    setPreferences: (muted: string[]): Promise<Preferences> => {
      this.calls.push(`muted ${muted.join(",")}`);
      if (this.refusal) return Promise.reject(new RestFailure(this.refusal));
      this.script.muted = muted;
      return Promise.resolve({ muted });
    },
    task: () => Promise.resolve(null),
  } as unknown as Rest;

  start(): void {}
  stop(): void {}
  subscribe(changed: () => void): () => void {
    this.changed.add(changed);
    return () => this.changed.delete(changed);
  }
  onEvent(heard: (heard: Heard) => void): () => void {
    this.hearers.add(heard);
    return () => this.hearers.delete(heard);
  }
  snapshot(): Snapshot {
    return (this.current ??= this.takeSnapshot());
  }
  list(filter: Filter): ListView {
    const name = nameOf(filter);
    const known = this.views.get(name);
    if (known) return known;
    const { loading, failure } = this.script;
    const failed = name === nameOf({}) ? null : this.listFails;
    const rows = loading || failure || failed ? [] : this.rows.filter((row) => matches(row, filter));
    const { pageSize = Infinity, blankPages = 0 } = this.script;
    const read = this.read.get(name) ?? pageSize;
    const shown = blankPages > 0 ? Math.max(0, read - blankPages * pageSize) : read;
    const view: ListView = {
      notifications: rows.slice(0, shown),
      hasMore: rows.length > shown,
      isLoading: Boolean(loading || failure),
      isLoadingMore: this.more.isLoadingMore,
      error: failed ?? this.more.error,
    };
    this.views.set(name, view);
    return view;
  }
  watchList(): () => void {
    return () => undefined;
  }
  async loadMore(filter: Filter = {}): Promise<void> {
    this.calls.push("loadMore");
    this.more = { isLoadingMore: true, error: null };
    const isFirst = this.listFails !== null && nameOf(filter) !== nameOf({});
    this.listFails = null;
    this.tell();
    await Promise.resolve();
    this.more = { isLoadingMore: false, error: this.moreFails };
    if (this.moreFails) {
      this.tell();
      throw new Error(this.moreFails.title);
    }
    const name = nameOf(filter);
    if (!isFirst) this.read.set(name, (this.read.get(name) ?? this.script.pageSize ?? 0) + (this.script.pageSize ?? 0));
    this.tell();
  }
  refresh(): Promise<void> {
    this.calls.push("refresh");
    this.script.failure = undefined;
    this.tell();
    return Promise.resolve();
  }
  mark(target: Target, mark: Mark): Promise<void> {
    this.calls.push(`mark ${JSON.stringify(target)} ${JSON.stringify(mark)}`);
    if ("seen" in mark) {
      this.unseen.clear();
      this.tell();
      return Promise.resolve();
    }
    return this.change((row) => (targets(target, row) ? { ...row, ...mark, ...("archived" in mark && mark.archived && { read: true }) } : row));
  }
  remove(target: Target): Promise<void> {
    this.calls.push(`remove ${JSON.stringify(target)}`);
    return this.change((row) => (targets(target, row) ? null : row));
  }
  dismissError(): void {
    this.show({ error: null });
  }
  signOut(): void {
    this.calls.push("signOut");
  }

  /** Something new for this user, as the leader's line would bring it. */
  arrive(...arrivals: BelfryNotification[]): void {
    this.rows = [...arrivals, ...this.rows];
    for (const { id } of arrivals) this.unseen.add(id);
    this.tell();
    for (const notification of arrivals) this.hear({ type: "notification", notification }, true);
  }
  hear(event: BelfryEvent, isNew = false): void {
    for (const heard of this.hearers) heard({ event, cursor: "1.", live: true, isNew, leads: true });
  }
  show(parts: Partial<Pick<Snapshot, "status" | "transport" | "error">>): void {
    this.parts = { ...this.parts, ...parts };
    this.tell();
  }
  /** Signed out, or somebody else's now: nothing is known until it is loaded. */
  clear(): void {
    this.rows = [];
    this.script.tasks = [];
    this.script.loading = true;
    this.tell();
  }
  setTasks(tasks: Task[]): void {
    this.script.tasks = tasks;
    this.tell();
  }

  /** Shown at once; when it is refused, the rows are as they were, and the error says why. */
  private change(how: (row: BelfryNotification) => BelfryNotification | null): Promise<void> {
    const before = this.rows;
    this.rows = before.flatMap((row) => how(row) ?? []);
    this.tell();
    const { refusal } = this;
    if (!refusal) return Promise.resolve();
    return Promise.resolve().then(() => {
      this.rows = before;
      this.show({ error: refusal });
      throw new Error(refusal.title);
    });
  }
  private takeSnapshot(): Snapshot {
    const { notifications, hasMore, isLoading, isLoadingMore } = this.list({});
    const unread = this.rows.filter((row) => !row.read && !row.archived);
    return {
      notifications,
      hasMore,
      isLoading,
      isLoadingMore,
      tasks: this.script.loading || this.script.failure ? [] : (this.script.tasks ?? []),
      unreadCount: Math.min(1000, unread.length),
      unseenCount: Math.min(1000, unread.filter(({ id }) => this.unseen.has(id)).length),
      ...this.script.counts,
      ...this.parts,
      error: this.parts.error ?? this.script.failure ?? null,
    };
  }
  private tell(): void {
    this.current = null;
    this.views = new Map();
    for (const changed of this.changed) changed();
  }
}

function nameOf({ unread, archived, type, category }: Filter): string {
  return JSON.stringify([unread, archived, type, category]);
}
function matches(row: BelfryNotification, { unread, archived = false, type, category }: Filter): boolean {
  return row.archived === archived && !(unread && row.read) && (!type || row.type === type) && (!category || row.category === category);
}
function targets(target: Target, row: BelfryNotification): boolean {
  if ("id" in target) return target.id === row.id;
  if ("ids" in target) return target.ids.includes(row.id);
  return "category" in target ? target.category === row.category : true;
}
