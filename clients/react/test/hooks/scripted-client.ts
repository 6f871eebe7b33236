/** A client whose every answer the test gives. For the hooks alone: how a real one behaves is tested beside it. */
import type { BelfryNotification, Preferences, Task } from "../../src/contract";
import type { Client, Filter, Heard, ListView, Mark, Rest, Snapshot, Target } from "../../src/core/types";
import { NO_LIST_YET, NOTHING_YET } from "../../src/hooks/select";
import goldenList from "../../../../crates/contract/golden/rest-notifications.json";
import goldenTask from "../../../../crates/contract/golden/rest-task.json";

export const [first, second] = goldenList.notifications as unknown as [BelfryNotification, BelfryNotification];
export const task = goldenTask as unknown as Task;

/** A promise that the test settles. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (reason: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => Object.assign(this, { resolve, reject }));
}

type Call = [what: string, ...with_: unknown[]];

export class ScriptedClient implements Client {
  readonly calls: Call[] = [];
  shown: Snapshot = { ...NOTHING_YET, isLoading: false, status: "live", transport: "sse" };
  lists = new Map<string, ListView>();
  running = 0;
  readonly listeners = new Set<() => void>();
  readonly hearers = new Set<(heard: Heard) => void>();
  readonly watched: Filter[] = [];
  /** What the next change is answered by. */
  answer: () => Promise<void> = () => Promise.resolve();
  /** What the server has. */
  muted: string[] = ["digest"];
  onPreferences: () => Promise<void> = () => Promise.resolve();
  task: (id: string) => Promise<Task | null> = () => Promise.resolve(null);

  readonly rest = {
    preferences: async (): Promise<Preferences> => {
      this.calls.push(["preferences"]);
      return { muted: this.muted };
    },
    setPreferences: async (muted: string[]): Promise<Preferences> => {
      this.calls.push(["setPreferences", muted]);
      await this.onPreferences();
      this.muted = muted;
      return { muted };
    },
    task: (id: string) => {
      this.calls.push(["task", id]);
      return this.task(id);
    },
  } as unknown as Rest;

  start(): void {
    this.running++;
    this.calls.push(["start"]);
  }
  stop(): void {
    this.running--;
    this.calls.push(["stop"]);
  }
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  snapshot(): Snapshot {
    return this.shown;
  }
  list(filter: Filter): ListView {
    return this.lists.get(filter.category ?? "") ?? NO_LIST_YET;
  }
  watchList(filter: Filter): () => void {
    this.watched.push(filter);
    return () => this.watched.splice(this.watched.indexOf(filter), 1);
  }
  loadMore(filter?: Filter): Promise<void> {
    return this.did("loadMore", filter);
  }
  refresh(): Promise<void> {
    return this.did("refresh");
  }
  mark(target: Target, mark: Mark): Promise<void> {
    return this.did("mark", target, mark);
  }
  remove(target: Target): Promise<void> {
    return this.did("remove", target);
  }
  onEvent(heard: (heard: Heard) => void): () => void {
    this.hearers.add(heard);
    return () => this.hearers.delete(heard);
  }
  dismissError(): void {
    this.calls.push(["dismissError"]);
  }
  signOut(): void {
    this.calls.push(["signOut"]);
  }

  show(part: Partial<Snapshot>): void {
    this.shown = { ...this.shown, ...part };
    for (const changed of this.listeners) changed();
  }
  hear(event: Heard["event"]): void {
    for (const heard of this.hearers) heard({ event, live: true, isNew: false, leads: true });
  }
  count(what: string): number {
    return this.calls.filter(([name]) => name === what).length;
  }
  private did(...call: Call): Promise<void> {
    this.calls.push(call);
    return this.answer();
  }
}
