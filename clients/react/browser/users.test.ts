/** Two users in one browser: neither hears of the other, and who signs out leaves nothing in any tab. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, type Tab, setStage } from "./support/stage";

let stage: Stage;
let annas: [Tab, Tab];
let bens: [Tab, Tab];

beforeAll(async () => {
  stage = await setStage();
  await stage.server.publish({ type: "notification", userId: "anna", title: "anna's own" });
  await stage.server.publish({ type: "notification", userId: "ben", title: "ben's own" });
  const context = await stage.context();
  annas = [await stage.tab(context, "anna"), await stage.tab(context, "anna")];
  bens = [await stage.tab(context, "ben"), await stage.tab(context, "ben")];
  await Promise.all([...annas, ...bens].map(tab => tab.untilLive()));
});
afterAll(() => stage.close());

describe("two users in one browser", () => {
  it("have a connection each", () => {
    expect(stage.proxy.open("sse") + stage.proxy.open("websocket")).toBe(2);
  });

  it("never mix", async () => {
    await stage.server.publish({ type: "notification", userId: "anna", title: "for anna" });
    await stage.server.publish({ type: "notification", userId: "ben", title: "for ben" });
    await stage.server.publish({ type: "broadcast", title: "for both" });
    for (const tab of [...annas, ...bens]) await tab.untilShows("for both");
    for (const tab of annas) await tab.untilShows("for anna");
    for (const tab of bens) await tab.untilShows("for ben");
    const id = await annas[0].page.evaluate(() => window.__belfry.shown.ids[window.__belfry.shown.titles.indexOf("for both")] ?? "");
    await annas[0].page.evaluate(wanted => window.__belfry.act?.markAsRead(wanted), id);
    await annas[1].until(wanted => !window.__belfry.shown.unreadIds.includes(wanted), id);
    for (const tab of annas) expect([...(await tab.shown()).titles].sort()).toEqual(["anna's own", "for anna", "for both"]);
    for (const tab of bens) {
      const shown = await tab.shown();
      expect([...shown.titles].sort()).toEqual(["ben's own", "for ben", "for both"]);
      expect(shown.unreadCount).toBe(3);
    }
  });

  it("case 7: signing out clears every tab of that user, and no other", async () => {
    await annas[0].page.evaluate(() => window.__belfry.act?.signOut());
    for (const tab of annas) await tab.until(() => window.__belfry.shown.ids.length === 0 && window.__belfry.shown.unreadCount === 0, null);
    await expect.poll(() => stage.proxy.open("sse") + stage.proxy.open("websocket")).toBe(1);
    await stage.server.publish({ type: "broadcast", title: "after the sign-out" });
    for (const tab of bens) await tab.untilShows("after the sign-out");
    for (const tab of annas) expect((await tab.shown()).ids).toEqual([]);
    for (const tab of bens) expect((await tab.shown()).ids).toHaveLength(4);
  });
});
