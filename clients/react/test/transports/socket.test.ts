import { describe, expect, it } from "vitest";
import { createRest } from "../../src/core/rest";
import { socket } from "../../src/transports/socket";
import { NOTHING } from "../support/platform";
import { answer, caughtUp, PING, positions, push, resumeFrom, talking } from "./socket-support";
import { ALL, at, counts, CURSOR, gone, last, only, reset, seg } from "./support";

describe("a socket", () => {
  it("case 50: comes in by a ticket of its own, and begins by asking what it missed", async () => {
    const { tab, peer, news, say } = await talking({ options: { getToken: () => "t1" } });
    const request = only(tab.history);
    expect([request.method, request.path, request.headers.get("authorization")]).toEqual(["POST", "/api/stream/ticket", "Bearer t1"]);
    expect(peer.url).toBe("wss://sockets.test/ws?ticket=ticket-1");
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
    expect(news()).toEqual([]);
    await say(answer(43));
    expect(news()).toEqual(["opened"]);
  });

  it("keeps what the address of the socket says already", async () => {
    const { peer } = await talking({ socketUrl: "wss://sockets.test/prod?region=a" });
    expect(peer.url).toBe("wss://sockets.test/prod?region=a&ticket=ticket-1");
  });

  it("C25 tells the parts of an answer as one, and what was pushed meanwhile after it, by its number", async () => {
    const { say, news, peer } = await talking();
    const part = (id: string) => ({ events: [gone(id)], cursor: CURSOR, more: true });
    await say(push(45, gone("d")), part("a"), push(44, gone("c")), part("b"), push(46, gone("e")), push(47, gone("f")));
    expect(news()).toEqual(["opened"]);
    await say(answer(45, [counts(2)]));
    expect(news()).toEqual([
      { events: [gone("a"), gone("b"), counts(2)], cursor: at(45), live: false },
      { events: [gone("e")], cursor: at(46), live: true },
      { events: [gone("f")], cursor: at(47), live: true },
    ]);
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
  });

  it("C25 resumes again while there is more behind the answer, and calls none of it live", async () => {
    const { say, news, peer } = await talking();
    await say(answer(44, [gone("a")], true), push(46, gone("c")));
    expect(peer.sent).toEqual([resumeFrom(CURSOR), resumeFrom(at(44))]);
    await say(answer(45, [gone("b")]));
    expect(news()).toEqual([
      "opened",
      { events: [gone("a")], cursor: at(44), live: false },
      { events: [gone("b")], cursor: at(45), live: false },
      { events: [gone("c")], cursor: at(46), live: true },
    ]);
  });

  it("waits when it is told of more and gets nowhere", async () => {
    const { say, peer } = await talking();
    await say(answer(43, [], true));
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
  });

  it("applies what follows, ignores what it holds", async () => {
    const { say, news, peer } = await caughtUp();
    await say(push(44, gone("a"), counts(1)), push(44, gone("a")), push(43, gone("z")), { feed: "user", n: 44 });
    await say({ feed: "everyone", n: 8, at: seg(ALL, 8), events: [gone("b")] });
    expect(news()).toEqual([
      { events: [gone("a"), counts(1)], cursor: at(44), live: true },
      { events: [gone("b")], cursor: at(44, 8), live: true },
    ]);
    expect(peer.sent).toEqual([]);
  });

  it("case 8: a hole makes it resume from before the hole, once", async () => {
    const { say, news, peer } = await caughtUp();
    await say(push(46, gone("c")), push(47, gone("d")), push(44, gone("a")));
    expect(news()).toEqual([]);
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
    await say(answer(46, [gone("a"), gone("b"), gone("c")]));
    expect(news()).toEqual([
      { events: [gone("a"), gone("b"), gone("c")], cursor: at(46), live: true },
      { events: [gone("d")], cursor: at(47), live: true },
    ]);
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
  });

  it("case 8: the cursor stays before a hole when the line drops in it", async () => {
    const { say, told, peer } = await caughtUp();
    await say(push(46, gone("c")));
    peer.drop();
    expect(told.filter((one) => typeof one === "object" && "cursor" in one)).toEqual([]);
    expect(last(told)).toEqual({ ended: { kind: "lost" } });
  });

  it("resumes for a commit too large to push, and for a feed that it does not know", async () => {
    const { say, peer } = await caughtUp();
    await say({ feed: "user", n: 44 });
    expect(peer.sent).toEqual([resumeFrom(CURSOR)]);
    await say(answer(44), { feed: "team", n: 1, at: seg("TEAMTEAM", 1), events: [] });
    expect(peer.sent).toEqual([resumeFrom(CURSOR), resumeFrom(at(44))]);
  });

  it("case 12: a reset comes as a group with the cursor behind it, by answer and by push", async () => {
    const one = await talking();
    await one.say(answer(900, [reset]));
    expect(one.news()).toEqual(["opened", { events: [reset], cursor: at(900), live: false }]);
    const other = await caughtUp();
    await other.say(push(44, reset));
    expect(other.news()).toEqual([{ events: [reset], cursor: at(44), live: true }]);
  });

  it("case 49: pings within five minutes, and resumes where the store is ahead", async () => {
    const { say, peer, browser, news } = await caughtUp();
    /** How long it is quiet before it says something. */
    async function quietMs(): Promise<number> {
      const before = peer.sent.length;
      for (let ms = 0; ms < 600_000; ms += 1_000) {
        if (peer.sent.length > before) return ms;
        await browser.advance(1_000);
      }
      return Infinity;
    }
    const first = await quietMs();
    expect(first).toBeGreaterThanOrEqual(216_000);
    expect(first).toBeLessThanOrEqual(265_000);
    expect(peer.sent).toEqual([PING]);
    await say({ positions: positions(44) });
    expect(peer.sent).toEqual([PING, resumeFrom(CURSOR)]);
    await say(answer(44, [gone("lost")]));
    expect(news()).toEqual([{ events: [gone("lost")], cursor: at(44), live: true }]);
    expect(await quietMs()).not.toBe(first);
    expect(last(peer.sent)).toEqual(PING);
    await say({ positions: positions(44) });
    expect(peer.sent).toHaveLength(3);
  });

  it("case 20: forty lines, one after the other, ping no more often than one", async () => {
    const first = await caughtUp();
    const { tab, browser } = first;
    const peers = [first.peer];
    tab.onSocket = (next) => {
      peers.push(next);
      next.accept();
      next.say(answer(43));
      next.onSent = (message) => (message as { action: string }).action === "ping" && next.say({ positions: positions(43) });
    };
    const rest = createRest({}, tab);
    const told = { opened() {}, alive() {}, group() {}, ended() {} };
    let { line } = first;
    for (let count = 0; count < 40; count++) {
      line.close();
      const context = { cursor: CURSOR, clientId: "tab-1", platform: tab, rest, socketUrl: "wss://sockets.test/ws", pollMs: 30_000, heartbeatMs: 15_000 };
      line = socket.open(context, told);
      await browser.settle();
      line.nudge();
      await browser.settle();
    }
    expect(tab.leaks()).toEqual({ ...NOTHING, timers: 1, sockets: 1 });
    const newest = last(peers);
    const before = newest.sent.length;
    await browser.advance(3_600_000);
    const pings = newest.sent.slice(before);
    expect(pings).toEqual(pings.map(() => PING));
    expect(pings.length).toBeGreaterThanOrEqual(13);
    expect(pings.length).toBeLessThanOrEqual(16);
    expect(peers.slice(0, -1).flatMap((peer) => peer.sent.slice(2))).toEqual([]);
  });

  it("pings at once when nudged, one question at a time", async () => {
    const { line, peer, say } = await caughtUp();
    line.nudge();
    line.nudge();
    expect(peer.sent).toEqual([PING]);
    await say(push(46, gone("c")));
    expect(peer.sent).toEqual([PING, resumeFrom(CURSOR)]);
    line.nudge();
    await say({ positions: positions(46) });
    expect(peer.sent).toEqual([PING, resumeFrom(CURSOR)]);
    await say(answer(46, [gone("c")]));
    line.nudge();
    expect(peer.sent).toHaveLength(3);
  });

  it("case 19: is lost when a question is not answered, and says so in time for whoever watches it", async () => {
    const pinged = await caughtUp();
    pinged.line.nudge();
    await pinged.browser.advance(10_000);
    expect(pinged.news()).toEqual([{ ended: { kind: "lost" } }]);
    expect(pinged.tab.leaks()).toEqual(NOTHING);

    const asleep = await talking();
    await asleep.browser.advance(15_000);
    expect(asleep.news()).toEqual([{ ended: { kind: "lost" } }]);
    expect(asleep.tab.leaks()).toEqual(NOTHING);
    expect(socket.quietMs?.({ heartbeatMs: 15_000, pollMs: 30_000 })).toBeGreaterThan(4.4 * 60_000 + 10_000);
  });

  it("heeds what the server refuses to a resume, and pays no heed to a refused ping", async () => {
    const error = (status: number, more = {}) => ({ error: { type: "urn:belfry:problem:x", title: "X", status, ...more } });
    const busy = await talking();
    await busy.say(error(503, { retryAfter: 2 }));
    expect(busy.news()).toEqual([{ ended: { kind: "busy", retryAfterMs: 2_000 } }]);
    const odd = await talking();
    await odd.say(error(400));
    expect(odd.news()).toEqual([{ ended: { kind: "lost" } }]);

    const pinged = await caughtUp();
    pinged.line.nudge();
    await pinged.say(error(503));
    expect(pinged.news()).toEqual([]);
    await pinged.browser.advance(215_000);
    expect(pinged.news()).toEqual([]);
    pinged.line.nudge();
    expect(pinged.peer.sent).toEqual([PING, PING]);
  });

  it("ignores what it does not understand", async () => {
    const { say, news } = await caughtUp();
    await say("no JSON", 7, [], {}, { of: "tomorrow" }, { events: 1, cursor: 2 }, answer(99, [gone("unasked")]));
    await say({ ...push(44, gone("a")), events: [{ type: "of-tomorrow" }, gone("a")] });
    expect(news()).toEqual([{ events: [gone("a")], cursor: at(44), live: true }]);
  });
});
