/**
 * The socket. It begins with what was missed (`resume`), then counts the pushes; whatever does not follow makes it resume again.
 *
 * At any time it has at most one question open and one timer: for the answer to that question, or for the next ping. Pushes are
 * kept back while a resume is answered, whose parts are told as one. A page's cookies reach the server all the same; it lets
 * nobody in by them: the ticket is what counts, a new one for each attempt.
 *
 * Live or not: what the first answer brings was missed before this line. What later ones bring was lost under way, so it is news.
 */
import type { BelfryEvent } from "../contract";
import type { LineContext, LineEnd, LineEvents, Transport } from "../core/types";
import { endOf, endOfProblem } from "./line-end";
import { askTicket } from "./read-news";
import { isBehind, judge, type Holding, type Push } from "./socket-feeds";
import { readSocketMessage, type SocketMessage } from "./socket-messages";

/** The server asks for five minutes or sooner, and cuts after ten. */
const PING_MS = 4 * 60_000;
const PING_SPREAD = 0.1;
/** For a ping's answer, and for each part of a resume's. */
const ANSWER_MS = 10_000;
/** For the way to an open socket, and for the first answer: a function may have to start. */
const OPEN_MS = 15_000;
/** A ping is due within five minutes, and then its answer. */
const QUIET_MS = 5 * 60_000 + 15_000;

/** What the codes of a close mean; with any other one the line is lost. */
const ENDS: Record<number, LineEnd["kind"]> = {
  1000: "clean",
  1001: "clean",
  1005: "clean",
  1008: "unauthorized",
  1012: "clean",
  1013: "busy",
  4001: "unauthorized",
  4401: "unauthorized",
};

/** Those clients that have had a socket open: if the next one does not open, sockets are not what is wrong. */
const worked = new WeakSet<object>();

export const socket: Transport = {
  quietMs: () => QUIET_MS,
  open(context, events) {
    const { platform, rest } = context;
    const stop = new AbortController();
    let open: WebSocket | null = null;
    let timer: unknown = null;
    let talk: Talk | null = null;

    function close(): void {
      stop.abort();
      platform.clearTimeout(timer);
      if (!open) return;
      open.onopen = open.onmessage = open.onclose = null;
      // One that is closed before it opened says so as an error, and some platforms throw errors that nobody takes.
      open.onerror = () => {};
      open.close();
    }
    function end(how: LineEnd): void {
      if (stop.signal.aborted) return;
      close();
      events.ended(how);
    }
    function within(ms: number, then: () => void): void {
      platform.clearTimeout(timer);
      timer = platform.setTimeout(then, ms);
    }
    const notOpened = () => end({ kind: worked.has(rest) ? "lost" : "unsupported" });

    async function begin(): Promise<void> {
      const { WebSocket: Socket } = platform;
      if (!Socket || !context.socketUrl) return end({ kind: "unsupported" });
      const url = new URL(context.socketUrl);
      url.searchParams.set("ticket", await askTicket(rest, stop.signal));
      if (stop.signal.aborted) return;
      const opening = create(Socket, url.href);
      if (!opening) return end({ kind: "unsupported" });
      open = opening;
      within(OPEN_MS, notOpened);
      opening.onopen = () => {
        worked.add(rest);
        const say = (message: object) => opening.send(JSON.stringify(message));
        talk = createTalk(context, events, { say, within, end, isOver: () => stop.signal.aborted });
      };
      opening.onmessage = ({ data }) => {
        const message = readSocketMessage(data);
        if (message) talk?.hear(message);
      };
      opening.onclose = ({ code }) => {
        if (talk) end({ kind: ENDS[code] ?? "lost" });
        else notOpened();
      };
    }

    begin().catch((error: unknown) => end(endOf(error)));
    return { close, nudge: () => talk?.ping() };
  },
};

/** Null where the address or the page's own rules (mixed content) forbid it. */
function create(Socket: typeof WebSocket, url: string): WebSocket | null {
  try {
    return new Socket(url);
  } catch {
    return null;
  }
}

interface Talk {
  hear(message: SocketMessage): void;
  ping(): void;
}
interface Mouth {
  say(message: object): void;
  /** The one timer. */
  within(ms: number, then: () => void): void;
  end(how: LineEnd): void;
  isOver(): boolean;
}

/** The conversation over an open socket: begins with a resume. */
function createTalk({ cursor, platform }: LineContext, events: LineEvents, { say, within, end, isOver }: Mouth): Talk {
  let holding: Holding = { cursor, places: new Map() };
  let asked: "resume" | "ping" | null = null;
  let opened = false;
  let live = false;
  let parts: BelfryEvent[] = [];
  let keptBack: Push[] = [];

  const noAnswer = () => end({ kind: "lost" });

  function resume(): void {
    asked = "resume";
    parts = [];
    say({ action: "resume", after: holding.cursor });
    within(opened ? ANSWER_MS : OPEN_MS, noAnswer);
  }
  function ping(): void {
    if (asked || isOver()) return;
    asked = "ping";
    say({ action: "ping" });
    within(ANSWER_MS, noAnswer);
  }
  function answered(): void {
    asked = null;
    within(PING_MS * (1 - PING_SPREAD + 2 * PING_SPREAD * platform.random()), ping);
  }

  function push(one: Push): void {
    if (asked === "resume") return void keptBack.push(one);
    const verdict = judge(holding, one);
    if (verdict === "known") return;
    if (verdict === "missed") return resume();
    holding = verdict;
    events.group(one.events ?? [], holding.cursor, true);
  }

  function answer({ events: some, cursor: at, more, places }: SocketMessage & { kind: "answer" }): void {
    if (asked !== "resume") return;
    parts.push(...some);
    if (!places) return within(ANSWER_MS, noAnswer);
    const moved = at !== holding.cursor;
    // Whoever says that there is more and goes nowhere would be asked for ever.
    const goOn = more && moved;
    const whole = parts;
    holding = { cursor: at, places };
    // Before it is told: what is told may close this line.
    if (goOn) resume();
    else answered();
    if (moved || whole.length) events.group(whole, at, live);
    if (goOn) return;
    live = true;
    const waiting = keptBack;
    keptBack = [];
    for (const one of waiting) if (!isOver()) push(one);
  }

  resume();
  return {
    ping,
    hear(message) {
      if (!opened && message.kind === "answer") {
        opened = true;
        events.opened();
      }
      if (isOver()) return;
      if (opened) events.alive();
      if (isOver()) return;
      if (message.kind === "answer") answer(message);
      else if (message.kind === "push") push(message.push);
      else if (message.kind === "places") {
        if (asked === "ping") answered();
        if (!asked && isBehind(holding.places, message.places)) resume();
      } else if (asked === "resume") {
        const how = endOfProblem(message.problem);
        end(how.kind === "unsupported" ? { kind: "lost" } : how);
      } else if (asked === "ping") answered();
    },
  };
}
