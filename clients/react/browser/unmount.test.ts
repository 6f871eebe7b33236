/** What React does to effects: twice in StrictMode, and all of it undone in the end. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Held, countHeld } from "./support/held";
import { type Stage, type Tab, setStage } from "./support/stage";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const held = (tab: Tab): Promise<Held> => tab.page.evaluate(() => window.__held());

describe("a mounted provider", () => {
  it("C41 StrictMode mounts twice and connects once", async () => {
    const since = Date.now();
    const tab = await stage.tab(await stage.context(), "strict", { strict: true });
    await tab.untilLive();
    await stage.server.publish({ type: "notification", userId: "strict", title: "heard once" });
    await tab.untilShows("heard once");
    expect(stage.proxy.count("sse", since)).toBe(1);
    const lists = stage.proxy.seen.filter(one => one.at >= since && one.path.startsWith("/api/notifications"));
    expect(lists.map(one => one.path)).toHaveLength(1);
    const heard = (await tab.log()).filter(({ event }) => "notification" in event);
    expect(heard).toHaveLength(1);
    await tab.close();
  });

  it.each([{ strict: false }, { strict: true }, { transports: ["websocket"] as const }, { transports: ["polling"] as const }])(
    "case 15: unmounted leaves no timer, listener, lock or request: %j",
    async ({ strict, transports }) => {
      const tab = await stage.tab(await stage.context(countHeld), "leaving", { mount: false, strict, client: transports && { transports: [...transports] } });
      const before = await held(tab);
      await tab.page.evaluate(() => window.__belfry.mount());
      await tab.until(() => window.__belfry.shown.status === "live" || window.__belfry.shown.status === "polling", null);
      const during = await held(tab);
      expect(during.timers.length + during.listeners.length).toBeGreaterThan(before.timers.length + before.listeners.length);
      expect(during.locks.length).toBe(1);
      await tab.page.evaluate(() => window.__belfry.unmount());
      await expect.poll(() => held(tab)).toEqual(before);
      await expect.poll(() => ["sse", "websocket", "polling", "rest"].map(way => stage.proxy.open(way as "sse"))).toEqual([0, 0, 0, 0]);
      const since = Date.now();
      await stage.server.publish({ type: "notification", userId: "leaving", title: "too late" });
      await new Promise(resolve => setTimeout(resolve, 300));
      expect(stage.proxy.seen.filter(one => one.at > since)).toEqual([]);
      await tab.close();
    },
  );

  it("case 15: unmounted while its first requests are pending makes no further one", async () => {
    const tab = await stage.tab(await stage.context(countHeld), "leaving", { mount: false });
    const before = await held(tab);
    stage.proxy.faults.rest = "hang";
    await tab.page.evaluate(() => window.__belfry.mount());
    await expect.poll(() => stage.proxy.open("rest")).toBeGreaterThan(0);
    await tab.page.evaluate(() => window.__belfry.unmount());
    await expect.poll(() => stage.proxy.open("rest")).toBe(0);
    delete stage.proxy.faults.rest;
    await expect.poll(() => held(tab)).toEqual(before);
    await tab.close();
  });
});
