/** Cookies at home, tokens from another origin: who speaks, and where the server stands. */
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "./support/server";
import { type Stage, type Tab, setStage } from "./support/stage";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

/** As an application's sign-in does: the cookie is the browser's, no script reads it. */
async function signIn(context: BrowserContext, user: string): Promise<void> {
  const page = await context.newPage();
  await page.goto(`${stage.proxy.url}/__page/#${encodeURIComponent(JSON.stringify({ mount: false }))}`);
  const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user }) };
  expect(await page.evaluate(async init => (await fetch("/dev/signin", init)).status, json)).toBe(204);
  await page.close();
}

async function works(tab: Tab, user: string): Promise<void> {
  const title = `for ${user} at ${Date.now()}`;
  await stage.server.publish({ type: "notification", userId: user, title });
  await tab.untilShows(title);
  const id = await tab.page.evaluate(wanted => window.__belfry.shown.ids[window.__belfry.shown.titles.indexOf(wanted)] ?? "", title);
  await tab.page.evaluate(wanted => window.__belfry.act?.markAsRead(wanted), id);
  await tab.until(wanted => !window.__belfry.shown.unreadIds.includes(wanted), id);
}

describe("with a cookie", () => {
  it.each([{}, { eventSource: true }, { transports: ["websocket" as const] }, { transports: ["polling" as const], pollMs: 300 }])("news comes and marks are taken, by %j", async client => {
    const context = await stage.context();
    await signIn(context, "anna");
    const tab = await stage.tab(context, "anna", { tokens: undefined, client });
    await tab.until(() => window.__belfry.shown.transport !== null && !window.__belfry.shown.isLoading, null);
    await works(tab, "anna");
    await context.close();
  });

  it("a browser's own EventSource goes on after a cut, with all that came meanwhile once", async () => {
    const context = await stage.context();
    await signIn(context, "ben");
    const tab = await stage.tab(context, "ben", { tokens: undefined, client: { eventSource: true, transports: ["sse"] } });
    await tab.untilLive();
    for (let index = 0; index < 10; index += 1) {
      await stage.server.publish({ type: "notification", userId: "ben", title: `ben ${index}` });
      if (index === 4) stage.proxy.cut("sse");
    }
    await tab.untilShows("ben 9");
    const { titles } = await tab.shown();
    expect(titles.filter(title => title.startsWith("ben "))).toHaveLength(10);
    await context.close();
  });

  it("case 7: when somebody else signs in, nothing of the former user stays in any tab", async () => {
    const context = await stage.context();
    await stage.server.publish({ type: "notification", userId: "admin", title: "for admin's eyes" });
    await signIn(context, "admin");
    const tabs = [await stage.tab(context, "", { tokens: undefined }), await stage.tab(context, "", { tokens: undefined })];
    for (const tab of tabs) await tab.untilShows("for admin's eyes");
    await signIn(context, "carl");
    await stage.server.publish({ type: "notification", userId: "carl", title: "carl's own" });
    stage.proxy.cut("sse");
    for (const tab of tabs) {
      await tab.untilShows("carl's own");
      expect((await tab.shown()).titles).not.toContain("for admin's eyes");
    }
    await context.close();
  });
});

describe("from another origin", () => {
  let elsewhere: Server;
  beforeAll(async () => {
    elsewhere = await startServer(["--allowed-origin", stage.proxy.url]);
  });
  afterAll(() => elsewhere.stop());

  it.each(["sse", "websocket", "polling"] as const)("case 41: news comes by %s, and a refusal is read as what it is", async way => {
    const client = { baseUrl: elsewhere.url, transports: [way], pollMs: 300 };
    const tab = await stage.tab(await stage.context(), "", { tokens: [elsewhere.token("anna", { livesS: -3_600 }), elsewhere.token("anna")], client });
    await tab.until(wanted => window.__belfry.shown.transport === wanted, way);
    await elsewhere.publish({ type: "notification", userId: "anna", title: `by ${way}` });
    await tab.untilShows(`by ${way}`);
    expect(await tab.page.evaluate(() => window.__belfry.asked.refresh)).toBe(1);
    await tab.close();
  });
});
