import { describe, expect, it } from "vitest";
import { createRest, RestFailure } from "../../src/core/rest";
import { askNews, askTicket } from "../../src/transports/read-news";
import type { BelfryError, ClientOptions, Rest } from "../../src/core/types";
import { fakeBrowser, NOTHING, type FakeRequest } from "../support/platform";

const COUNTS = { unreadCount: 2, unseenCount: 1 };
const PAGE = { notifications: [], ...COUNTS, page: 1, limit: 50, hasMore: false, streamCursor: "1.x" };

function setUp(options: ClientOptions = {}, reply?: (request: FakeRequest) => void) {
  const browser = fakeBrowser();
  const tab = browser.tab();
  if (reply) tab.onRequest = reply;
  return { browser, tab, rest: createRest(options, tab) };
}
async function failure(call: Promise<unknown>): Promise<BelfryError> {
  const error: unknown = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(error instanceof RestFailure)) throw new Error(`no failure but ${String(error)}`);
  return error.problem;
}

describe("REST: what is asked", () => {
  const asked = async (call: (rest: Rest) => Promise<unknown>, answer: unknown) => {
    const { tab, rest } = setUp({}, (request) => request.json(answer));
    await call(rest);
    expect(tab.leaks()).toEqual(NOTHING);
    return tab.history.map(({ method, url, body }) => [method, url, body].filter((part) => part !== undefined));
  };

  it("reads lists by filter and cursor", async () => {
    const list = (ask: Parameters<Rest["list"]>[0]) => asked((rest) => rest.list(ask), PAGE);
    expect(await list({ filter: {}, limit: 50 })).toEqual([["GET", "/api/notifications?limit=50"]]);
    expect(await list({ filter: { unread: true, archived: false, type: "error", category: "a b&c" }, limit: 20, cursor: "1pX" })).toEqual([
      ["GET", "/api/notifications?limit=20&unread=true&type=error&category=a+b%26c&cursor=1pX"],
    ]);
    expect(await asked((rest) => rest.tasks({ limit: 100 }), { tasks: [], streamCursor: "1.x" })).toEqual([["GET", "/api/tasks?limit=100"]]);
    expect(await asked((rest) => rest.tasks({ limit: 10, page: 2 }), { tasks: [], streamCursor: "1.x" })).toEqual([["GET", "/api/tasks?limit=10&page=2"]]);
  });

  it("polls with and without a place", async () => {
    const news = { events: [], cursor: "1.x", more: false };
    expect(await asked((rest) => askNews(rest, "1.a~b"), news)).toEqual([["GET", "/api/events?after=1.a%7Eb"]]);
    expect(await asked((rest) => askNews(rest, null), news)).toEqual([["GET", "/api/events?"]]);
  });

  it("marks and deletes one, some, all and a category", async () => {
    const mark = (...given: Parameters<Rest["mark"]>) => asked((rest) => rest.mark(...given), COUNTS);
    expect(await mark({ id: "a" }, { read: true })).toEqual([["PATCH", "/api/notifications", { id: "a", read: true }]]);
    expect(await mark({ all: true, upTo: "1.x" }, { read: true })).toEqual([["PATCH", "/api/notifications", { all: true, upTo: "1.x", read: true }]]);
    expect(await mark({ all: true }, { seen: true })).toEqual([["PATCH", "/api/notifications", { all: true, seen: true }]]);
    expect(await mark({ category: "builds" }, { archived: true })).toEqual([["PATCH", "/api/notifications", { category: "builds", archived: true }]]);
    expect(await asked((rest) => rest.remove({ ids: ["a", "b"] }), COUNTS)).toEqual([["DELETE", "/api/notifications", { ids: ["a", "b"] }]]);
  });

  it("names a hundred ids a request", async () => {
    const ids = Array.from({ length: 250 }, (_, index) => `id${index}`);
    const bodies = (await asked((rest) => rest.mark({ ids }, { read: true }), COUNTS)).map(([, , body]) => body as { ids: string[] });
    expect(bodies.map((body) => body.ids.length)).toEqual([100, 100, 50]);
    expect(bodies.flatMap((body) => body.ids)).toEqual(ids);
    expect(await asked((rest) => rest.mark({ ids: [] }, { read: true }), COUNTS)).toHaveLength(1);
  });

  it("reads and writes preferences, asks for tickets and single tasks", async () => {
    const muted = { muted: ["x"] };
    expect(await asked((rest) => rest.preferences(), muted)).toEqual([["GET", "/api/preferences"]]);
    expect(await asked((rest) => rest.setPreferences(["x"]), muted)).toEqual([["PUT", "/api/preferences", muted]]);
    expect(await asked(askTicket, { ticket: "t", expiresIn: 60 })).toEqual([["POST", "/api/stream/ticket"]]);
    expect(await asked((rest) => rest.task("a/b c"), { id: "a/b c", status: "running", updatedAt: "" })).toEqual([["GET", "/api/tasks/a%2Fb%20c"]]);
    const { rest } = setUp({}, (request) => request.problem(404, "not-found"));
    expect(await rest.task("x")).toBeNull();
  });

  it("sends JSON as such, and cookies where they can matter", async () => {
    const sent = async (options: ClientOptions) => {
      const { tab, rest } = setUp(options, (request) => request.json(COUNTS));
      await rest.mark({ id: "a" }, { read: true });
      const [request] = tab.history;
      return [request?.url, request?.credentials, request?.headers.get("authorization"), request?.headers.get("content-type"), rest.credentials];
    };
    const path = "/api/notifications";
    expect(await sent({})).toEqual([path, "same-origin", null, "application/json", "same-origin"]);
    expect(await sent({ baseUrl: "/belfry/" })).toEqual([`/belfry${path}`, "same-origin", null, "application/json", "same-origin"]);
    expect(await sent({ baseUrl: "https://api.test" })).toEqual([`https://api.test${path}`, "include", null, "application/json", "include"]);
    expect(await sent({ baseUrl: "https://api.test", getToken: () => "t" })).toEqual([`https://api.test${path}`, "omit", "Bearer t", "application/json", "omit"]);
    expect(await sent({ getToken: () => null })).toEqual([path, "same-origin", null, "application/json", "same-origin"]);
  });
});

describe("REST: what is answered", () => {
  it("case 40: after a 401 the token is refreshed once, and a second 401 is final", async () => {
    const asked: boolean[] = [];
    const { tab, rest } = setUp({ getToken: ({ refresh }) => `t${asked.push(refresh)}` }, (request) =>
      request.answer(401, { "x-amzn-remapped-www-authenticate": "Bearer" }, "{}"),
    );
    expect(await failure(rest.unread())).toEqual({ type: "unauthorized", title: "A valid credential is needed", status: 401 });
    expect(asked).toEqual([false, true]);
    expect(tab.history.map((request) => request.headers.get("authorization"))).toEqual(["Bearer t1", "Bearer t2"]);
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("C27 shares one refresh among all that were refused with the old token, also those that hear of it late", async () => {
    let current = "old";
    const asked: boolean[] = [];
    let give = () => {};
    const getToken = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      if (!refresh) return current;
      return new Promise<string>((resolve) => (give = () => resolve((current = "new"))));
    };
    const { tab, rest, browser } = setUp({ getToken });
    const reply = (request: FakeRequest) =>
      request.headers.get("authorization") === "Bearer new" ? request.json(COUNTS) : request.problem(401, "unauthenticated");
    const calls = [rest.unread(), rest.mark({ id: "a" }, { read: true }), rest.unread()];
    await browser.settle();
    const [first, second, late] = tab.history;
    if (!first || !second || !late) throw new Error("three are wanted");
    reply(first);
    reply(second);
    await browser.settle();
    calls.push(rest.unread());
    await browser.settle();
    tab.onRequest = reply;
    give();
    await browser.settle();
    reply(late);
    expect(await Promise.all(calls)).toEqual([COUNTS, COUNTS, COUNTS, COUNTS]);
    expect(asked.filter(Boolean)).toHaveLength(1);
    expect(tab.history.filter((request) => request.headers.get("authorization") === "Bearer old")).toHaveLength(3);
  });

  it("does not ask twice where there is no token to refresh", async () => {
    const { tab, rest } = setUp({}, (request) => request.problem(401, "unauthenticated"));
    expect((await failure(rest.unread())).type).toBe("unauthorized");
    expect(tab.history).toHaveLength(1);
  });

  it("takes a token that does not come for trouble of the network", async () => {
    const { tab, rest } = setUp({ getToken: () => Promise.reject(new Error("the sign-in is down")) });
    expect(await failure(rest.unread())).toEqual({ type: "network", title: "The server could not be reached", detail: "the sign-in is down" });
    expect(tab.history).toEqual([]);
  });

  it("asks for a fresh token again after one that did not come, whichever way it did not", async () => {
    for (const fails of [() => Promise.reject(new Error("down")), () => { throw new Error("down"); }]) {
      let down = true;
      const getToken = ({ refresh }: { refresh: boolean }) => (!refresh ? "old" : down ? fails() : "new");
      const { rest } = setUp({ getToken }, (request) =>
        request.headers.get("authorization") === "Bearer new" ? request.json(COUNTS) : request.problem(401, "unauthenticated"),
      );
      expect(await failure(rest.unread())).toMatchObject({ type: "network", detail: "down" });
      down = false;
      expect(await rest.unread()).toEqual(COUNTS);
    }
  });

  it("case 41: knows a gateway's own answer by its status, and an unreadable one as the network's", async () => {
    const { tab, rest } = setUp();
    const answered = async (reply: (request: FakeRequest) => void) => {
      tab.onRequest = reply;
      return failure(rest.unread());
    };
    expect(await answered((request) => request.answer(500, {}, '{"message":"Internal server error"}'))).toEqual({
      type: "about:blank",
      title: "The server answered 500",
      status: 500,
    });
    expect(await answered((request) => request.fail("Failed to fetch"))).toMatchObject({ type: "network", detail: "Failed to fetch" });
    expect(await answered((request) => request.answer(200, { "content-type": "text/html" }, "<p>hotel"))).toMatchObject({ type: "network" });
    expect(await answered((request) => request.json({ unreadCount: "2" }))).toMatchObject({ type: "network", detail: "no unreadCount in the answer" });
  });

  it("heeds Retry-After in seconds and as a date, and the problem's own figure", async () => {
    const { tab, rest } = setUp();
    const wait = async (headers: Record<string, string>, body = "{}") => {
      tab.onRequest = (request) => request.answer(503, headers, body);
      return (await failure(rest.unread())).retryAfterMs;
    };
    const date = (ms: number) => new Date(tab.now() + ms).toUTCString();
    expect(await wait({ "retry-after": "7" })).toBe(7_000);
    expect(await wait({ "retry-after": date(90_000) })).toBe(90_000);
    expect(await wait({ "retry-after": date(-90_000) })).toBe(0);
    expect(await wait({}, '{"type":"urn:belfry:problem:busy","title":"Busy","status":503,"retryAfter":2}')).toBe(2_000);
    for (const rubbish of ["soon", "-1", "1.5", ""]) expect(await wait({ "retry-after": rubbish })).toBeUndefined();
  });

  it("C28 gives up after 15 s, at the token too, and leaves nothing behind", async () => {
    for (const options of [{}, { getToken: () => new Promise<string>(() => {}) }]) {
      const { browser, tab, rest } = setUp(options);
      const call = failure(rest.unread());
      await browser.advance(14_999);
      expect(tab.leaks().timers).toBe(1);
      await browser.advance(1);
      expect(await call).toEqual({ type: "network", title: "The server could not be reached", detail: "no answer in time" });
      expect(tab.leaks()).toEqual(NOTHING);
    }
  });

  it("C28 lets go at once when its caller does, before and while it asks", async () => {
    const { browser, tab, rest } = setUp();
    const control = new AbortController();
    const call = failure(rest.unread(control.signal));
    await browser.settle();
    control.abort();
    expect(await call).toMatchObject({ type: "network", detail: "cancelled" });
    expect(await failure(rest.unread(control.signal))).toMatchObject({ detail: "cancelled" });
    await browser.settle();
    expect([tab.leaks(), tab.history.length]).toEqual([NOTHING, 1]);
  });
});

describe("REST: what is remembered", () => {
  it("C29 asks with the ETag of what it holds, and takes a 304 for that", async () => {
    const { tab, rest } = setUp({}, (request) => (request.headers.has("if-none-match") ? request.answer(304) : request.json(COUNTS, { headers: { etag: '"e1"' } })));
    const first = await rest.unread();
    expect(await rest.unread()).toEqual(first);
    expect(tab.history.map((request) => request.headers.get("if-none-match"))).toEqual([null, '"e1"']);
  });

  it("C29 forgets it with the token, and keeps each address apart", async () => {
    let token = "anna";
    const { tab, rest } = setUp({ getToken: () => token }, (request) => request.json({ ...PAGE, muted: [] }, { headers: { etag: `"${request.url}"` } }));
    const tags = async (...calls: (() => Promise<unknown>)[]) => {
      const before = tab.history.length;
      for (const call of calls) await call();
      return tab.history.slice(before).map((request) => request.headers.get("if-none-match"));
    };
    const unread = () => rest.unread();
    const page = (cursor?: string) => () => rest.list({ filter: {}, limit: 50, ...(cursor && { cursor }) });
    expect(await tags(unread, () => rest.preferences(), page(), page("1pX"))).toEqual([null, null, null, null]);
    expect(await tags(unread, page(), page("1pX"))).toEqual(['"/api/unread"', '"/api/notifications?limit=50"', null]);
    token = "ben";
    expect(await tags(unread, page())).toEqual([null, null]);
  });

  it("C29 gives each of two people their own, also where their answers cross", async () => {
    let token = "anna";
    const { tab, rest, browser } = setUp({ getToken: () => token }, (request) => request.json({ ...COUNTS, unreadCount: 1 }, { headers: { etag: '"anna"' } }));
    await rest.unread();
    tab.onRequest = null;
    const annas = rest.unread();
    await browser.settle();
    token = "ben";
    const bens = rest.unread();
    await browser.settle();
    const [, first, second] = tab.history;
    second?.json({ ...COUNTS, unreadCount: 5 }, { headers: { etag: '"ben"' } });
    await browser.settle();
    first?.answer(304);
    expect([(await annas).unreadCount, (await bens).unreadCount]).toEqual([1, 5]);
    tab.onRequest = (request) => request.answer(304);
    expect((await rest.unread()).unreadCount).toBe(5);
    expect(tab.history.map((request) => request.headers.get("if-none-match"))).toEqual([null, '"anna"', null, '"ben"']);
  });

  it("keeps no more than a few", async () => {
    const { tab, rest } = setUp({}, (request) => request.json(PAGE, { headers: { etag: '"e"' } }));
    const list = (category: string) => rest.list({ filter: { category }, limit: 50 });
    for (let count = 0; count < 30; count++) await list(`c${count}`);
    await list("c29");
    await list("c0");
    expect(tab.history.slice(-2).map((request) => request.headers.get("if-none-match"))).toEqual(['"e"', null]);
  });

  it("knows what the server says of its transports and sockets, from any answer", async () => {
    const { tab, rest } = setUp({ baseUrl: "https://api.test/v1" });
    expect(rest.facts()).toEqual({ transports: null, socketUrl: null });
    tab.onRequest = (request) => request.problem(503, "busy", { "belfry-transports": "socket, quic, SSE,poll", "belfry-sockets": "/ws" });
    await failure(rest.unread());
    expect(rest.facts()).toEqual({ transports: ["websocket", "sse", "polling"], socketUrl: "wss://api.test/ws" });
    tab.onRequest = (request) => request.answer(500);
    await failure(rest.unread());
    expect(rest.facts()).toEqual({ transports: ["websocket", "sse", "polling"], socketUrl: "wss://api.test/ws" });
    tab.onRequest = (request) => request.json(COUNTS, { headers: { "belfry-sockets": "wss://ws.test/prod", "belfry-transports": "of, tomorrow" } });
    await rest.unread();
    expect(rest.facts()).toEqual({ transports: ["websocket", "sse", "polling"], socketUrl: "wss://ws.test/prod" });
  });

  it("takes the application's word for the socket's address", async () => {
    const socketUrl = async (options: ClientOptions) => {
      const { rest } = setUp(options, (request) => request.json(COUNTS, { headers: { "belfry-sockets": "/ws" } }));
      await rest.unread();
      return rest.facts().socketUrl;
    };
    expect(await socketUrl({ socketUrl: "wss://mine.test/s" })).toBe("wss://mine.test/s");
    expect(await socketUrl({ socketUrl: "https://mine.test/s" })).toBe("wss://mine.test/s");
    expect(await socketUrl({ baseUrl: "http://api.test", socketUrl: "/mine" })).toBe("ws://api.test/mine");
    expect(await socketUrl({})).toBeNull();
  });
});
