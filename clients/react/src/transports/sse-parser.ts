/**
 * Server-sent events, as the HTML standard reads them (section 9.2.6): bytes in, cut anywhere; frames out.
 *
 * What is unfinished when the stream ends is dropped with the parser.
 */

/** In UTF-16 units. No event of ours is near it, so whoever sends more is somebody else. */
const LONGEST = 1 << 20;
/** Timers take no more (HTML standard, "timers"): a longer one fires at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export type SseFrame =
  | { kind: "message"; event: string; data: string; lastEventId: string; /** This one carried an `id` itself. */ hasId: boolean }
  /** An `id` without data. */
  | { kind: "id"; lastEventId: string }
  | { kind: "comment"; text: string }
  | { kind: "retry"; ms: number };

export interface SseParser {
  /** @throws Error for a line or an event that is too long. */
  push(chunk: Uint8Array | string): SseFrame[];
  /** Nothing is half read. */
  readonly idle: boolean;
}

export function createSseParser(): SseParser {
  // The mark is skipped by hand: only at the very start, also where the first piece is empty.
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let begun = false;
  let afterCr = false;
  let partial: string[] = [];
  let partialLength = 0;
  let data: string[] = [];
  let dataLength = 0;
  let event = "";
  let lastEventId = "";
  let hasId = false;

  function bounded(length: number): number {
    if (length > LONGEST) throw new Error("an event is too long");
    return length;
  }

  function dispatch(): SseFrame | null {
    const frame: SseFrame | null = data.length
      ? { kind: "message", event: event || "message", data: data.join("\n"), lastEventId, hasId }
      : hasId
        ? { kind: "id", lastEventId }
        : null;
    data = [];
    dataLength = 0;
    event = "";
    hasId = false;
    return frame;
  }

  function field(line: string): SseFrame | null {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "" && colon === 0) return { kind: "comment", text: value };
    if (name === "data") {
      dataLength = bounded(dataLength + value.length + 1);
      data.push(value);
    } else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) {
      lastEventId = value;
      hasId = true;
    } else if (name === "retry" && /^[0-9]+$/.test(value)) return { kind: "retry", ms: Math.min(Number(value), LONGEST_WAIT_MS) };
    return null;
  }

  return {
    get idle() {
      return partialLength === 0 && data.length === 0 && !hasId && event === "";
    },
    push(chunk) {
      let text = typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
      if (text === "") return [];
      const endsInCr = text.endsWith("\r");
      if (!begun && text.startsWith("\uFEFF")) text = text.slice(1);
      // A pair of CR and LF is one line end, even when a piece ends between them.
      else if (afterCr && text.startsWith("\n")) text = text.slice(1);
      begun = true;
      afterCr = endsInCr;
      const frames: SseFrame[] = [];
      let from = 0;
      for (const end of text.matchAll(/\r\n|\r|\n/g)) {
        const rest = text.slice(from, end.index);
        bounded(partialLength + rest.length);
        const line = partialLength ? partial.join("") + rest : rest;
        partial = [];
        partialLength = 0;
        from = end.index + end[0].length;
        const frame = line === "" ? dispatch() : field(line);
        if (frame) frames.push(frame);
      }
      partialLength = bounded(partialLength + text.length - from);
      if (from < text.length) partial.push(text.slice(from));
      return frames;
    },
  };
}
