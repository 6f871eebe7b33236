import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSseParser, type SseFrame } from "../../src/transports/sse-parser";

const bytes = (text: string) => new TextEncoder().encode(text);
const golden = readFileSync(new URL("../../../../crates/contract/golden/stream.sse", import.meta.url));

function parse(...pieces: (string | Uint8Array)[]): SseFrame[] {
  const parser = createSseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}
const message = (data: string, lastEventId = "", hasId = lastEventId !== "", event = "message"): SseFrame => ({
  kind: "message",
  event,
  data,
  lastEventId,
  hasId,
});
const id = (lastEventId: string): SseFrame => ({ kind: "id", lastEventId });

/** A reading of the standard that takes the whole text at once, to compare with. */
function whole(text: string): SseFrame[] {
  const frames: SseFrame[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  lines.pop();
  let [data, event, last, hasId] = [[] as string[], "", "", false];
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (line === "") {
      if (data.length) frames.push(message(data.join("\n"), last, hasId, event || "message"));
      else if (hasId) frames.push(id(last));
      [data, event, hasId] = [[], "", false];
    } else if (line.startsWith(":")) frames.push({ kind: "comment", text: value });
    else if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) [last, hasId] = [value, true];
    else if (name === "retry" && /^\d+$/.test(value)) frames.push({ kind: "retry", ms: Number(value) });
  }
  return frames;
}

describe("the reader of streams", () => {
  it("case 1: a CRLF cut by the border of two pieces is one line end", () => {
    expect(parse("id: 7\r", "\ndata: A\r", "\n\r\n")).toEqual([message("A", "7")]);
    expect(parse("data: A\r", "\r", "data: B\r\r")).toEqual([message("A"), message("B")]);
    expect(parse("data: A\r\n\r", "\n", "\n")).toEqual([message("A")]);
  });

  it("case 2: a byte order mark is skipped once, at the start alone, however it is cut", () => {
    const text = bytes("\uFEFFdata: \uFEFFx\n\n");
    for (const at of [0, 1, 2, 3]) expect(parse(new Uint8Array(), text.slice(0, at), text.slice(at))).toEqual([message("\uFEFFx")]);
    expect(parse("", "\uFEFF", "data: x\n\n")).toEqual([message("x")]);
    for (const piece of ["\uFEFF\uFEFFdata: x\n\n", bytes("\uFEFF\uFEFFdata: x\n\n")]) expect(parse(piece)).toEqual([]);
    expect(parse("data: x\n", "\uFEFFdata: y\n\n")).toEqual([message("x")]);
  });

  it("case 3: what a title says is no field of the stream, since JSON has no line ends", () => {
    const event = { title: 'ok\rdata: {"type":"reset"}', message: "a\n\nid: 0\n\n" };
    const [one, ...more] = parse(`data: ${JSON.stringify(event)}\n\n`);
    expect(more).toEqual([]);
    expect(one).toMatchObject({ kind: "message", lastEventId: "", hasId: false });
    expect(one?.kind === "message" && JSON.parse(one.data)).toEqual(event);
  });

  it("case 4: line ends within an event arrive unchanged", () => {
    for (const text of ["line\n", "\n", "a\n\n\nb"]) {
      const [one] = parse(`data: ${JSON.stringify({ message: text })}\n\n`);
      expect(one?.kind === "message" && JSON.parse(one.data)).toEqual({ message: text });
      const lines = text.split("\n").map((line) => `data: ${line}\n`).join("");
      expect(parse(`${lines}\n`)).toEqual([message(text)]);
    }
  });

  it("case 5: a comment and an id alone are no message", () => {
    expect(parse(": heartbeat\n\n")).toEqual([{ kind: "comment", text: "heartbeat" }]);
    expect(parse("id: 9\n\n", "data: x\n\n")).toEqual([id("9"), message("x", "9", false)]);
    expect(parse("\n\n\n", "event: x\n\n")).toEqual([]);
  });

  it("takes fields as the standard does", () => {
    expect(parse("id: a\0b\ndata: x\n\n")).toEqual([message("x")]);
    expect(parse("id: 1\ndata: x\n\nid\ndata: y\n\n")).toEqual([message("x", "1"), message("y", "", true)]);
    expect(parse("retry: 10\nretry: 1e3\nretry: -1\nretry:\nretry: 1 0\nretry: 012\n\n")).toEqual([
      { kind: "retry", ms: 10 },
      { kind: "retry", ms: 12 },
    ]);
    expect(parse(`retry: ${"9".repeat(400)}\n`)).toEqual([{ kind: "retry", ms: 2 ** 31 - 1 }]);
    expect(parse("event: add\ndata:one\ndata:  two\nwhat: is\n\n")).toEqual([message("one\n two", "", false, "add")]);
    expect(parse("data\n\n")).toEqual([message("")]);
    expect(parse("data\ndata\n\n")).toEqual([message("\n")]);
  });

  it("drops a last event without its blank line", () => {
    expect(parse("data: a\n\ndata: b\nid: 2\n")).toEqual([message("a")]);
  });

  it("reads broken UTF-8 as the replacement character and goes on", () => {
    expect(parse(new Uint8Array([...bytes("data: a"), 0xff, ...bytes("b\n\n")]))).toEqual([message("a\uFFFDb")]);
  });

  it("C21 refuses what has no end", () => {
    const long = "x".repeat(1 << 19);
    expect(() => parse("data: ", long, long, long)).toThrow("too long");
    expect(() => parse(`data: ${long}\n`, `data: ${long}\n`, `data: ${long}\n`)).toThrow("too long");
    expect(() => parse(`data: ${long}${long}\n`)).toThrow("too long");
    expect(parse(`data: ${long}\n\n`, `data: ${long}\n\n`, `data: ${long}\n\n`)).toHaveLength(3);
  });

  it("C20 reads the same however the bytes are cut: the server's own stream, at every place", () => {
    const expected = parse(golden);
    expect(expected.length).toBeGreaterThan(15);
    for (let at = 0; at <= golden.length; at++) expect(parse(golden.subarray(0, at), golden.subarray(at))).toEqual(expected);
    expect(parse(...Array.from(golden, (byte) => new Uint8Array([byte])))).toEqual(expected);
  }, 30_000);

  it("C20 reads the same however the bytes are cut: any stream, at any places", () => {
    const token = fc.constantFrom(
      ..."\r,\n,\r\n,\n\n,data:,data: ,id: ,id,event: ,retry: ,: ,:, ,x,7,9,é,😀,\uFEFF,\0,heartbeat".split(","),
    );
    const stream = fc.array(token, { maxLength: 40 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 60 }), { maxLength: 6 }), (text, places) => {
        const all = bytes(text);
        const cuts = [0, ...[...places].sort((a, b) => a - b).map((place) => Math.min(place, all.length)), all.length];
        const pieces = cuts.slice(1).map((cut, index) => all.slice(cuts[index], cut));
        const expected = whole(text);
        expect(parse(...pieces)).toEqual(expected);
        expect(parse(...Array.from(all, (byte) => new Uint8Array([byte])))).toEqual(expected);
      }),
      { numRuns: 1_000 },
    );
  }, 30_000);
});
