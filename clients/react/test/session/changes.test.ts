import { describe, expect, it } from "vitest";
import { NOTHING } from "../support/platform";
import { shown, world } from "./world";

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
    expect(other.client.snapshot().error).toBeNull();
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

  it("go out in the order in which they were made, also where one is tried again", async () => {
    const { browser, server, client } = world();
    server.notify("one");
    client.start();
    await browser.advance(1_000);
    server.trouble = { "/api/notifications": "busy" };
    server.retryAfter = "2";
    const read = client.mark({ id: "one" }, { read: true });
    await browser.settle();
    server.trouble = {};
    const unread = client.mark({ ids: ["one"] }, { read: false });
    await browser.advance(5_000);
    await Promise.all([read, unread]);
    const marks = server.requests.filter(({ method }) => method !== "GET").map(({ body }) => (body as { read: boolean }).read);
    expect(marks).toEqual([true, true, false]);
  });
});
