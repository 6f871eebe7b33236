import { describe, expect, it } from "vitest";
import { createClient } from "../../src/core/client";
import type { ClientOptions } from "../../src/core/types";
import { fakeBrowser, NOTHING } from "../support/platform";
import { Server } from "./server";

function world(options: ClientOptions = {}, seed = 1) {
  const browser = fakeBrowser({ seed });
  const server = new Server(browser.now);
  const open = (name?: string, more: ClientOptions = {}) => {
    const tab = server.serve(browser.tab({ name }));
    const client = createClient({ ...options, ...more }, tab);
    return { tab, client };
  };
  /** Time with heartbeats. */
  const pass = async (ms: number, beatMs = 15_000) => {
    for (let left = ms; left > 0; left -= beatMs) {
      await browser.advance(Math.min(left, beatMs));
      server.beat();
      await browser.settle();
    }
  };
  return { browser, server, open, pass, ...open("first") };
}
const shown = (client: ReturnType<typeof createClient>) => client.snapshot().notifications.map(({ id }) => id);

describe("a client from start to stop", () => {
  it("reads the lists once, opens one line from their cursor, and shows what comes", async () => {
    const { browser, server, client, tab } = world();
    server.notify("old");
    client.start();
    await browser.advance(1_000);
    expect(client.snapshot()).toMatchObject({ status: "live", transport: "sse", isLoading: false, unreadCount: 1 });
    expect([server.count("/api/notifications"), server.tries.length]).toEqual([1, 1]);
    server.notify("new");
    await browser.settle();
    expect(shown(client)).toEqual(["new", "old"]);
    client.stop();
    await browser.settle();
    expect(tab.leaks()).toEqual(NOTHING);
    expect(client.snapshot().status).toBe("offline");
  });

  it("C14 connects once although it is started, stopped and started at once, as StrictMode does", async () => {
    let asked = 0;
    const { browser, server, client, tab } = world({ getToken: () => `token ${++asked}` });
    client.start();
    client.stop();
    client.start();
    await browser.advance(5_000);
    expect([server.count("/api/notifications"), server.tries.length, server.open.length]).toEqual([1, 1, 1]);
    expect([tab.history.length, asked]).toEqual([3, 3]);
    client.stop();
    await browser.settle();
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("says why there is nothing yet, tries again, and forgets of it", async () => {
    const { browser, server, client } = world();
    server.trouble = { "/api": "down" };
    client.start();
    await browser.advance(10_000);
    expect(client.snapshot()).toMatchObject({ status: "offline", isLoading: true, error: { type: "network" } });
    expect(server.requests.length).toBeGreaterThan(1);
    server.trouble = {};
    await browser.advance(20_000);
    expect(client.snapshot()).toMatchObject({ status: "live", isLoading: false, error: null });
  });

  it("begins again after a stop", async () => {
    const { browser, server, client, tab } = world();
    client.start();
    await browser.advance(1_000);
    client.stop();
    server.notify("meanwhile");
    await browser.advance(1_000);
    let joined = 0;
    const { request } = tab.locks ?? {};
    if (tab.locks && request) tab.locks.request = ((...asked: [string, LockGrantedCallback<unknown>]) => (joined++, request(...asked))) as LockManager["request"];
    client.start();
    await browser.advance(1_000);
    expect(shown(client)).toEqual(["meanwhile"]);
    expect([server.open.length, joined]).toEqual([1, 1]);
  });

  it("case 15: stopped while it loads, connects or waits, it makes no request any more", async () => {
    for (const [path, ms] of [
      ["/api/notifications", 10],
      ["/api/stream", 10],
      ["/api/stream", 3_000],
    ] as const)
      for (const trouble of ["silent", "down"] as const) {
        const { browser, server, client, tab } = world();
        server.trouble = { [path]: trouble };
        client.start();
        await browser.advance(ms);
        client.stop();
        await browser.settle();
        const before = server.requests.length;
        expect(tab.leaks(), `${path} ${trouble} ${ms}`).toEqual(NOTHING);
        await browser.advance(600_000);
        tab.say("online");
        tab.say("visible");
        await browser.advance(600_000);
        expect(server.requests.length).toBe(before);
      }
  });
});

describe("a line that fails", () => {
  it("case 13: a poll's 204 is not taken as a stop", async () => {
    const { browser, server, client } = world({ transports: ["polling"] });
    client.start();
    await browser.advance(300_000);
    expect(client.snapshot()).toMatchObject({ status: "polling", transport: "polling" });
    expect(server.count("/api/events")).toBeGreaterThan(7);
    server.notify("late");
    await browser.advance(40_000);
    expect(shown(client)).toEqual(["late"]);
  });

  it("case 14 C13: a busy server is left alone as long as it asks, also when the user looks", async () => {
    const { browser, server, client, tab } = world({ transports: ["sse"] });
    server.trouble = { "/api/stream": "busy" };
    server.retryAfter = "20";
    client.start();
    await browser.advance(1_000);
    tab.say("visible");
    await client.refresh();
    await browser.advance(18_000);
    expect(server.tries.length).toBe(1);
    expect(client.snapshot().status).toBe("offline");
    await browser.advance(4_000);
    expect(server.tries.length).toBe(2);
  });

  it("case 16: hidden and shown three times while events arrive: no gap, nothing twice, one connection", async () => {
    const { browser, server, client, tab, pass } = world();
    const heard: string[] = [];
    client.onEvent(({ event }) => event.type === "notification" && heard.push(event.notification.id));
    client.start();
    await browser.advance(1_000);
    for (let i = 0; i < 3; i++) {
      tab.say("hidden");
      server.notify(`hidden${i}`);
      await pass(40_000);
      tab.say("visible");
      server.notify(`visible${i}`);
      await pass(10_000);
    }
    expect(heard).toEqual([0, 1, 2].flatMap((i) => [`hidden${i}`, `visible${i}`]));
    expect(server.tries.length).toBe(1);
  });

  it("case 17 C15: every connect gives 401: one refresh, then it stops, visibly, until it is asked to go on", async () => {
    const asked: boolean[] = [];
    const { browser, server, client } = world({ getToken: ({ refresh }) => (asked.push(refresh), refresh ? "new" : "old") });
    client.start();
    await browser.advance(1_000);
    server.trouble = { "/api": "refused" };
    asked.length = 0;
    const before = server.requests.length;
    server.open[0]?.stream.end();
    await browser.advance(600_000);
    expect(client.snapshot()).toMatchObject({ status: "unauthorized", transport: null });
    expect(asked).toEqual([false, true]);
    expect(server.requests.length - before).toBe(2);
    server.trouble = {};
    client.start();
    await browser.advance(1_000);
    expect(client.snapshot().status).toBe("live");
  });

  it("C15 stops as unauthorized when the first lists are refused", async () => {
    const { browser, server, client, tab } = world({ getToken: () => "t" });
    server.trouble = { "/api": "refused" };
    client.start();
    await browser.advance(600_000);
    expect(client.snapshot().status).toBe("unauthorized");
    expect(server.requests.length).toBe(2);
    expect(tab.leaks()).toEqual(NOTHING);
    server.trouble = {};
    await client.refresh();
    await browser.advance(1_000);
    expect(client.snapshot().status).toBe("live");
  });

  it("case 18: a stream that ends with its token goes on with the next one", async () => {
    let token = "one";
    const { browser, server, client, pass } = world({ getToken: () => token });
    client.start();
    await pass(30_000);
    token = "two";
    server.open[0]?.stream.end();
    server.notify("between");
    await browser.advance(3_000);
    expect(server.requests.at(-1)).toMatchObject({ path: "/api/stream/events", token: "Bearer two" });
    expect(shown(client)).toEqual(["between"]);
  });

  it("case 19 C16: a line that fell silent is noticed within three heartbeats, and after a sleep at once", async () => {
    const { browser, server, client, pass, tab } = world();
    client.start();
    await pass(60_000);
    const [first] = server.open;
    if (first) first.tab.requests.delete(first.request);
    server.notify("missed");
    expect(client.snapshot().status).toBe("live");
    await browser.advance(47_000);
    expect(server.tries.length).toBe(2);
    expect(shown(client)).toEqual(["missed"]);
    await browser.sleep(600_000);
    await browser.advance(2_000);
    expect(server.tries.length).toBe(3);
    expect([client.snapshot().status, tab.leaks().requests]).toEqual(["live", 1]);
  });

  it("case 20: forty reconnects leave one timer for the line", async () => {
    const { server, client, tab, pass } = world();
    client.start();
    await pass(10_000);
    const before = tab.leaks().timers;
    for (let i = 0; i < 40; i++) {
      server.open[0]?.stream.fail();
      await pass(10_000, 5_000);
    }
    expect(server.tries.length).toBe(41);
    expect(tab.leaks().timers).toBe(before);
  });

  it("case 21: a stream that only beats, every half minute, is healthy: three minutes, one connection", async () => {
    for (const heartbeatMs of [15_000, 30_000]) {
      const { server, client, pass } = world({ heartbeatMs });
      client.start();
      await pass(180_000, 30_000);
      expect([client.snapshot().status, server.tries.length]).toEqual(["live", 1]);
    }
  });

  it("case 22: shown, and on line, five times in a row after ten minutes: one attempt, and at once", async () => {
    const { browser, server, client, tab } = world({ transports: ["sse"] });
    client.start();
    await browser.advance(1_000);
    server.trouble = { "/api/stream": "down" };
    server.open[0]?.stream.fail();
    await browser.advance(600_000);
    expect(client.snapshot().status).toBe("offline");
    server.trouble = {};
    const before = server.tries.length;
    await browser.advance(6_000);
    const waited = server.tries.length;
    for (let i = 0; i < 5; i++) {
      tab.say("visible");
      tab.say("online");
      await browser.settle();
    }
    expect(server.tries.length - before).toBe(1);
    expect(waited - before).toBeLessThanOrEqual(1);
    expect(client.snapshot().status).toBe("live");
  });

  it("C13 a server that ends cleanly at once, again and again, is asked ever more rarely", async () => {
    const { browser, server, client, tab } = world({ transports: ["sse"] });
    const answer = tab.onRequest;
    tab.onRequest = (request) => {
      answer?.(request);
      if (request.path === "/api/stream/events") server.open.at(-1)?.stream.end();
    };
    client.start();
    await browser.advance(600_000);
    expect(server.tries.length).toBeLessThan(45);
    expect(server.tries.length).toBeGreaterThan(10);
  });
});

describe("falling back and climbing", () => {
  it("C17 falls to polling while streams are held back, loses nothing, and climbs back", async () => {
    const { browser, server, client, pass } = world();
    server.trouble = { "/api/stream": "silent" };
    client.start();
    await browser.advance(11_000);
    expect(client.snapshot()).toMatchObject({ status: "polling", transport: "polling" });
    server.notify("polled");
    await browser.advance(40_000);
    expect(shown(client)).toEqual(["polled"]);
    server.trouble = {};
    server.notify("between");
    await pass(120_000);
    expect(client.snapshot()).toMatchObject({ status: "live", transport: "sse" });
    server.notify("streamed");
    await browser.settle();
    expect(shown(client)).toEqual(["streamed", "between", "polled"]);
  });

  it("C17 a stream that there is not is not asked for again before an hour, or another network", async () => {
    const { browser, server, client, tab } = world();
    server.trouble = { "/api/stream": "missing" };
    client.start();
    await browser.advance(3_000_000);
    expect(client.snapshot().status).toBe("polling");
    expect(server.tries.length).toBe(1);
    server.trouble = {};
    tab.say("offline");
    expect(client.snapshot().status).toBe("offline");
    tab.say("online");
    await browser.advance(1_000);
    expect(client.snapshot()).toMatchObject({ status: "live", transport: "sse" });
  });

  it("C18 status tells the truth: live over a planned end, offline at once when the next attempt fails or the network goes", async () => {
    const { browser, server, client, tab, pass } = world({ transports: ["sse"] });
    const seen: string[] = [];
    client.subscribe(() => {
      const { status } = client.snapshot();
      if (seen.at(-1) !== status) seen.push(status);
    });
    client.start();
    await pass(30_000);
    server.open[0]?.stream.end();
    await pass(30_000);
    expect(seen).toEqual(["offline", "live"]);
    server.trouble = { "/api/stream": "down" };
    server.open[0]?.stream.end();
    await pass(10_000);
    expect(seen).toEqual(["offline", "live", "offline"]);
    server.trouble = {};
    await pass(60_000);
    tab.say("offline");
    expect(seen).toEqual(["offline", "live", "offline", "live", "offline"]);
    const before = server.requests.length;
    await browser.advance(600_000);
    expect(server.requests.length).toBe(before);
  });
});

describe("resets and other users", () => {
  it("C19 a reset reads the lists anew and goes on from their cursor", async () => {
    const { browser, server, client, pass } = world();
    client.start();
    await pass(20_000);
    server.rows = [];
    server.reset();
    await browser.settle();
    expect(server.count("/api/notifications")).toBe(2);
    expect(server.requests.at(-1)?.url).toContain(encodeURIComponent(server.cursor));
    server.notify("after");
    await browser.advance(1_000);
    expect(shown(client)).toEqual(["after"]);
    expect(client.snapshot().status).toBe("live");
  });

  it("C19 a server that resets each time is asked ever more rarely", async () => {
    const { browser, server, client, tab } = world();
    const answer = tab.onRequest;
    tab.onRequest = (request) => {
      answer?.(request);
      if (request.path === "/api/stream/events") server.reset();
    };
    client.start();
    await browser.advance(600_000);
    expect(server.count("/api/notifications")).toBeLessThan(45);
  });

  it("C19 a reset with somebody else's cursor clears everything and begins anew", async () => {
    const { browser, server, client, pass } = world();
    server.notify("annas");
    client.start();
    await pass(20_000);
    expect(shown(client)).toEqual(["annas"]);
    server.user = "BBBBBBBB";
    server.rows = [];
    server.reset();
    await browser.settle();
    expect(shown(client)).toEqual([]);
    server.notify("bobs");
    await browser.advance(2_000);
    expect(shown(client)).toEqual(["bobs"]);
    expect(server.open.length).toBe(1);
  });

  it("C19 clears the screen before it is known what the other one may see", async () => {
    const { browser, server, client, pass } = world();
    server.notify("annas");
    client.start();
    await pass(20_000);
    server.user = "BBBBBBBB";
    server.trouble = { "/api/notifications": "silent" };
    server.reset();
    await browser.settle();
    expect(shown(client)).toEqual([]);
  });

  it("C19 starts as somebody else with nothing of the one before, marks included", async () => {
    const { browser, server, client, pass } = world();
    client.start();
    await pass(20_000);
    server.publish([{ type: "watermark", read: { user: 50 } }]);
    server.trouble = { "/api/notifications": "missing" };
    await client.remove({ id: "annas" }).catch(() => undefined);
    expect(client.snapshot().error).not.toBe(null);
    server.trouble = {};
    client.stop();
    Object.assign(server, { user: "BBBBBBBB", n: 0, groups: [] });
    server.notify("bobs");
    client.start();
    await browser.advance(1_000);
    expect(client.snapshot()).toMatchObject({ unreadCount: 1, error: null, notifications: [{ id: "bobs", read: false }] });
  });

  it("C19 a tab that takes over before the lists were read anew is told of the reset too", async () => {
    const { browser, server, client, open, tab } = world();
    const other = open("second");
    client.start();
    await browser.advance(1_000);
    other.client.start();
    await browser.advance(1_000);
    server.notify("lost to the reset");
    const before = server.cursor;
    await browser.settle();
    server.trouble = { "/api/notifications": "silent" };
    server.reset();
    await browser.settle();
    client.stop();
    tab.close();
    server.trouble = {};
    await browser.advance(5_000);
    const asked = server.requests.filter(({ path }) => path === "/api/stream/events").map(({ url }) => new URLSearchParams(url.split("?")[1]).get("after"));
    expect(asked).toEqual([server.at(0), before, server.cursor]);
    expect(other.client.snapshot()).toMatchObject({ status: "live" });
  });

  it("signing out clears every tab of the user and ends the connections", async () => {
    const { browser, server, client, open, tab } = world();
    server.notify("secret");
    const other = open("second");
    client.start();
    other.client.start();
    await browser.advance(2_000);
    expect(shown(other.client)).toEqual(["secret"]);
    expect(server.open.length).toBe(1);
    client.signOut();
    await browser.advance(60_000);
    for (const one of [client, other.client]) expect(one.snapshot()).toMatchObject({ notifications: [], status: "unauthorized" });
    expect([tab.leaks(), other.tab.leaks()]).toEqual([NOTHING, NOTHING]);
  });
});

describe("changes of ours", () => {
  it("show at once, spare what was not shown, and are confirmed by the server's news", async () => {
    const { browser, server, client } = world();
    server.notify("one");
    client.start();
    await browser.advance(1_000);
    const done = client.mark({ id: "one" }, { read: true });
    expect(client.snapshot()).toMatchObject({ unreadCount: 0 });
    await browser.settle();
    await done;
    await client.mark({ all: true }, { read: true });
    expect(server.requests.at(-1)?.body).toEqual({ all: true, upTo: server.cursor, read: true });
    expect(client.snapshot()).toMatchObject({ unreadCount: 0, error: null });
  });

  it("are taken back with a reason when refused, and after three more tries when the network is gone", async () => {
    const { browser, server, client } = world();
    server.notify("one");
    client.start();
    await browser.advance(1_000);
    const before = server.count("/api/notifications");
    server.trouble = { "/api/notifications": "missing" };
    await expect(client.mark({ id: "one" }, { read: true })).rejects.toThrow();
    expect(client.snapshot()).toMatchObject({ unreadCount: 1, error: { type: "urn:belfry:problem:not-found" } });
    client.dismissError();
    server.trouble = { "/api/notifications": "down" };
    const failed = client.remove({ id: "one" }).catch((error: Error) => error);
    expect(shown(client)).toEqual([]);
    await browser.advance(10_000);
    expect(await failed).toBeInstanceOf(Error);
    expect(client.snapshot()).toMatchObject({ unreadCount: 1, error: { type: "network" } });
    expect(shown(client)).toEqual(["one"]);
    expect(server.count("/api/notifications") - before).toBe(5);
  });

  it("C14 are taken back when the client stops, and leave no request", async () => {
    const { browser, server, client, tab } = world();
    server.notify("one");
    client.start();
    await browser.advance(1_000);
    server.trouble = { "/api/notifications": "silent" };
    const failed = client.remove({ id: "one" }).catch((error: Error) => error);
    await browser.settle();
    client.stop();
    expect(await failed).toBeInstanceOf(Error);
    expect(shown(client)).toEqual(["one"]);
    expect(tab.leaks()).toEqual(NOTHING);
  });

  it("C14 are taken back in the other tabs too", async () => {
    const { browser, server, client, open } = world();
    server.notify("one");
    const other = open("second");
    client.start();
    other.client.start();
    await browser.advance(2_000);
    server.trouble = { "/api/notifications": "silent" };
    client.remove({ id: "one" }).catch(() => undefined);
    await browser.settle();
    expect(shown(other.client)).toEqual([]);
    client.stop();
    await browser.settle();
    expect(shown(other.client)).toEqual(["one"]);
  });

  it("under polling, what came of it is fetched at once", async () => {
    const { browser, server, client } = world({ transports: ["polling"] });
    server.notify("one");
    client.start();
    await browser.advance(1_000);
    const before = server.count("/api/events");
    await client.mark({ id: "one" }, { read: true });
    await browser.settle();
    expect(server.count("/api/events") - before).toBe(1);
  });
});

describe("lists", () => {
  it("are read when somebody watches them, once, and again after a reset", async () => {
    const { browser, server, client, pass } = world();
    const leave = client.watchList({ archived: true });
    client.watchList({ archived: true });
    client.start();
    await pass(10_000);
    const reads = () => server.requests.filter(({ url }) => url.includes("archived=true")).length;
    expect(reads()).toBe(1);
    server.reset();
    await browser.advance(1_000);
    expect(reads()).toBe(2);
    leave();
    client.watchList({ unread: true });
    await browser.settle();
    expect(server.requests.filter(({ url }) => url.includes("unread=true")).length).toBe(1);
  });
});
