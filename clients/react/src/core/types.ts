/**
 * What the parts of the client know of each other: values and seams, no behaviour.
 *
 * Time is milliseconds since 1970 as `number`; durations end in `Ms`. Nothing here touches a global: clocks, timers, chance,
 * `fetch` and `WebSocket` come in through `Platform`, so that tests are deterministic and need no waiting.
 */
import type { BelfryEvent, BelfryNotification, Preferences, Task } from "../contract";

// ---- the world outside ----------------------------------------------------------------------------------------------

export type TimerId = unknown;

/** The machine that the client runs on. `browserPlatform()` is the real one; tests bring their own. */
export interface Platform {
  now(): number;
  /** From 0 up to, but never, 1. */
  random(): number;
  setTimeout(run: () => void, ms: number): TimerId;
  clearTimeout(timer: TimerId): void;
  fetch: typeof fetch;
  /** Missing where there are no sockets. */
  WebSocket?: typeof WebSocket;
  /** Missing where there is none. Used by choice alone (`eventSource: true`): it can send no header and shows no heartbeat. */
  EventSource?: typeof EventSource;
  BroadcastChannel?: typeof BroadcastChannel;
  locks?: LockManager;
  /** `true` where the platform cannot tell. */
  isOnline(): boolean;
  isVisible(): boolean;
  /** Calls back on `online`, `offline`, `visible`, `hidden`, `frozen` and `resumed` (of the page's life); the answer ends that. */
  watch(tell: (what: PlatformChange) => void): () => void;
}
export type PlatformChange = "online" | "offline" | "visible" | "hidden" | "frozen" | "resumed";

// ---- what the application says --------------------------------------------------------------------------------------

/** A token, or nothing where a cookie speaks for the user. `refresh` is true after the last one was refused. */
export type TokenSource = (ask: { refresh: boolean }) => Promise<string | null> | string | null;

export interface ClientOptions {
  /** Where Belfry answers: "" for the page's own origin. `/api/...` is added to it. */
  baseUrl?: string;
  /** Asked before each attempt. Without it requests carry cookies. */
  getToken?: TokenSource;
  /** Overrules `Belfry-Sockets`. */
  socketUrl?: string;
  /** Overrules the order that the server advertises (`Belfry-Transports`). */
  transports?: TransportName[];
  /** A browser's own EventSource in place of fetch for `sse`. Cookies alone; a dead line is noticed by events alone. */
  eventSource?: boolean;
  /** Of a list's page, 1 to 100; 50 unless given. */
  pageSize?: number;
  /** Between two polls; 30 s unless given. */
  pollMs?: number;
  /** How often the server beats; 15 s unless given. A line that is silent for three of them is dead. */
  heartbeatMs?: number;
  /** One connection for all tabs of a browser; true unless given. */
  shareTabs?: boolean;
}

// ---- what the application sees --------------------------------------------------------------------------------------

export type TransportName = "sse" | "websocket" | "polling";
export type Status = "live" | "polling" | "offline" | "unauthorized";

/** Which list. An empty one is the inbox: everything that is not archived. */
export interface Filter {
  unread?: boolean;
  archived?: boolean;
  type?: BelfryNotification["type"];
  category?: string;
}

/** A list as far as it was read. */
export interface ListView {
  notifications: BelfryNotification[];
  hasMore: boolean;
  /** The first page is on its way and nothing is known yet. */
  isLoading: boolean;
  isLoadingMore: boolean;
  error: BelfryError | null;
}

/** Why something was refused, fit to be shown: the title and detail of the server's problem, or of the network's trouble. */
export interface BelfryError {
  /** `urn:belfry:problem:...`, or `network`, or `unauthorized`. */
  type: string;
  title: string;
  detail?: string;
  status?: number;
  retryAfterMs?: number;
}

/** Everything that components read. Immutable: an unchanged part is the very same object. */
export interface Snapshot {
  /** The inbox as far as it was read, newest first, without what has expired. */
  notifications: BelfryNotification[];
  tasks: Task[];
  /** 0 to 1,000; 1,000 means as many or more. */
  unreadCount: number;
  unseenCount: number;
  /** Nothing was read yet. */
  isLoading: boolean;
  hasMore: boolean;
  isLoadingMore: boolean;
  status: Status;
  /** By which way news comes now; null where by none. */
  transport: TransportName | null;
  /** The last thing that went wrong and was not mended: a refused change, a failed list. `dismissError` clears it. */
  error: BelfryError | null;
}

/** An event with where it came from. */
export interface Heard {
  /** A `reset` is heard too, in every tab: whatever was fetched beside the client may be out of date. */
  event: BelfryEvent;
  /** False while catching up after an absence. */
  live: boolean;
  /** For `notification` and `broadcast`: it was not known before and is unread, so it deserves a toast. Once for each id and tab. */
  isNew: boolean;
  /** This tab leads: what must happen once a browser (system notifications, sounds) is its to do. */
  leads: boolean;
  /** Behind the group that it came with: the "cursor" of its action. */
  cursor?: string;
}

// ---- transports -------------------------------------------------------------------------------------------------------

/** How a line ended. Exactly one `ended` comes for each line that was opened and not closed by us; nothing comes after it. */
export type LineEnd =
  /** As planned by the server (window over, deploy, full for an EventSource): go on soon. `retryMs` is what it asked for. */
  | { kind: "clean"; retryMs?: number }
  /** The network, or a body that broke off. */
  | { kind: "lost" }
  /** 429, 500, 502, 503, 504: the server cannot now. */
  | { kind: "busy"; retryAfterMs?: number }
  /** 401, or a ticket that was refused, with a fresh token too: a transport refreshes it once (`headers({ refresh: true })`) before it says so. */
  | { kind: "unauthorized" }
  /** It never will: 404, 403, 405, another content type, no such thing in this browser, a proxy that holds events back. */
  | { kind: "unsupported" };

/** What a line tells. Called in order, never after `close()`. */
export interface LineEvents {
  /** The server has answered and stands behind our cursor: from now on this line is live. */
  opened(): void;
  /** Something came: bytes of a heartbeat, a pong, a 204. */
  alive(): void;
  /** One whole group, or what one poll or resume brought; never half of one. May hold a `reset`. `cursor` stands behind it. */
  group(events: BelfryEvent[], cursor: string, live: boolean): void;
  ended(end: LineEnd): void;
}

/** An open line. */
export interface Line {
  /** Ends it: afterwards there is no request, timer, listener or call back. May be called twice. */
  close(): void;
  /** Looks at once: a poll now, a ping now. (The page was shown, a change of ours was acknowledged.) */
  nudge(): void;
}

export interface LineContext {
  /** Where to go on; a line never starts without a place. */
  cursor: string;
  /** Names this client instance, so that its newer stream ends its older one. */
  clientId: string;
  platform: Platform;
  rest: Rest;
  /** Address of the socket, absolute; null where the server names none. */
  socketUrl: string | null;
  pollMs: number;
  heartbeatMs: number;
}

export interface Transport {
  /**
   * How long an open line may tell nothing before it counts as dead, in ms. Without it: three heartbeats.
   * Longer for sockets (quiet by nature, asked every few minutes), for polls (four times as rare while the page is hidden, by
   * themselves) and for the browser's own EventSource, which shows no heartbeat.
   */
  quietMs?(context: Pick<LineContext, "heartbeatMs" | "pollMs">): number;
  open(context: LineContext, events: LineEvents): Line;
}

// ---- REST ------------------------------------------------------------------------------------------------------------

export interface ServerFacts {
  /** `Belfry-Transports`, those that we know; null where it was not said. */
  transports: TransportName[] | null;
  /** `Belfry-Sockets`, made absolute. */
  socketUrl: string | null;
}

export interface Page {
  notifications: BelfryNotification[];
  unreadCount: number;
  unseenCount: number;
  hasMore: boolean;
  nextCursor: string | null;
  streamCursor: string;
}
export interface TaskList {
  tasks: Task[];
  hasMore: boolean;
  streamCursor: string;
}
export interface Counts {
  unreadCount: number;
  unseenCount: number;
}
/** One request. */
export interface Ask {
  /** GET unless given. */
  method?: "POST" | "PUT" | "PATCH" | "DELETE";
  body?: object;
  signal?: AbortSignal | undefined;
  /** Asked again and again: kept with its ETag. */
  keep?: boolean;
}
/** Which notifications a change is about. `upTo` spares what came after that cursor. */
export type Target = { id: string } | { ids: string[] } | { all: true; upTo?: string } | { category: string };
export type Mark = { read: boolean } | { archived: boolean } | { seen: true };

/**
 * The server's REST side. Each call asks for a token, refreshes it once after a 401, and fails with `RestFailure`.
 * `headers()` is for transports that make their own requests.
 */
export interface Rest {
  readonly baseUrl: string;
  facts(): ServerFacts;
  headers(ask: { refresh: boolean }): Promise<Record<string, string>>;
  /** "include" where cookies speak and the server is elsewhere, "same-origin" at home, "omit" with a token. */
  readonly credentials: RequestCredentials;
  /** For all that is not named below: what the line asks for. `read` makes of a JSON object what is wanted, or throws. */
  send<T>(path: string, ask: Ask, read: (body: Record<string, unknown>) => T): Promise<T>;
  list(ask: { filter: Filter; cursor?: string; limit: number }, signal?: AbortSignal): Promise<Page>;
  tasks(ask: { limit: number; page?: number }, signal?: AbortSignal): Promise<TaskList>;
  task(id: string, signal?: AbortSignal): Promise<Task | null>;
  unread(signal?: AbortSignal): Promise<Counts>;
  mark(target: Target, mark: Mark, signal?: AbortSignal): Promise<Counts & { more?: boolean }>;
  remove(target: Target, signal?: AbortSignal): Promise<Counts>;
  preferences(signal?: AbortSignal): Promise<Preferences>;
  setPreferences(muted: string[], signal?: AbortSignal): Promise<Preferences>;
}

// ---- the replica: one a tab ---------------------------------------------------------------------------------------------

/** A change of ours that the screen shows before the server has said yes. */
export interface Op {
  /** Unique over all tabs. */
  id: string;
  target: Target;
  /** What has none removes. */
  mark?: Mark | undefined;
  at: number;
  /** What its tab had seen when it was made (`replica.cursor()`), so that every tab takes it to be about the same notifications. */
  cursor?: string | null;
}

/**
 * All that ever happens to what a tab knows, as plain data that `structuredClone` copies: it goes to the other tabs as it is.
 * Replicas that took the same actions show the same, also where actions of different tabs came in another order.
 */
export type Action =
  /** News, from the tab that leads. */
  | { type: "group"; events: BelfryEvent[]; cursor: string; live: boolean; at: number }
  /** The first page and the tasks, read anew (start, reset): replaces what was known; what is ours and not yet acknowledged stays. */
  | { type: "refill"; page: Page; tasks: Task[] | null; at: number }
  /**
   * A further page, or the first one of another list. Never overwrites what an event has said. `after` is the `nextCursor` that it was
   * asked with: one that does not follow on what the list holds now is not taken, so no list gets a hole. `basis`
   * is the replica's as it was asked for: a page of before a refill is not taken after it.
   */
  | { type: "page"; filter: Filter; page: Page; first: boolean; after?: string; basis?: string | null; at: number }
  /** Of this tab alone, never told: a page is on its way (`busy`), or it failed with this. An arriving page ends both. */
  | { type: "loading"; filter: Filter; busy: boolean; error?: BelfryError }
  | { type: "task"; task: Task }
  /** Fetched by the tab that leads. `cursor` is the replica's as it was asked: taken only if no news came in between. */
  | { type: "counts"; counts: Counts; cursor?: string | null }
  | { type: "op-start"; op: Op }
  | { type: "op-done"; id: string; at: number }
  /** Refused for a reason; without one its tab has ended, and nobody need be told. */
  | { type: "op-failed"; id: string; error?: BelfryError }
  | { type: "status"; status: Status; transport: TransportName | null }
  | { type: "error"; error: BelfryError | null }
  /** Time has passed: what has expired leaves, what was acknowledged long ago settles. */
  | { type: "tick"; at: number }
  /** Somebody else now, or signed out (the other tabs then end their connection too, and begin anew otherwise): everything goes. */
  | { type: "clear"; signedOut?: boolean };

/** What the React side (and any other) holds on to. */
export interface Client {
  start(): void;
  /** Everything ends: no timer, listener, lock or request is left. `start` begins again. */
  stop(): void;
  subscribe(changed: () => void): () => void;
  snapshot(): Snapshot;
  /** The same object until it changes. An unknown filter is loaded by `load`. */
  list(filter: Filter): ListView;
  /** Reads a list's first page unless it is there; the answer ends the interest. */
  watchList(filter: Filter): () => void;
  loadMore(filter?: Filter): Promise<void>;
  refresh(): Promise<void>;
  mark(target: Target, mark: Mark): Promise<void>;
  remove(target: Target): Promise<void>;
  onEvent(heard: (heard: Heard) => void): () => void;
  dismissError(): void;
  /** Clears every tab of this user and ends the connection. */
  signOut(): void;
  readonly rest: Rest;
}

// ---- seams inside the client -------------------------------------------------------------------------------------------

/** What one tab knows. `src/core/replica.ts`; its decisions are pure functions under `src/core/store/`. */
export interface Replica {
  dispatch(action: Action): void;
  snapshot(): Snapshot;
  list(filter: Filter): ListView;
  subscribe(changed: () => void): () => void;
  onEvent(heard: (heard: Heard) => void): () => void;
  /**
   * Everything, as plain data, to be copied at once for a tab that joins; and the other way round. What is loaded is the replica's own from
   * then on, and changes of ours that it does not know stay.
   */
  save(): unknown;
  load(saved: unknown): void;
  /** Behind what was last applied. */
  cursor(): string | null;
  /** When the next thing expires or settles: the moment for a `tick`. */
  nextDue(): number | null;
}

/**
 * Who leads among the tabs of one user and server, and what they tell each other. `src/tabs/`.
 * Without Web Locks or BroadcastChannel, or with `shareTabs: false`, every tab leads itself.
 */
export interface Tabs {
  /** Sends to all other tabs. What a leader says under an older term is ignored by those who know a newer one. */
  tell(action: Action): void;
  readonly leads: boolean;
  /** A leader that cannot go on (its token was refused) lets another try; it does not stand again until `stand()`. */
  resign(): void;
  stand(): void;
  /** Asks the leader to look at once. */
  nudge(): void;
  /** Whether a visible tab follows this one. */
  watched?(): boolean;
  close(): void;
}
export interface TabsOptions {
  /** Names the user and the server; tabs of another scope never hear of each other. */
  scope: string;
  platform: Platform;
  /** By choice, though the platform could share. */
  alone?: boolean;
  /** This tab's own name. */
  tabId: string;
  /** It leads from now on: open the line. */
  onLead(): void;
  /** It leads no more (stolen while it was frozen, resigned): close the line. */
  onFollow(): void;
  onAction(action: Action): void;
  /** Whoever leads answers `onNudge`. */
  onNudge(): void;
  /** For tabs that join while this one leads, and from the one that leads. */
  save(): unknown;
  load(saved: unknown): void;
}

/** What there is to show at first. `page` is the older one of the two. */
export interface FirstLists {
  page: Page;
  tasks: Task[];
}
/** The line of the tab that leads: the machine, driven. `src/core/session.ts`. */
export interface Session {
  start(): void;
  stop(): void;
  nudge(): void;
}
export interface SessionOptions {
  platform: Platform;
  rest: Rest;
  options: ClientOptions;
  clientId: string;
  transports: Record<TransportName, Transport>;
  /** Where to begin; with null it reads the lists first. */
  cursor(): string | null;
  /** Reads them, or gives what was read just before. */
  lists(signal: AbortSignal): Promise<FirstLists>;
  /** What happened. The client gives it to its replica and tells the other tabs. */
  emit(action: Action): void;
  /** The token was refused for good. */
  onUnauthorized(): void;
  /** A `reset` brought a cursor of somebody else: the cookie's user has changed. */
  onOtherUser(): void;
}
