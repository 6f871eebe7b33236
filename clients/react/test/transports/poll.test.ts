import { describe, expect, it } from "vitest";
import type { BelfryEvent } from "../../src/contract";
import { poll } from "../../src/transports/poll";
import { NOTHING, type FakeRequest, type FakeTab } from "../support/platform";
import { at, counts, CURSOR, gone, only, reset, tryLine, type TrialOptions } from "./support";

const answer = (cursor: string, events: BelfryEvent[], more = false) => ({ events, cursor, more });

/** A line whose polls are answered from a list, and by 204 after it. */
function polling(answers: unknown[], given: TrialOptions = {}) {
  const reply = (request: FakeRequest) => {
    const next = answers.shift();
    if (next === undefined) request.answer(204);
    else request.json(next);
  };
  return tryLine(poll, { ...given, prepare: (tab) => void (tab.onRequest = reply) });
}
const asked = (tab: FakeTab) => tab.history.map((request) => request.query.get("after"));

describe("polling", () => {
  it("looks at once and then every 30 s, a fifth more or less, from its cursor", async () => {
    const { tab, browser, news, alive } = await polling([]);
    expect(only(tab.history).path).toBe("/api/events");
    expect(news()).toEqual(["opened"]);
    await browser.advance(23_999);
    expect(tab.history).toHaveLength(1);
    await browser.advance(12_001);
    expect(tab.history).toHaveLength(2);
    await browser.advance(3_600_000);
    expect(tab.history.length).toBeGreaterThan(100);
    expect(tab.history.length).toBeLessThan(150);
    expect(new Set(asked(tab))).toEqual(new Set([CURSOR]));
    expect(alive()).toBe(tab.history.length);
  });

  it("case 13: a 204 is no stop but a sign of life", async () => {
    const { browser, tab, told, alive } = await polling([]);
    await browser.advance(200_000);
    expect(tab.history.length).toBeGreaterThan(4);
    expect(told).toEqual(["opened"]);
    expect(alive()).toBe(tab.history.length);
  });

  it("goes on from where an answer left it, and calls what a look finds live", async () => {
    const { browser, tab, told } = await polling([answer(at(44), [gone("a")]), answer(at(45), [gone("b"), counts(0)])]);
    await browser.advance(40_000);
    expect(told).toEqual([
      "opened",
      { events: [gone("a")], cursor: at(44), live: true },
      { events: [gone("b"), counts(0)], cursor: at(45), live: true },
    ]);
    await browser.advance(40_000);
    expect(asked(tab).slice(0, 3)).toEqual([CURSOR, at(44), at(45)]);
  });

  it("case 12: asks at once for more, and calls none of it live until it has caught up", async () => {
    const { tab, told, browser } = await polling([
      answer(at(44), [gone("a")], true),
      answer(at(45), [gone("b")], true),
      answer(at(46), [gone("c")]),
      answer(at(47), [gone("d")], true),
      answer(at(48), [gone("e")]),
    ]);
    expect(asked(tab)).toEqual([CURSOR, at(44), at(45)]);
    await browser.advance(36_000);
    expect(told.map((one) => typeof one === "object" && "live" in one && [one.cursor, one.live])).toEqual([
      false,
      [at(44), false],
      [at(45), false],
      [at(46), false],
      [at(47), true],
      [at(48), true],
    ]);
  });

  it("calls a lot at the first look not live, and a lot at a later one live", async () => {
    const lot = Array.from({ length: 21 }, (_, index) => gone(`n${index}`));
    const { told, browser } = await polling([answer(at(64), lot), answer(at(85), lot)]);
    await browser.advance(40_000);
    expect(told.map((one) => typeof one === "object" && "live" in one && one.live)).toEqual([false, false, true]);
    const few = await polling([answer(at(63), lot.slice(1))]);
    expect(few.told).toMatchObject(["opened", { live: true }]);
  });

  it("waits when it is told of more and gets nowhere", async () => {
    const stuck = Array.from({ length: 50 }, () => answer(CURSOR, [], true));
    const { tab, browser } = await polling(stuck);
    await browser.advance(20_000);
    expect(tab.history).toHaveLength(1);
  });

  it("looks at once when nudged, never twice at a time, and once more for a nudge under way", async () => {
    const { tab, browser, line, told } = await tryLine(poll);
    const [first] = tab.history;
    line.nudge();
    line.nudge();
    expect(tab.history).toHaveLength(1);
    first?.answer(204);
    await browser.settle();
    expect(tab.history).toHaveLength(2);
    tab.history[1]?.answer(204);
    await browser.settle();
    expect(tab.history).toHaveLength(2);
    line.nudge();
    await browser.settle();
    expect(tab.history).toHaveLength(3);
    tab.history[2]?.answer(204);
    await browser.settle();
    expect(tab.leaks()).toEqual({ ...NOTHING, timers: 1 });
    expect(told).toEqual(["opened"]);
  });

  it("asks four times as rarely while nobody looks", async () => {
    const { tab, browser } = await tryLine(poll, { prepare: (tab) => (tab.say("hidden"), (tab.onRequest = (request) => request.answer(204))) });
    await browser.advance(95_000);
    expect(tab.history).toHaveLength(1);
    await browser.advance(50_000);
    expect(tab.history).toHaveLength(2);
    expect(poll.quietMs?.({ pollMs: 30_000, heartbeatMs: 15_000 })).toBeGreaterThan(30_000 * 4 * 1.2);
  });

  it("ends by what was answered", async () => {
    const end = async (reply: (request: FakeRequest) => void, options = {}) => {
      const { told, tab } = await tryLine(poll, { options, prepare: (tab) => (tab.onRequest = reply) });
      expect(tab.leaks()).toEqual(NOTHING);
      return { ...only(told) as object, requests: tab.history.length };
    };
    expect(await end((request) => request.problem(503, "busy", { "retry-after": "2" }))).toEqual({ ended: { kind: "busy", retryAfterMs: 2_000 }, requests: 1 });
    expect(await end((request) => request.fail())).toEqual({ ended: { kind: "lost" }, requests: 1 });
    expect(await end((request) => request.problem(401, "unauthenticated"), { getToken: () => "t" })).toEqual({ ended: { kind: "unauthorized" }, requests: 2 });
    expect(await end((request) => request.problem(401, "unauthenticated"))).toEqual({ ended: { kind: "unauthorized" }, requests: 1 });
    expect(await end((request) => request.problem(404, "not-found"))).toMatchObject({ ended: { kind: "unsupported" } });
    expect(await end((request) => request.answer(200, { "content-type": "text/html" }, "<p>hotel"))).toMatchObject({ ended: { kind: "lost" } });
  });

  it("brings a reset with the cursor behind it", async () => {
    const { told } = await polling([answer(at(900), [reset])]);
    expect(told).toEqual(["opened", { events: [reset], cursor: at(900), live: true }]);
  });

  it("C24 leaves nothing behind when it is closed, at any moment, and says nothing more", async () => {
    const asking = await tryLine(poll);
    asking.line.close();
    asking.line.nudge();
    await asking.browser.settle();
    expect(asking.tab.leaks()).toEqual(NOTHING);
    expect([asking.told, asking.tab.history.length]).toEqual([[], 1]);

    const waiting = await polling([]);
    waiting.line.close();
    waiting.line.close();
    waiting.line.nudge();
    await waiting.browser.advance(100_000);
    expect(waiting.tab.leaks()).toEqual(NOTHING);
    expect(waiting.tab.history).toHaveLength(1);

    const inside = await polling([answer(at(44), [gone("a")], true)], { onGroup: (trial) => trial.line.close() });
    expect(inside.told).toHaveLength(2);
    expect(inside.tab.leaks()).toEqual(NOTHING);
    expect(inside.tab.history).toHaveLength(1);
  });
});
