/**
 * A browser for tests: one clock and one chance for all its tabs, channels and locks between them, a network that the test plays.
 *
 *   const browser = fakeBrowser({ seed: 7 });
 *   const tab = browser.tab();            // a `Platform`
 *   tab.onRequest = (request) => request.json({ … });
 *   await browser.advance(30_000);
 *   expect(tab.leaks()).toEqual(NOTHING);
 */
import type { Platform, PlatformChange } from "../../src/core/types";
import { FakeChannel, type Hub } from "./fake-channel";
import { fakeClock, seeded, settle, type FakeClock } from "./fake-clock";
import { fakeLocks, lockTable, type LockTable } from "./fake-locks";
import { FakeEventSource, fakeFetch, FakeSocket, type FakeRequest } from "./fake-net";

export { settle } from "./fake-clock";
export { FakeEventSource, FakeSocket } from "./fake-net";
export type { FakeRequest, FakeStream } from "./fake-net";

/** What the parts of a tab know of it. */
export interface FakeTabCore {
  frozen: boolean;
  requests: Set<FakeRequest>;
  history: FakeRequest[];
  sockets: Set<FakeSocket>;
  sources: Set<FakeEventSource>;
  onRequest: ((request: FakeRequest) => void) | null;
  onSocket: ((socket: FakeSocket) => void) | null;
  onSource: ((source: FakeEventSource) => void) | null;
  /** Runs as the tab's next task; once thawed if it is frozen, never if it is closed. */
  later(run: () => void): void;
}

export interface Leaks {
  timers: number;
  requests: number;
  sockets: number;
  sources: number;
  channels: number;
  locks: number;
  watchers: number;
}
export const NOTHING: Leaks = { timers: 0, requests: 0, sockets: 0, sources: 0, channels: 0, locks: 0, watchers: 0 };

export interface FakeTab extends Platform, FakeTabCore {
  readonly name: string;
  /** Something happens to the page; `online`, `visible` and so on answer accordingly. */
  say(what: PlatformChange): void;
  /** Neither timers nor messages nor promises of the world outside run, until `thaw`. */
  freeze(): void;
  thaw(): void;
  /** The tab is gone, and with it whatever it held. */
  close(): void;
  leaks(): Leaks;
}

export interface FakeBrowser {
  readonly clock: FakeClock;
  readonly hub: Hub;
  readonly locks: LockTable;
  now(): number;
  random(): number;
  /** `without` names what this browser does not have. */
  tab(options?: { name?: string; without?: ("locks" | "BroadcastChannel" | "WebSocket" | "EventSource")[] }): FakeTab;
  advance(ms: number): Promise<void>;
  sleep(ms: number): Promise<void>;
  settle(): Promise<void>;
}

export function fakeBrowser({ seed = 1, start = Date.UTC(2026, 10, 30, 12) } = {}): FakeBrowser {
  const clock = fakeClock(start);
  const random = seeded(seed);
  const locks = lockTable();
  const arrivals = new Map<string, number>();
  const names = new Map<FakeTabCore, string>();
  const everAwake = { frozen: false };
  const hub: Hub = {
    open: new Set(),
    delayMs: () => 0,
    deliver(from, to, ms, run) {
      const pair = `${names.get(from)} ${names.get(to)}`;
      const last = arrivals.get(pair) ?? 0;
      const due = Math.max(clock.now() + ms, last);
      arrivals.set(pair, due);
      if (due <= clock.now()) to.later(run);
      else clock.set(everAwake, () => to.later(run), due - clock.now());
    },
  };

  function tab({ name = `tab${names.size + 1}`, without = [] as string[] } = {}): FakeTab {
    let online = true;
    let visible = true;
    let closed = false;
    let backlog: (() => void)[] = [];
    const watchers = new Set<(what: PlatformChange) => void>();
    const has = (what: string) => !without.includes(what);

    const self: FakeTab = {
      name,
      frozen: false,
      requests: new Set(),
      history: [],
      sockets: new Set(),
      sources: new Set(),
      onRequest: null,
      onSocket: null,
      onSource: null,
      later(run) {
        queueMicrotask(() => {
          if (closed) return;
          if (self.frozen) backlog.push(run);
          else run();
        });
      },
      now: clock.now,
      random,
      setTimeout: (run, ms) => (closed ? undefined : clock.set(self, run, ms)),
      clearTimeout: clock.clear,
      fetch: (input, init) => fetching(input, init),
      isOnline: () => online,
      isVisible: () => visible,
      watch(tell) {
        watchers.add(tell);
        return () => void watchers.delete(tell);
      },
      say(what) {
        if (what === "online" || what === "offline") online = what === "online";
        if (what === "visible" || what === "hidden") visible = what === "visible";
        for (const tell of [...watchers]) tell(what);
      },
      freeze() {
        self.say("frozen");
        self.frozen = true;
      },
      thaw() {
        self.frozen = false;
        const held = backlog;
        backlog = [];
        for (const run of held) run();
        self.say("resumed");
      },
      close() {
        closed = true;
        watchers.clear();
        clock.drop(self);
        for (const request of [...self.requests]) self.requests.delete(request);
        self.sockets.clear();
        self.sources.clear();
        for (const channel of [...hub.open]) if (channel.tab === self) channel.close();
        locks.dropTab(self);
      },
      leaks: () => ({
        timers: clock.pending(self),
        requests: self.requests.size,
        sockets: self.sockets.size,
        sources: self.sources.size,
        channels: [...hub.open].filter((channel) => channel.tab === self).length,
        locks: locks.count(self),
        watchers: watchers.size,
      }),
    };
    names.set(self, name);
    const fetching = fakeFetch(self);

    if (has("WebSocket"))
      self.WebSocket = class extends FakeSocket {
        constructor(url: string | URL) {
          super(String(url), self);
        }
      } as unknown as typeof WebSocket;
    if (has("EventSource"))
      self.EventSource = class extends FakeEventSource {
        constructor(url: string | URL, init?: EventSourceInit) {
          super(String(url), init, self);
        }
      } as unknown as typeof EventSource;
    if (has("BroadcastChannel"))
      self.BroadcastChannel = class extends FakeChannel {
        constructor(channel: string) {
          super(channel, self, hub);
        }
      } as unknown as typeof BroadcastChannel;
    if (has("locks")) self.locks = fakeLocks(self, locks);
    return self;
  }

  return { clock, hub, locks, now: clock.now, random, tab, advance: clock.advance, sleep: clock.sleep, settle: () => settle() };
}
