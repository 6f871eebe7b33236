import { describe, expect, it } from "vitest";
import { createClient } from "../../src/core/client";
import type { Platform } from "../../src/core/types";
import { NOTHING } from "../support/platform";
import { shown, world } from "./world";

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

  it("runs on a platform whose parts are inherited, as a wrapped one's are", async () => {
    const { browser, server } = world();
    const heir = Object.create(server.serve(browser.tab({ name: "heir" }))) as Platform;
    const client = createClient({}, heir);
    client.start();
    await browser.advance(1_000);
    expect(client.snapshot()).toMatchObject({ status: "live", transport: "sse" });
    client.stop();
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
