/** The part that holds the line is loaded apart: what a page shows and does until then, and when it does not come. */
import { expect, it, vi } from "vitest";
import { createClient } from "../../src/core/client";
import type { LineParts } from "../../src/core/load-line";
import { fakeBrowser, NOTHING } from "../support/platform";
import { Server } from "./server";

let load: () => Promise<LineParts>;
vi.mock("../../src/core/load-line", () => ({ loadLine: () => load() }));
const line = () => import("../../src/core/line");

function world() {
  const browser = fakeBrowser({ seed: 1 });
  const server = new Server(browser.now);
  const tab = server.serve(browser.tab());
  const client = createClient({ pageSize: 2 }, tab);
  const asked: number[] = [];
  let arrive = () => {};
  load = async () => {
    asked.push(browser.now());
    await new Promise<void>((come) => (arrive = come));
    return line();
  };
  /** It comes, and is taken up. */
  const arrived = async () => {
    arrive();
    await line();
    await browser.advance(100);
  };
  return { browser, server, tab, client, asked, arrived };
}

it("is what the package is cut at: the line itself comes by its own import", async () => {
  const { loadLine } = await vi.importActual<typeof import("../../src/core/load-line")>("../../src/core/load-line");
  expect(Object.keys(await loadLine()).sort()).toEqual(["connect"]);
});

it("shows the first lists before, takes marks and reads on; then goes on from there", async () => {
  const { browser, server, client, asked, arrived } = world();
  for (const id of ["a", "b", "c"]) server.notify(id);
  client.start();
  await browser.advance(1_000);
  expect(client.snapshot()).toMatchObject({ isLoading: false, unreadCount: 3, status: "offline", transport: null, error: null });
  expect([asked.length, server.tries.length]).toEqual([1, 0]);
  await client.mark({ id: "a" }, { read: true });
  await client.loadMore();
  expect(client.snapshot().notifications.find(({ id }) => id === "a")?.read).toBe(true);

  const lists = server.count("/api/notifications");
  await arrived();
  expect(client.snapshot()).toMatchObject({ status: "live", transport: "sse", unreadCount: 2 });
  expect([server.count("/api/notifications"), server.tries.length]).toEqual([lists, 1]);
  server.notify("d");
  await browser.settle();
  expect(client.snapshot().unreadCount).toBe(3);
});

it("C13 asks for it again ever more rarely, says why it is offline, and takes that back", async () => {
  const { browser, server, client, asked } = world();
  load = () => {
    asked.push(browser.now());
    return Promise.reject(new Error("the chunk is gone"));
  };
  client.start();
  await browser.advance(1_000);
  expect(client.snapshot()).toMatchObject({ isLoading: false, status: "offline", error: { type: "network", detail: "the chunk is gone" } });
  await browser.advance(600_000);
  const waits = asked.slice(1).map((at, index) => at - (asked[index] ?? 0));
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.length).toBeLessThan(60);
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(100);
  expect(Math.max(...waits)).toBeGreaterThan(20_000);
  expect(server.tries).toEqual([]);

  load = line;
  await line();
  await browser.advance(60_000);
  expect(client.snapshot()).toMatchObject({ status: "live", error: null });
});

it("asks for it at once when the network is back", async () => {
  const { browser, tab, client } = world();
  load = () => Promise.reject(new Error("no network"));
  client.start();
  await browser.advance(600_000);
  load = line;
  await line();
  tab.say("offline");
  await browser.advance(10);
  expect(client.snapshot().status).toBe("offline");
  tab.say("online");
  await browser.advance(10);
  expect(client.snapshot()).toMatchObject({ status: "live", error: null });
});

it("C14 a client that is stopped while it loads leaves nothing, and opens nothing when it comes", async () => {
  const { browser, server, tab, client, arrived } = world();
  client.start();
  await browser.advance(1_000);
  client.stop();
  expect(tab.leaks()).toEqual(NOTHING);
  await arrived();
  await browser.advance(60_000);
  expect([server.tries.length, client.snapshot().status]).toEqual([0, "offline"]);
  expect(tab.leaks()).toEqual(NOTHING);
});

it("C14 a client that is stopped while it waits for another try leaves nothing, and can begin again", async () => {
  const { browser, server, tab, client, asked } = world();
  load = () => Promise.reject(new Error("gone"));
  client.start();
  await browser.advance(50);
  client.stop();
  expect(tab.leaks()).toEqual(NOTHING);
  load = line;
  await browser.advance(120_000);
  expect(asked).toEqual([]);
  client.start();
  await line();
  await browser.advance(1_000);
  expect([server.tries.length, client.snapshot().status]).toEqual([1, "live"]);
});

it("C14 one that is stopped and started while it loads connects once", async () => {
  const { browser, server, client, arrived } = world();
  client.start();
  await browser.advance(1_000);
  client.stop();
  client.start();
  await browser.advance(1_000);
  await arrived();
  expect([server.tries.length, server.open.length, client.snapshot().status]).toEqual([1, 1, "live"]);
});

it("C13 does not read lists that could not be read again as soon as it comes", async () => {
  const { browser, server, client, arrived } = world();
  server.trouble = { "/api/notifications": "busy" };
  server.retryAfter = "30";
  client.start();
  await browser.advance(1_000);
  await arrived();
  await browser.advance(20_000);
  expect(server.count("/api/notifications")).toBe(1);
  expect(client.snapshot()).toMatchObject({ isLoading: true, status: "offline", error: { status: 503 } });
  server.trouble = {};
  await browser.advance(60_000);
  expect(client.snapshot()).toMatchObject({ isLoading: false, status: "live", error: null });
});
