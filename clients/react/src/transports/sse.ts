/**
 * The stream, read with fetch: it can carry a token, it sees heartbeats and it can be let go at once.
 *
 * What one commit brought is a group: it is told when the frame with its `id` has come, so one cut in half is never told and
 * comes again whole. The stream's opening names where it stands and moves nothing: a `reset` may stand right behind it.
 *
 * Live or not: the server writes its opening and what was missed in one go. So an opening that comes alone says that nothing was
 * missed, and whatever follows is live. Otherwise the line catches up until it pauses for half a second, or beats.
 */
import type { BelfryEvent } from "../contract";
import { readProblem } from "../core/problem";
import type { Line, LineContext, LineEnd, LineEvents, Transport } from "../core/types";
import { endOf, endOfProblem } from "./line-end";
import { readEvent } from "./read-news";
import { createSseParser, type SseFrame } from "./sse-parser";

const CAUGHT_UP_MS = 500;

export const sse: Transport = {
  open(context, events) {
    const abort = new AbortController();
    let over = false;
    const end = (how: LineEnd) => {
      if (over) return;
      over = true;
      abort.abort();
      events.ended(how);
    };
    const isOver = () => over;
    connect(context, abort.signal)
      .then((body) => ("kind" in body ? body : read(body, reader(context, events, isOver), isOver)))
      .catch(endOf)
      .then(end);
    return {
      close() {
        over = true;
        abort.abort();
      },
      // The server beats by itself: there is nothing to ask.
      nudge() {},
    } satisfies Line;
  },
};

/** The body of the stream, or why there is none. A refused token is refreshed once. */
async function connect(context: LineContext, signal: AbortSignal): Promise<ReadableStream<Uint8Array> | LineEnd> {
  let response = await ask(context, signal, false);
  if (response.status === 401) response = await ask(context, signal, true);
  if (!response.ok) return endOfProblem(readProblem(response, "", context.platform.now()));
  const isStream = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
  // Some browsers hand out bodies only whole.
  return isStream && response.body?.getReader ? response.body : { kind: "unsupported" };
}

async function ask({ rest, platform, cursor, clientId }: LineContext, signal: AbortSignal, refresh: boolean): Promise<Response> {
  const { fetch } = platform;
  const headers = await rest.headers({ refresh });
  return fetch(`${rest.baseUrl}/api/stream/events?${new URLSearchParams({ after: cursor, client: clientId })}`, {
    headers: { accept: "text/event-stream", ...headers },
    credentials: rest.credentials,
    cache: "no-store",
    signal,
  });
}

interface Reader {
  /** Takes what one piece of the stream brought. */
  take(frames: SseFrame[], idle: boolean): void;
  /** How a stream ends that ends by itself. */
  finished(): LineEnd;
}

function reader({ platform, cursor }: LineContext, events: LineEvents, isOver: () => boolean): Reader {
  let group: BelfryEvent[] = [];
  let at = cursor;
  let opened = false;
  let placed = false;
  let catchingUp = true;
  let lastGroupAt = 0;
  let retryMs: number | undefined;

  function open(): void {
    if (opened) return;
    opened = true;
    events.opened();
  }

  function tell(lastEventId: string): void {
    if (lastEventId === at && !group.length) return;
    at = lastEventId;
    const whole = group;
    group = [];
    const now = platform.now();
    if (lastGroupAt && now - lastGroupAt >= CAUGHT_UP_MS) catchingUp = false;
    lastGroupAt = now;
    events.group(whole, at, !catchingUp);
  }

  function frame(one: SseFrame): void {
    if (one.kind === "retry") return void (retryMs = one.ms);
    open();
    if (one.kind === "comment") {
      if (one.text === "heartbeat") catchingUp = false;
      return;
    }
    const isMessage = one.kind === "message";
    const event = isMessage && one.event === "message" && readEvent(one.data);
    if (event) group.push(event);
    if ((isMessage ? one.hasId : placed) && one.lastEventId) tell(one.lastEventId);
    placed = true;
  }

  return {
    take(frames, idle) {
      const wasOpen = opened;
      for (const one of frames) {
        frame(one);
        if (isOver()) return;
      }
      if (!opened) return;
      if (!wasOpen && idle && !lastGroupAt && !group.length) catchingUp = false;
      events.alive();
    },
    finished() {
      return opened || retryMs !== undefined ? { kind: "clean", retryMs } : { kind: "lost" };
    },
  };
}

/** Reads to the end. */
async function read(body: ReadableStream<Uint8Array>, to: Reader, isOver: () => boolean): Promise<LineEnd> {
  const source = body.getReader();
  const parser = createSseParser();
  for (;;) {
    const piece = await source.read();
    if (isOver()) return { kind: "clean" };
    if (piece.done) return to.finished();
    to.take(parser.push(piece.value), parser.idle);
  }
}
