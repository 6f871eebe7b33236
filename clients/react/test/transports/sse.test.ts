import { describe, expect, it } from "vitest";
import type { BelfryEvent } from "../../src/contract";
import type { LineEnd } from "../../src/core/types";
import { sse } from "../../src/transports/sse";
import { NOTHING, type FakeStream, type FakeTab } from "../support/platform";
import { at, counts, CURSOR, gone, only, reset, streaming, tryLine, type TrialOptions } from "./support";

const OPENING = `retry: 2345\n\nid: ${CURSOR}\n\n`;
const group = (cursor: string, ...events: BelfryEvent[]) =>
  events.map((event, index) => `${index === events.length - 1 ? `id: ${cursor}\n` : ""}data: ${JSON.stringify(event)}\n\n`).join("");

async function stream(given: TrialOptions = {}) {
  let streams: FakeStream[] = [];
  const trial = await tryLine(sse, { ...given, prepare: (tab) => void (streams = streaming(tab)) });
  const one = only(streams);
  return {
    ...trial,
    stream: one,
    async push(text: string) {
      one.push(text);
      await trial.browser.settle();
    },
  };
}

/** How a line ends whose every request is answered so. */
async function ending(answer: (tab: FakeTab) => void, options: TrialOptions["options"] = {}): Promise<{ end: LineEnd; requests: number }> {
  const { told, tab } = await tryLine(sse, { prepare: answer, options });
  expect(tab.leaks()).toEqual(NOTHING);
  const one = only(told);
  if (typeof one !== "object" || !("ended" in one)) throw new Error("it did not end");
  return { end: one.ended, requests: tab.history.length };
}

describe("a stream read with fetch", () => {
  it("asks from its cursor, under its name, with the token, past every cache", async () => {
    const { tab } = await stream({ options: { getToken: () => "t1", baseUrl: "https://api.test/" } });
    const request = only(tab.history);
    expect(request.url.startsWith("https://api.test/api/stream/events?")).toBe(true);
    expect(Object.fromEntries(request.query)).toEqual({ after: CURSOR, client: "tab-1" });
    expect(request.headers.get("authorization")).toBe("Bearer t1");
    expect(request.headers.get("accept")).toBe("text/event-stream");
    expect(request.credentials).toBe("omit");
  });

  it("is open once the server has said where it stands, not at its headers", async () => {
    const { push, news, alive } = await stream();
    expect(news()).toEqual([]);
    await push("retry: 2345\n\n");
    expect(news()).toEqual([]);
    await push(`id: ${CURSOR}\n\n`);
    expect(news()).toEqual(["opened"]);
    const before = alive();
    await push(": heartbeat\n\n");
    expect(alive()).toBe(before + 1);
    expect(news()).toEqual([]);
  });

  it("C22 tells a group when it is whole, and drops one that was cut", async () => {
    const { push, news, stream: server, browser, tab } = await stream();
    await push(OPENING);
    news();
    const text = group(at(44), gone("a"), counts(1));
    await push(text.slice(0, 60));
    await push(text.slice(60, -1));
    expect(news()).toEqual([]);
    await push(text.slice(-1));
    expect(news()).toEqual([{ events: [gone("a"), counts(1)], cursor: at(44), live: true }]);
    await push(`data: ${JSON.stringify(gone("b"))}\n\n`);
    server.end();
    await browser.settle();
    expect(news()).toEqual([{ ended: { kind: "clean", retryMs: 2345 } }]);
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("takes an id alone as the end of a group, and the opening's for nothing but the opening", async () => {
    const { push, news } = await stream();
    await push(`retry: 1\n\nid: ${at(99)}\n\n`);
    expect(news()).toEqual(["opened"]);
    await push(`data: ${JSON.stringify(gone("a"))}\n\nid: ${at(44)}\n\n`);
    expect(news()).toEqual([{ events: [gone("a")], cursor: at(44), live: true }]);
    await push(`id: ${at(45)}\n\n`);
    expect(news()).toEqual([{ events: [], cursor: at(45), live: true }]);
  });

  it("case 5: neither empty data nor an unknown event is told, and the id moves all the same", async () => {
    const { push, news } = await stream();
    await push(OPENING);
    news();
    await push(`id: ${at(44)}\ndata:\n\n`);
    await push(`id: ${at(45)}\ndata: {"type":"of-tomorrow"}\n\n`);
    await push(`id: ${at(46)}\ndata: {"type":"constructor"}\n\n`);
    await push(`id: ${at(47)}\nevent: other\ndata: {"type":"reset"}\n\n`);
    expect(news()).toEqual([44, 45, 46, 47].map((n) => ({ events: [], cursor: at(n), live: true })));
  });

  it("C23 calls what was missed not live, and what follows a quiet opening live at once", async () => {
    const quiet = await stream();
    await quiet.push(OPENING);
    await quiet.push(group(at(44), gone("a")));
    expect(quiet.news()).toContainEqual({ events: [gone("a")], cursor: at(44), live: true });

    const behind = await stream();
    await behind.push(OPENING + group(at(44), gone("a")));
    await behind.push(group(at(45), gone("b")));
    await behind.browser.advance(499);
    await behind.push(group(at(46), gone("c")));
    await behind.browser.advance(500);
    await behind.push(group(at(47), gone("d")));
    await behind.push(group(at(48), gone("e")));
    expect(behind.told.map((one) => typeof one === "object" && "live" in one && one.live)).toEqual([false, false, false, false, true, true]);

    const cut = await stream();
    await cut.push(OPENING + group(at(44), gone("a")).slice(0, 20));
    await cut.push(group(at(44), gone("a")).slice(20));
    await cut.push(": heartbeat\n\n");
    await cut.push(group(at(45), gone("b")));
    expect(cut.news()).toEqual([
      "opened",
      { events: [gone("a")], cursor: at(44), live: false },
      { events: [gone("b")], cursor: at(45), live: true },
    ]);
  });

  it("case 12: a reset comes as a group with the cursor behind it", async () => {
    const { push, news } = await stream();
    await push(OPENING + group(at(900), reset));
    expect(news()).toEqual(["opened", { events: [reset], cursor: at(900), live: false }]);
  });

  it("case 13: a 204 is no stop, and neither it nor a page in place of a stream is tried for ever", async () => {
    expect((await ending((tab) => (tab.onRequest = (request) => request.answer(204)))).end.kind).toBe("unsupported");
    const html = await ending((tab) => (tab.onRequest = (request) => request.answer(200, { "content-type": "text/html" }, "<p>Sign in")));
    expect(html.end).toEqual({ kind: "unsupported" });
  });

  it("case 18: a stream that ends with its token is a clean end, and the next one asks for a token anew", async () => {
    let issued = 0;
    const options = { getToken: () => `t${(issued += 1)}` };
    for (const token of ["t1", "t2"]) {
      const { stream: server, push, news, browser, tab } = await stream({ options });
      await push(OPENING);
      server.end();
      await browser.settle();
      expect(news()).toEqual(["opened", { ended: { kind: "clean", retryMs: 2345 } }]);
      expect(only(tab.history).headers.get("authorization")).toBe(`Bearer ${token}`);
    }
  });

  it("case 40: a 401 is told by its status; the token is refreshed once", async () => {
    const asked: boolean[] = [];
    const getToken = ({ refresh }: { refresh: boolean }) => `t${asked.push(refresh)}`;
    const refused = await ending((tab) => (tab.onRequest = (request) => request.answer(401, { "x-amzn-remapped-www-authenticate": "Bearer" })), { getToken });
    expect(refused).toEqual({ end: { kind: "unauthorized" }, requests: 2 });
    expect(asked).toEqual([false, true]);

    const { told, tab } = await tryLine(sse, {
      options: { getToken },
      prepare: (tab) =>
        (tab.onRequest = (request) => (tab.history.length === 1 ? request.answer(401) : request.stream().push(OPENING))),
    });
    expect(told).toEqual(["opened"]);
    expect(tab.history.map((request) => request.headers.get("authorization"))).toEqual(["Bearer t3", "Bearer t4"]);
  });

  it("case 41: a gateway's own answer is known by its status, an answer that cannot be read is the network's", async () => {
    const plain = (status: number, headers = {}) => ending((tab) => (tab.onRequest = (request) => request.answer(status, headers, '{"message":null}')));
    for (const status of [429, 500, 502, 503, 504]) expect((await plain(status)).end).toEqual({ kind: "busy" });
    expect((await plain(503, { "retry-after": "7" })).end).toEqual({ kind: "busy", retryAfterMs: 7_000 });
    for (const status of [403, 404, 405, 413]) expect((await plain(status)).end.kind).toBe("unsupported");
    expect((await ending((tab) => (tab.onRequest = (request) => request.fail("Failed to fetch")))).end).toEqual({ kind: "lost" });
  });

  it("is lost when its body breaks off, when it ends before it began, and when it never ends a line", async () => {
    const broken = await stream();
    await broken.push(OPENING);
    broken.stream.fail();
    await broken.browser.settle();
    expect(broken.news()).toEqual(["opened", { ended: { kind: "lost" } }]);

    const empty = await stream();
    empty.stream.end();
    await empty.browser.settle();
    expect(empty.news()).toEqual([{ ended: { kind: "lost" } }]);

    const endless = await stream();
    await endless.push("data: " + "x".repeat(2 << 20));
    expect(endless.news()).toMatchObject([{ ended: { kind: "lost" } }]);
    expect(endless.tab.leaks()).toEqual(NOTHING);

    const full = await stream();
    await full.push("retry: 4000\n\n");
    full.stream.end();
    await full.browser.settle();
    expect(full.news()).toEqual([{ ended: { kind: "clean", retryMs: 4000 } }]);
  });

  it("asks for nothing after the token did not come", async () => {
    const { told, tab } = await tryLine(sse, { options: { getToken: () => Promise.reject(new Error("no token today")) } });
    expect(told).toEqual([{ ended: { kind: "lost" } }]);
    expect(tab.history).toEqual([]);
  });

  it("C24 leaves nothing behind when it is closed, at any moment, and says nothing more", async () => {
    const waiting = await tryLine(sse);
    waiting.line.close();
    await waiting.browser.settle();
    expect(waiting.tab.leaks()).toEqual(NOTHING);

    const running = await stream();
    await running.push(OPENING);
    running.line.close();
    running.line.close();
    await running.push(group(at(44), gone("a")));
    expect(running.tab.leaks()).toEqual(NOTHING);
    expect(running.told).toEqual(["opened"]);

    let asked = 0;
    const early = await tryLine(sse, { options: { getToken: () => (asked += 1, new Promise<string>(() => {})) } });
    early.line.close();
    await early.browser.settle();
    expect([asked, early.tab.history, early.told]).toEqual([1, [], []]);

    const inside = await stream({ onGroup: (trial) => trial.line.close() });
    await inside.push(OPENING + group(at(44), gone("a")) + group(at(45), gone("b")));
    expect(inside.told).toEqual(["opened", { events: [gone("a")], cursor: at(44), live: false }]);
    expect(inside.tab.leaks()).toEqual(NOTHING);
  });
});
