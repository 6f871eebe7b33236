/**
 * The stream by a browser's own EventSource, where an application asks for it. It carries cookies alone, and shows neither
 * heartbeats nor an id without data: so a dead line is noticed by the end of its time, and a group is whole once the id moves.
 * What comes within half a second of the opening, or of what was missed, counts as missed.
 */
import type { BelfryEvent } from "../contract";
import type { LineEnd, Transport } from "../core/types";
import { endOf } from "./line-end";
import { readEvent } from "./read-news";

const CAUGHT_UP_MS = 500;
/** A stream lasts a quarter of an hour at most (docs/contract.md, "SSE"): one that did not end by then is dead. */
const LIFE_MS = 16 * 60_000;

export const eventSource: Transport = {
  quietMs: () => LIFE_MS,
  open({ platform, rest, cursor }, events) {
    const stop = new AbortController();
    let group: BelfryEvent[] = [];
    let at = cursor;
    let opened = false;
    let catchingUp = true;
    let lastAt = 0;
    let source: EventSource | null = null;

    function close(): void {
      stop.abort();
      if (source) source.onopen = source.onmessage = source.onerror = null;
      source?.close();
    }
    function end(how: LineEnd): void {
      if (stop.signal.aborted) return;
      close();
      events.ended(how);
    }

    function message({ data, lastEventId }: MessageEvent<string>): void {
      const event = readEvent(data);
      if (event) group.push(event);
      if (!lastEventId || lastEventId === at) return events.alive();
      at = lastEventId;
      const whole = group;
      group = [];
      const now = platform.now();
      if (now - lastAt >= CAUGHT_UP_MS) catchingUp = false;
      lastAt = now;
      events.group(whole, at, !catchingUp);
    }

    /** A browser does not tell why it gave up; the same question by another way does. */
    function refused(): void {
      rest.unread(stop.signal).then(
        () => end({ kind: "unsupported" }),
        (error: unknown) => end(endOf(error)),
      );
    }

    function begin(Source: typeof EventSource): void {
      const query = new URLSearchParams({ after: cursor });
      source = new Source(`${rest.baseUrl}/api/stream/events?${query}`, { withCredentials: rest.credentials === "include" });
      const { CLOSED } = source;
      source.onopen = () => {
        opened = true;
        lastAt = platform.now();
        events.opened();
      };
      source.onmessage = message;
      source.onerror = () => {
        if (source?.readyState === CLOSED) refused();
        // It would connect again by itself; when to do so is ours to say.
        else end({ kind: opened ? "clean" : "lost" });
      };
    }

    // Later, since the caller holds no line yet.
    void Promise.resolve().then(() => {
      if (stop.signal.aborted) return;
      if (platform.EventSource) begin(platform.EventSource);
      else end({ kind: "unsupported" });
    });
    return { close, nudge() {} };
  },
};
