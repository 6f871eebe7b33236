/** The tab that holds the line goes away, freezes, or loses its network: another goes on, and nobody misses anything. */
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { freeze, show, thaw } from "./support/life";
import { type Stage, type Tab, setStage } from "./support/stage";

let stage: Stage;
let context: BrowserContext;
let tabs: Tab[];
let user = 0;
let count = 0;

beforeAll(async () => {
  stage = await setStage(["--heartbeat-seconds", "1"]);
});
afterAll(() => stage.close());
beforeEach(async () => {
  user += 1;
  context = await stage.context();
  tabs = [];
  for (let tab = 0; tab < 3; tab += 1) tabs.push(await stage.tab(context, `anna${user}`));
  await Promise.all(tabs.map(tab => tab.untilLive()));
});
afterEach(() => context.close());

const lines = (): number => stage.proxy.open("sse") + stage.proxy.open("websocket");

/** Publishes the next few; answers their titles. */
async function publish(many = 5): Promise<string[]> {
  const titles = Array.from({ length: many }, () => `event ${(count += 1)}`);
  for (const title of titles) await stage.server.publish({ type: "notification", userId: `anna${user}`, title });
  return titles;
}

async function leaderFirst(): Promise<[Tab, ...Tab[]]> {
  const [title = ""] = await publish(1);
  await Promise.all(tabs.map(tab => tab.untilShows(title)));
  const leads = await Promise.all(tabs.map(async tab => (await tab.log()).at(-1)?.leads === true));
  expect(leads.filter(Boolean)).toHaveLength(1);
  const leader = tabs[leads.indexOf(true)];
  if (leader === undefined) throw new Error("nobody leads");
  return [leader, ...tabs.filter(tab => tab !== leader)];
}

/** All of them, each once: in the list and among what was heard. */
async function hasAll(tab: Tab, titles: string[]): Promise<void> {
  await tab.until(wanted => wanted.every(title => window.__belfry.shown.titles.includes(title)), titles);
  const { titles: shown, ids } = await tab.shown();
  expect(new Set(ids).size).toBe(ids.length);
  expect(shown.filter(title => titles.includes(title)).sort()).toEqual([...titles].sort());
  const heard = (await tab.log()).flatMap(({ event, isNew }) => ("notification" in event && isNew ? [event.notification.title] : []));
  expect(heard.filter(title => titles.includes(title)).sort()).toEqual([...titles].sort());
}

describe("the tab that leads", () => {
  it("case 24: closed: another goes on within seconds, and nothing is lost", async () => {
    const [leader, ...others] = await leaderFirst();
    const closed = Date.now();
    await leader.close();
    const titles = await publish();
    for (const tab of others) await hasAll(tab, titles);
    const took = Date.now() - closed;
    console.info(`leader closed: the others had all of 5 events ${took} ms later`);
    expect(took).toBeLessThan(5_000);
    await expect.poll(lines).toBe(1);
  });

  it("case 24: frozen: replaced within seconds; thawed it steps down, and has missed nothing", async () => {
    const [leader, ...others] = await leaderFirst();
    await freeze(leader);
    const frozen = Date.now();
    // What comes to the frozen tab's own line is not read by anybody.
    const titles = await publish();
    for (const tab of others) await hasAll(tab, titles);
    const took = Date.now() - frozen;
    console.info(`leader frozen: the others had all of 5 events ${took} ms later`);
    expect(took).toBeLessThan(10_000);
    await thaw(leader);
    const after = await publish();
    for (const tab of [leader, ...others]) await hasAll(tab, [...titles, ...after]);
    await expect.poll(lines).toBe(1);
    const [title = ""] = await publish(1);
    await Promise.all(tabs.map(tab => tab.untilShows(title)));
    const leads = await Promise.all(tabs.map(async tab => (await tab.log()).at(-1)?.leads));
    expect(leads.filter(Boolean)).toHaveLength(1);
    expect(leads[tabs.indexOf(leader)]).toBe(false);
  });

  it("case 16: hidden and shown three times while events arrive: no double, no gap, one connection", async () => {
    const [leader, ...others] = await leaderFirst();
    const since = Date.now();
    const titles: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) {
      await show(leader, false);
      titles.push(...(await publish(2)));
      await show(leader, true);
      titles.push(...(await publish(2)));
    }
    for (const tab of [leader, ...others]) await hasAll(tab, titles);
    expect(lines()).toBe(1);
    expect(stage.proxy.count("sse", since)).toBe(0);
  });

  it("case 22: `online` and shown five times in a row: checked at once, by one connection at most", async () => {
    const [leader, ...others] = await leaderFirst();
    const since = Date.now();
    for (let turn = 0; turn < 5; turn += 1) {
      await leader.page.evaluate(() => void window.dispatchEvent(new Event("online")));
      await show(leader, true);
    }
    const titles = await publish();
    for (const tab of [leader, ...others]) await hasAll(tab, titles);
    expect(stage.proxy.count("sse", since)).toBeLessThanOrEqual(1);
    expect(lines()).toBe(1);
  });

  it("case 19: without a network it says so in every tab; with one again it goes on at once", async () => {
    const [leader, ...others] = await leaderFirst();
    await context.setOffline(true);
    for (const tab of tabs) await tab.until(() => window.__belfry.shown.status === "offline", null);
    const titles = await publish();
    const back = Date.now();
    await context.setOffline(false);
    for (const tab of [leader, ...others]) await hasAll(tab, titles);
    await Promise.all(tabs.map(tab => tab.untilLive()));
    console.info(`online again: all there and live ${Date.now() - back} ms later`);
    expect(Date.now() - back).toBeLessThan(5_000);
    await expect.poll(lines).toBe(1);
  });
});
