/** Tokens that run out: renewed once, or the end is told and nobody is bothered any more. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, setStage } from "./support/stage";

const EXPIRED = { livesS: -3_600 };

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const asked = { first: 0, refresh: 0 };

describe("tokens", () => {
  it("one that has expired is refreshed once", async () => {
    const tab = await stage.tab(await stage.context(), "", { tokens: [stage.server.token("anna", EXPIRED), stage.server.token("anna")] });
    await tab.untilLive();
    await stage.server.publish({ type: "notification", userId: "anna", title: "after the refresh" });
    await tab.untilShows("after the refresh");
    Object.assign(asked, await tab.page.evaluate(() => window.__belfry.asked));
    expect(asked.refresh).toBe(1);
    expect((await tab.shown()).error).toBeNull();
    await tab.close();
  });

  it("case 18: one that runs out beneath a stream is refreshed once, and nothing is missed", async () => {
    // REST takes it for a minute longer, a stream not for a second: so the refusal comes by the stream alone.
    const since = Date.now();
    const tab = await stage.tab(await stage.context(), "", { tokens: [stage.server.token("ben", { livesS: 3 }), stage.server.token("ben")] });
    await tab.untilLive();
    const refused = (): boolean => stage.proxy.seen.some(one => one.way === "sse" && one.at >= since && one.status === 401);
    const titles: string[] = [];
    for (let after = 0; after < 5; after += refused() ? 1 : 0) {
      const title = `ben ${titles.length}`;
      await stage.server.publish({ type: "notification", userId: "ben", title });
      titles.push(title);
      await new Promise(resolve => setTimeout(resolve, 75));
    }
    await tab.untilShows(titles.at(-1) ?? "");
    await tab.untilLive();
    expect(await tab.page.evaluate(() => window.__belfry.asked.refresh)).toBe(1);
    expect([...(await tab.shown()).titles].sort()).toEqual([...titles].sort());
    expect((await tab.statuses()).every(({ status }) => status !== "unauthorized")).toBe(true);
    await tab.close();
  });

  it("case 17: one that is refused for good stops with `unauthorized`, and no loop", async () => {
    const tab = await stage.tab(await stage.context(), "", { tokens: [stage.server.token("anna", EXPIRED)], speed: 20 });
    await tab.until(() => window.__belfry.shown.status === "unauthorized", null);
    const since = Date.now();
    // Twenty seconds of the client's clock.
    await new Promise(resolve => setTimeout(resolve, 1_000));
    expect(stage.proxy.seen.filter(one => one.at > since && one.way !== "page")).toEqual([]);
    expect(await tab.page.evaluate(() => window.__belfry.asked.refresh)).toBe(1);
    await tab.close();
  });

  it("case 17: a new token is taken by `refresh`", async () => {
    const bad = stage.server.token("anna", EXPIRED);
    const tab = await stage.tab(await stage.context(), "", { tokens: [bad, bad, stage.server.token("anna")] });
    await tab.until(() => window.__belfry.shown.status === "unauthorized", null);
    await tab.page.evaluate(() => window.__belfry.act?.refresh());
    await tab.untilLive();
    await tab.close();
  });
});
