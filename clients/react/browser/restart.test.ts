/** The server dies while jobs publish, and comes back: whoever listens, by whichever way, hears all of it once. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Published } from "./support/server";
import { type Stage, type Tab, setStage } from "./support/stage";
import type { TransportName } from "../src/core/types";

const EVENTS = 200;
/** The client's clock here. The server beats each second, which it takes for ten. */
const SPEED = 10;
const HEARTBEAT_MS = 10_000;
const DOWN_MS = 1_500;
const WAYS: TransportName[] = ["sse", "websocket", "polling"];

let stage: Stage;
let tabs: Record<TransportName, Tab>;

beforeAll(async () => {
  stage = await setStage(["--heartbeat-seconds", "1"]);
  const open = async (way: TransportName): Promise<Tab> =>
    stage.tab(await stage.context(), `by-${way}`, { speed: SPEED, components: false, client: { transports: [way], heartbeatMs: HEARTBEAT_MS, pollMs: 5_000 } });
  tabs = { sse: await open("sse"), websocket: await open("websocket"), polling: await open("polling") };
});
afterAll(() => stage.close());

describe("a server killed and restarted during 200 events", () => {
  let killed = 0;
  let back = 0;

  beforeAll(async () => {
    for (const way of WAYS) await tabs[way].until(wanted => window.__belfry.shown.transport === wanted && !window.__belfry.shown.isLoading, way);
    const events = Array.from({ length: EVENTS }, (_, index) => index);
    let stored = 0;
    const job = async (first: number): Promise<void> => {
      for (const index of events.filter(one => one % 4 === first)) {
        for (const event of published(index)) await stage.server.publishUntilStored(event);
        stored += 1;
      }
    };
    const jobs = Promise.all([0, 1, 2, 3].map(job));
    await vi.waitUntil(() => stored > EVENTS / 4, { interval: 5, timeout: 10_000 });
    killed = Date.now();
    await stage.server.kill();
    const left = EVENTS - stored;
    // The time for which it is gone is part of the input, not a wait for something.
    await new Promise(resolve => setTimeout(resolve, DOWN_MS));
    back = Date.now();
    await stage.server.restart();
    await jobs;
    expect(left).toBeGreaterThan(EVENTS / 4);
  });

  it.each(WAYS)("by %s: none is missing and none comes twice", async way => {
    const tab = tabs[way];
    const wanted = Array.from({ length: EVENTS }, (_, index) => titleOf(index)).sort();
    await tab.until(count => window.__belfry.shown.titles.length >= count, EVENTS);
    const shown = await tab.shown();
    expect([...shown.titles].sort()).toEqual(wanted);
    expect(new Set(shown.ids).size).toBe(EVENTS);
    expect(shown.unreadCount).toBe(EVENTS);
    const heard = (await tab.log()).flatMap(({ event, isNew }) => ("notification" in event ? [{ id: event.notification.id, isNew }] : []));
    expect(heard.map(({ id }) => id).sort()).toEqual([...shown.ids].sort());
    expect(heard.every(({ isNew }) => isNew)).toBe(true);
  });

  it.each(WAYS)("by %s: the status told the truth throughout", async way => {
    const tab = tabs[way];
    const up = way === "polling" ? "polling" : "live";
    await tab.until(wanted => window.__belfry.shown.status === wanted, up);
    const told = await tab.statuses();
    const before = told.filter(({ at }) => at < killed).at(-1);
    const during = told.filter(({ at }) => at >= killed && at < back);
    expect(before?.status).toBe(up);
    expect(during.map(({ status }) => status)).toEqual(["offline"]);
    // A line that breaks is seen at once; a poll sees it by its next turn.
    expect((during[0]?.at ?? Infinity) - killed).toBeLessThan(1_000);
    expect(told.filter(({ at }) => at >= back).every(({ status }) => status === up || status === "offline")).toBe(true);
  });
});

function titleOf(index: number): string {
  return `event ${String(index).padStart(3, "0")}`;
}

/** Half of them are for everyone at once, half for each by name. */
function published(index: number): (Published & { id: string })[] {
  const title = titleOf(index);
  if (index % 2 === 0) return [{ type: "broadcast", title, id: `b${index}` }];
  return WAYS.map(way => ({ type: "notification", title, userId: `by-${way}`, id: `n${index}` }));
}
