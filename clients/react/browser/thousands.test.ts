/** An inbox of thousands, through the whole of it: server, list, hooks and components. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, setStage } from "./support/stage";

const MANY = 3_000;
/** Marked first, and left out of the endless list's walk: what is beyond is the components' own test. */
const WALKED = 500;

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  const events = Array.from({ length: MANY }, (_, index) => ({ type: "notification", userId: "anna", title: `number ${index}`, message: "One of very many.", id: `n${index}` }));
  await stage.server.publishMany(events);
});
afterAll(() => stage.close());

describe("thousands of notifications", () => {
  it("case 29: shows them at once, says 1,000+, takes a new one, and reads on to the end of the walk", async () => {
    const context = await stage.context();
    const began = Date.now();
    const tab = await stage.tab(context, "anna");
    await tab.until(() => document.querySelectorAll(".belfry-row").length > 0, null);
    console.info(`${MANY} stored: first rows ${Date.now() - began} ms after the tab was opened`);
    await tab.untilLive();
    const shown = await tab.shown();
    expect(shown).toMatchObject({ unreadCount: 1_000, hasMore: true });
    expect(shown.titles[0]).toBe(`number ${MANY - 1}`);

    for (let known = shown.ids.length; known < WALKED; known += 50) {
      await tab.page.evaluate(() => window.__belfry.act?.loadMore());
      await tab.until(least => window.__belfry.shown.ids.length >= least, known + 50);
    }
    const walked = await tab.shown();
    expect(new Set(walked.ids).size).toBe(walked.ids.length);
    expect(walked.titles).toEqual(Array.from({ length: walked.titles.length }, (_, index) => `number ${MANY - 1 - index}`));

    await stage.server.publish({ type: "notification", userId: "anna", title: "the newest" });
    const answered = Date.now();
    await tab.until(() => [...document.querySelectorAll(".belfry-row")].some(row => row.textContent?.includes("the newest")), null);
    console.info(`one more among ${walked.ids.length} shown: its row ${Date.now() - answered} ms after the publisher's answer`);
    // Marking at the cap subtracts nothing of its own: the server is asked.
    await tab.page.evaluate(() => window.__belfry.act?.markAsRead(window.__belfry.shown.ids[0] ?? ""));
    await tab.until(() => window.__belfry.shown.unreadCount === 1_000 && !window.__belfry.shown.unreadIds.includes(window.__belfry.shown.ids[0] ?? ""), null);
    await tab.page.evaluate(() => window.__belfry.act?.markAllAsRead());
    await tab.until(() => window.__belfry.shown.unreadCount === 0 && window.__belfry.shown.unreadIds.length === 0, null);
  });
});
