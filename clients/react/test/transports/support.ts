/** A line under test: a tab of the fake browser, a REST client that speaks by it, and everything that the line tells. */
import { createRest } from "../../src/core/rest";
import type { BelfryEvent } from "../../src/contract";
import type { ClientOptions, Line, LineContext, LineEnd, LineEvents, Transport } from "../../src/core/types";
import { fakeBrowser, type FakeBrowser, type FakeSocket, type FakeStream, type FakeTab } from "../support/platform";

export const TAG = "EFGHIJKL";
export const ALL = "MNOPQRST";
/** Where a client of the tests stands: the user's own feed at 43, everyone's at 7. */
export const CURSOR = `1.${seg(TAG, 43)}~${seg(ALL, 7)}`;

/** A segment of a feed at a number. Only its tag is known to clients. */
export function seg(tag: string, n: number): string {
  return `${tag}${String(n).padStart(11, "A")}`;
}
export const at = (user: number, everyone = 7) => `1.${seg(TAG, user)}~${seg(ALL, everyone)}`;

export const gone = (id: string): BelfryEvent => ({ type: "notification-deleted", id });
export const counts = (unreadCount: number): BelfryEvent => ({ type: "inbox", unreadCount, unseenCount: 0 });
export const reset: BelfryEvent = { type: "reset" };

export type Told =
  | "opened"
  | { events: BelfryEvent[]; cursor: string; live: boolean }
  | { ended: LineEnd };

export interface Trial {
  browser: FakeBrowser;
  tab: FakeTab;
  line: Line;
  /** In order, without `alive`. */
  told: Told[];
  alive(): number;
  /** What it told since the last asking. */
  news(): Told[];
}

export interface TrialOptions {
  seed?: number;
  cursor?: string;
  options?: ClientOptions;
  socketUrl?: string | null;
  onGroup?: (trial: Trial) => void;
  prepare?: (tab: FakeTab) => void;
  without?: ("WebSocket" | "EventSource")[];
}

/** Opens a line by a transport in a tab of its own. */
export async function tryLine(transport: Transport, given: TrialOptions = {}): Promise<Trial> {
  const browser = fakeBrowser({ seed: given.seed ?? 1 });
  const tab = browser.tab({ without: given.without ?? [] });
  given.prepare?.(tab);
  const told: Told[] = [];
  let alive = 0;
  let seen = 0;
  const context: LineContext = {
    cursor: given.cursor ?? CURSOR,
    clientId: "tab-1",
    platform: tab,
    rest: createRest(given.options ?? {}, tab),
    socketUrl: given.socketUrl === undefined ? "wss://sockets.test/ws" : given.socketUrl,
    pollMs: 30_000,
    heartbeatMs: 15_000,
  };
  const events: LineEvents = {
    opened: () => void told.push("opened"),
    alive: () => void (alive += 1),
    group(events, cursor, live) {
      told.push({ events, cursor, live });
      given.onGroup?.(trial);
    },
    ended: (ended) => void told.push({ ended }),
  };
  const trial: Trial = {
    browser,
    tab,
    told,
    line: transport.open(context, events),
    alive: () => alive,
    news() {
      const news = told.slice(seen);
      seen = told.length;
      return news;
    },
  };
  await browser.settle();
  return trial;
}

/** A tab whose stream requests are all answered by a stream; `streams` has them in order. */
export function streaming(tab: FakeTab, headers: Record<string, string> = {}): FakeStream[] {
  const streams: FakeStream[] = [];
  tab.onRequest = (request) => void streams.push(request.stream(headers));
  return streams;
}

/** A tab whose tickets are given and whose sockets are opened; `sockets` has them in order. */
export function socketing(tab: FakeTab): FakeSocket[] {
  const sockets: FakeSocket[] = [];
  let tickets = 0;
  tab.onRequest = (request) => request.json({ ticket: `ticket-${(tickets += 1)}`, expiresIn: 60 });
  tab.onSocket = (socket) => {
    sockets.push(socket);
    socket.accept();
  };
  return sockets;
}

/** The one that must be there. */
export function only<T>(list: T[]): T {
  const [first, second] = list;
  if (first === undefined || second !== undefined) throw new Error(`one is wanted, there are ${list.length}`);
  return first;
}
export function last<T>(list: T[]): T {
  const found = list.at(-1);
  if (found === undefined) throw new Error("there is none");
  return found;
}
