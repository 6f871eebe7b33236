import { describe, expect, it } from "vitest";
import { createRest } from "../../src/core/rest";
import { socket } from "../../src/transports/socket";
import { NOTHING, type FakeSocket } from "../support/platform";
import { answer, caughtUp, push, talking } from "./socket-support";
import { at, CURSOR, gone, last, only, tryLine } from "./support";

describe("a socket's end", () => {
  it("case 47: ends by the code that it was closed with", async () => {
    const closed = async (code: number) => {
      const { peer, news, tab } = await caughtUp();
      peer.drop(code, "");
      expect(tab.leaks()).toEqual(NOTHING);
      const [told] = news();
      return typeof told === "object" && "ended" in told ? told.ended.kind : told;
    };
    for (const code of [1000, 1001, 1005, 1012]) expect(await closed(code)).toBe("clean");
    for (const code of [1002, 1003, 1006, 1009, 1011]) expect(await closed(code)).toBe("lost");
    for (const code of [1008, 4401]) expect(await closed(code)).toBe("unauthorized");
    expect(await closed(1013)).toBe("busy");
  });

  it("is unsupported where there is none, and where none opens", async () => {
    const none = await tryLine(socket, { without: ["WebSocket"] });
    const nowhere = await tryLine(socket, { socketUrl: null });
    for (const { told, tab } of [none, nowhere]) {
      expect(told).toEqual([{ ended: { kind: "unsupported" } }]);
      expect(tab.history).toEqual([]);
    }
    const ticket = { onRequest: (request: { json(body: unknown): void }) => request.json({ ticket: "t", expiresIn: 60 }) };
    const blocked = await tryLine(socket, { prepare: (tab) => Object.assign(tab, ticket, { onSocket: (one: FakeSocket) => one.drop(1006) }) });
    expect(blocked.told).toEqual([{ ended: { kind: "unsupported" } }]);
    const silent = await tryLine(socket, { prepare: (tab) => void Object.assign(tab, ticket) });
    await silent.browser.advance(15_000);
    expect(silent.told).toEqual([{ ended: { kind: "unsupported" } }]);
    expect(silent.tab.leaks()).toEqual(NOTHING);
    const forbidden = await tryLine(socket, {
      prepare: (tab) =>
        Object.assign(tab, ticket, {
          WebSocket: class {
            constructor() {
              throw new DOMException("mixed content", "SecurityError");
            }
          },
        }),
    });
    expect(forbidden.told).toMatchObject([{ ended: { kind: "unsupported" } }]);
  });

  it("ends by what the ticket was answered", async () => {
    const end = async (status: number) => {
      const { told } = await tryLine(socket, { options: { getToken: () => "t" }, prepare: (tab) => (tab.onRequest = (request) => request.problem(status, "x")) });
      const one = only(told);
      return typeof one === "object" && "ended" in one ? one.ended.kind : one;
    };
    expect([await end(401), await end(503), await end(404)]).toEqual(["unauthorized", "busy", "unsupported"]);
  });

  it("is lost, not unsupported, where sockets have worked before", async () => {
    const first = await caughtUp();
    const { tab, browser, line } = first;
    line.close();
    const rest = createRest({}, tab);
    const ends: unknown[] = [];
    const told = { opened() {}, alive() {}, group() {}, ended: (end: unknown) => void ends.push(end) };
    const context = { cursor: CURSOR, clientId: "tab-1", platform: tab, rest, socketUrl: "wss://sockets.test/ws", pollMs: 30_000, heartbeatMs: 15_000 };
    socket.open(context, told).nudge();
    await browser.settle();
    last([...tab.sockets]).drop(1001);
    tab.onSocket = (one) => one.drop(1006);
    socket.open(context, told);
    await browser.settle();
    expect(ends).toEqual([{ kind: "clean" }, { kind: "lost" }]);
  });

  it("C24 leaves nothing behind when it is closed, at any moment, and says nothing more", async () => {
    const asking = await tryLine(socket);
    asking.line.close();
    await asking.browser.settle();
    expect([asking.tab.leaks(), asking.told]).toEqual([NOTHING, []]);

    const opening = await tryLine(socket, { prepare: (tab) => (tab.onRequest = (request) => request.json({ ticket: "t", expiresIn: 60 })) });
    expect(opening.tab.leaks()).toEqual({ ...NOTHING, sockets: 1, timers: 1 });
    opening.line.close();
    await opening.browser.settle();
    expect([opening.tab.leaks(), opening.told]).toEqual([NOTHING, []]);

    const open = await caughtUp();
    open.line.close();
    open.line.close();
    open.line.nudge();
    await open.say(push(44, gone("a")));
    expect([open.tab.leaks(), open.news(), open.peer.sent]).toEqual([NOTHING, [], []]);

    const inside = await talking({ onGroup: (trial) => trial.line.close() });
    await inside.say(push(44, gone("b")), push(45, gone("c")), answer(43, [gone("a")]));
    expect(inside.news()).toEqual(["opened", { events: [gone("a")], cursor: at(43), live: false }]);
    expect(inside.tab.leaks()).toEqual(NOTHING);
  });
});
