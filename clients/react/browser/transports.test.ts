/** Networks that let one way through and not another: the client finds what works, and loses nothing on the way. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { TransportName } from "../src/core/types";
import { type Fault, type Way } from "./support/proxy";
import { type Stage, type Tab, setStage } from "./support/stage";

/** The server beats each second, which the faster clock of a page takes for its heartbeat. Faster, and a slow machine opens nothing in time. */
const SPEED = 10;
const quickly = { speed: SPEED, components: false, client: { heartbeatMs: SPEED * 1_000, pollMs: 10_000 } };

let stage: Stage;
let users = 0;
beforeAll(async () => {
  stage = await setStage(["--heartbeat-seconds", "1"]);
});
afterAll(() => stage.close());
afterEach(() => {
  for (const way of Object.keys(stage.proxy.faults)) delete stage.proxy.faults[way as Way];
});

const by = (tab: Tab, way: TransportName): Promise<void> => tab.until(wanted => window.__belfry.shown.transport === wanted, way);

/** Publishes all the time until it is told to stop; answers what was published. */
function publishing(user: string): () => Promise<string[]> {
  const titles: string[] = [];
  let going = true;
  const job = (async () => {
    for (let index = 0; going; index += 1) {
      const title = `${user} ${index}`;
      await stage.server.publish({ type: "notification", userId: user, title });
      titles.push(title);
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  })();
  return async () => {
    going = false;
    await job;
    return titles;
  };
}

async function hasAllOnce(tab: Tab, titles: string[]): Promise<void> {
  await tab.untilShows(titles.at(-1) ?? "");
  expect([...(await tab.shown()).titles].sort()).toEqual([...titles].sort());
  const heard = (await tab.log()).flatMap(({ event }) => ("notification" in event ? [event.notification.title] : []));
  // What the list brought at first was not heard as an event.
  expect(new Set(heard).size).toBe(heard.length);
}

describe("the way by which news comes", () => {
  it("stream blocked: socket; that blocked too: polls; and back up again; nothing is lost meanwhile", async () => {
    const user = `walker${(users += 1)}`;
    const tab = await stage.tab(await stage.context(), user, quickly);
    await by(tab, "sse");
    const stop = publishing(user);
    stage.proxy.faults.sse = "hang";
    stage.proxy.cut("sse");
    await by(tab, "websocket");
    stage.proxy.faults.websocket = "hang";
    stage.proxy.cut("websocket");
    await by(tab, "polling");
    expect((await tab.shown()).status).toBe("polling");
    delete stage.proxy.faults.websocket;
    await by(tab, "websocket");
    delete stage.proxy.faults.sse;
    await by(tab, "sse");
    await hasAllOnce(tab, await stop());
    const told = (await tab.statuses()).map(({ status, transport }) => `${status} ${transport}`);
    const milestones = ["live sse", "live websocket", "polling polling", "live websocket", "live sse"];
    expect(milestones.reduce((at, wanted) => (at < 0 ? at : told.indexOf(wanted, at)), 0), told.join(", ")).toBeGreaterThanOrEqual(0);
    // Never two of them together.
    await expect.poll(() => stage.proxy.open("sse") + stage.proxy.open("websocket") + stage.proxy.open("polling")).toBe(1);
    await tab.close();
  }, 120_000);

  it.each<Fault>([404, 502, "buffer", "hang"])("a stream that answers %s from the start: by socket, and live", async fault => {
    stage.proxy.faults.sse = fault;
    const user = `early${(users += 1)}`;
    const tab = await stage.tab(await stage.context(), user, quickly);
    await by(tab, "websocket");
    await stage.server.publish({ type: "notification", userId: user, title: "by socket" });
    await tab.untilShows("by socket");
    expect((await tab.shown()).status).toBe("live");
    await tab.close();
  });

  it("case 13: with neither, by polls, also after many that brought nothing", async () => {
    Object.assign(stage.proxy.faults, { sse: 404, websocket: 403 });
    const user = `poller${(users += 1)}`;
    const tab = await stage.tab(await stage.context(), user, quickly);
    await by(tab, "polling");
    const empty = (): number => stage.proxy.seen.filter(one => one.way === "polling" && one.status === 204).length;
    await expect.poll(empty, { timeout: 20_000 }).toBeGreaterThan(2);
    await stage.server.publish({ type: "notification", userId: user, title: "by poll" });
    await tab.untilShows("by poll");
    await tab.close();
  });

  it("case 19: a line that falls silent is dead after three heartbeats, and news goes on from where it stood", async () => {
    const user = `silent${(users += 1)}`;
    const tab = await stage.tab(await stage.context(), user, { components: false, client: { transports: ["sse"], heartbeatMs: 1_000 } });
    await tab.untilLive();
    const silent = Date.now();
    stage.proxy.stall(true);
    await stage.server.publish({ type: "notification", userId: user, title: "into the silence" });
    await tab.until(() => window.__belfry.shown.status === "offline", null);
    const noticed = ((await tab.statuses()).at(-1)?.at ?? 0) - silent;
    console.info(`silent line: noticed after ${noticed} ms, with a heartbeat of 1,000 ms`);
    expect(noticed).toBeGreaterThan(1_900);
    expect(noticed).toBeLessThan(4_000);
    stage.proxy.stall(false);
    await hasAllOnce(tab, ["into the silence"]);
    await tab.untilLive();
    await tab.close();
  });

  it("case 21: an idle stream that beats stays as it is", async () => {
    const since = Date.now();
    const tab = await stage.tab(await stage.context(), `idle${(users += 1)}`, { components: false, client: { transports: ["sse"], heartbeatMs: 1_500 } });
    await tab.untilLive();
    // Longer than a silent one would have lasted.
    await new Promise(resolve => setTimeout(resolve, 6_000));
    expect(stage.proxy.count("sse", since)).toBe(1);
    expect((await tab.statuses()).map(({ status }) => status).filter(status => status !== "live")).toEqual(["offline"]);
    await tab.close();
  });

  it("a socket that is cut again and again: one at a time, and all news once", async () => {
    const user = `pinger${(users += 1)}`;
    const tab = await stage.tab(await stage.context(), user, { ...quickly, client: { ...quickly.client, transports: ["websocket"] } });
    await by(tab, "websocket");
    const stop = publishing(user);
    for (let turn = 0; turn < 5; turn += 1) {
      stage.proxy.cut("websocket");
      await tab.until(() => window.__belfry.shown.status !== "live", null);
      await by(tab, "websocket");
    }
    await hasAllOnce(tab, await stop());
    expect(stage.proxy.open("websocket")).toBe(1);
    await tab.close();
  });
});
