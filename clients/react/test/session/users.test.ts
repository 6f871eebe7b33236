import { describe, expect, it } from "vitest";
import { NOTHING } from "../support/platform";
import { shown, world } from "./world";

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

  it("reading anew after signing out starts again", async () => {
    const { browser, server, client } = world();
    server.notify("secret");
    client.start();
    await browser.advance(1_000);
    client.signOut();
    await browser.advance(1_000);
    await client.refresh();
    await browser.advance(2_000);
    expect(client.snapshot()).toMatchObject({ status: "live", unreadCount: 1 });
    client.stop();
    await client.refresh();
    await browser.advance(2_000);
    expect(client.snapshot().status).toBe("offline");
  });

  it("cursors of another form, never the same, make no hot loop", async () => {
    const { browser, server, client } = world();
    let count = 0;
    Object.defineProperty(server, "cursor", { get: () => `other-${count++}` });
    client.watchList({ archived: true });
    client.start();
    await browser.advance(120_000);
    expect(server.count("/api/notifications")).toBeLessThan(80);
  });
});
