import { describe, expect, it } from "vitest";
import { eventSource } from "../../src/transports/event-source";
import { NOTHING, type FakeEventSource } from "../support/platform";
import { at, counts, CURSOR, gone, only, tryLine, type TrialOptions } from "./support";

async function sourced(given: TrialOptions = {}) {
  const sources: FakeEventSource[] = [];
  const trial = await tryLine(eventSource, {
    ...given,
    prepare: (tab) => {
      tab.onSource = (source) => void sources.push(source);
      given.prepare?.(tab);
    },
  });
  return { ...trial, source: only(sources), say: (event: unknown, id: string) => only(sources).event(JSON.stringify(event), id) };
}

describe("a browser's own EventSource", () => {
  it("asks from its cursor, with cookies of another origin, under no name", async () => {
    const { source } = await sourced({ options: { baseUrl: "https://api.test" } });
    const url = new URL(source.url);
    expect(url.origin + url.pathname).toBe("https://api.test/api/stream/events");
    expect(Object.fromEntries(url.searchParams)).toEqual({ after: CURSOR });
    expect(source.withCredentials).toBe(true);
    expect((await sourced()).source.withCredentials).toBe(false);
  });

  it("C22 tells a group once its last event has moved the id", async () => {
    const { source, say, news, browser } = await sourced();
    source.open();
    await browser.advance(600);
    say(gone("a"), CURSOR);
    expect(news()).toEqual(["opened"]);
    say(counts(1), at(44));
    expect(news()).toEqual([{ events: [gone("a"), counts(1)], cursor: at(44), live: true }]);
    say(gone("b"), at(44));
    source.fail();
    expect(news()).toEqual([{ ended: { kind: "clean" } }]);
  });

  it("C23 calls what comes within half a second of the opening not live", async () => {
    const { source, say, told, browser } = await sourced();
    source.open();
    say(gone("a"), at(44));
    await browser.advance(499);
    say(gone("b"), at(45));
    await browser.advance(500);
    say(gone("c"), at(46));
    say(gone("d"), at(47));
    expect(told.map((one) => typeof one === "object" && "live" in one && one.live)).toEqual([false, false, false, true, true]);
  });

  it("never lets the browser connect again by itself", async () => {
    const { source, news, tab } = await sourced();
    source.fail();
    expect(source.readyState).toBe(2);
    expect(news()).toEqual([{ ended: { kind: "lost" } }]);
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("asks why, when the browser has given up", async () => {
    const why = async (prepare: TrialOptions["prepare"]) => {
      const { source, news, browser, tab } = await sourced({ prepare });
      source.fail(true);
      await browser.settle();
      expect(tab.leaks()).toEqual(NOTHING);
      return only(news());
    };
    expect(await why((tab) => (tab.onRequest = (request) => request.problem(401, "unauthenticated")))).toEqual({ ended: { kind: "unauthorized" } });
    expect(await why((tab) => (tab.onRequest = (request) => request.fail()))).toEqual({ ended: { kind: "lost" } });
    expect(await why((tab) => (tab.onRequest = (request) => request.json({ unreadCount: 0, unseenCount: 0 })))).toEqual({
      ended: { kind: "unsupported" },
    });
  });

  it("case 19: is not taken for dead while it is merely quiet, since it shows no heartbeat", () => {
    expect(eventSource.quietMs?.({ heartbeatMs: 15_000, pollMs: 30_000 })).toBeGreaterThan(15 * 60_000);
  });

  it("is unsupported where there is none", async () => {
    const { told } = await tryLine(eventSource, { without: ["EventSource"] });
    expect(told).toEqual([{ ended: { kind: "unsupported" } }]);
  });

  it("C24 leaves nothing behind when it is closed, and says nothing more", async () => {
    const { source, line, told, tab, say } = await sourced();
    source.open();
    line.close();
    line.close();
    say(gone("a"), at(44));
    source.fail(true);
    expect(tab.leaks()).toEqual(NOTHING);
    expect(told).toEqual(["opened"]);
  });
});
