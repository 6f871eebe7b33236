import { describe, expect, it } from "vitest";
import { NOTHING } from "../support/platform";
import { shown, world } from "./world";

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
