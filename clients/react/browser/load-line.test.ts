/** The part that holds the line does not come: a page shows its lists all the same, says that it is offline, and tries again. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, setStage } from "./support/stage";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

describe("a chunk that does not load", () => {
  it("leaves the lists readable and is asked for again, until it comes", async () => {
    await stage.server.publish({ type: "notification", userId: "anna", title: "told before" });
    const context = await stage.context();
    const asked: number[] = [];
    let gone = true;
    await context.route(/\/line-[^/]*\.js$/, (route) => {
      asked.push(Date.now());
      return gone ? route.abort() : route.continue();
    });
    const tab = await stage.tab(context, "anna");
    await tab.until(() => window.__belfry.shown.error === "network" && window.__belfry.shown.titles.includes("told before"), null);
    expect(await tab.shown()).toMatchObject({ status: "offline", transport: null, isLoading: false });
    await expect.poll(() => asked.length, { timeout: 20_000 }).toBeGreaterThan(2);

    gone = false;
    await tab.untilLive();
    expect((await tab.shown()).error).toBeNull();
    await stage.server.publish({ type: "notification", userId: "anna", title: "told after" });
    await tab.untilShows("told after");
    await tab.close();
  });
});
