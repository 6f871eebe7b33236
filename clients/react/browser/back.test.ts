/** A page that is left and kept for the back button: it lets go of everything, and is live again by itself when its reader comes back. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, it } from "vitest";
import { launchBrowser } from "./support/chromium";
import { type Proxy, startProxy } from "./support/proxy";
import { type Server, startServer } from "./support/server";
import type { PageOptions } from "./support/page/options";

let server: Server;
let proxy: Proxy;
let browser: Browser;
let context: BrowserContext;

beforeAll(async () => {
  server = await startServer(["--heartbeat-seconds", "1"]);
  proxy = await startProxy(server.url, inject("pageDir"));
  browser = await launchBrowser({ keepsPages: true });
});
afterAll(async () => {
  await browser?.close();
  await proxy?.close();
  await server?.stop();
});

afterEach(() => context.close());

const lines = (): number => proxy.open("sse") + proxy.open("websocket");
const publish = (userId: string, title: string): Promise<void> => server.publish({ type: "notification", userId, title });
const shows = (page: Page, title: string) => page.waitForFunction(wanted => window.__belfry?.shown.titles.includes(wanted), title, { polling: 20 });
const isLive = (page: Page) => page.waitForFunction(() => window.__belfry?.shown.status === "live" && !window.__belfry.shown.isLoading, null, { polling: 20 });

async function open(page: Page, way: "sse" | "websocket"): Promise<void> {
  const options: PageOptions = { tokens: [server.token(way)], client: { transports: [way] } };
  await page.goto(`${proxy.url}/__page/#${encodeURIComponent(JSON.stringify(options))}`);
  await isLive(page);
  await page.evaluate(() => {
    document.documentElement.dataset.persisted = "";
    addEventListener("pageshow", ({ persisted }) => (document.documentElement.dataset.persisted = String(persisted)));
  });
}
/** Playwright waits for a page to load that only comes back, so the page itself goes. */
async function goBack(page: Page): Promise<void> {
  const back = page.waitForEvent("framenavigated");
  await page.evaluate(() => void setTimeout(() => history.back()));
  await back;
}
/** `true`, or why the browser did not keep it. */
function kept(page: Page): Promise<string> {
  return page.evaluate(() => {
    const [how] = performance.getEntriesByType("navigation") as unknown as [{ notRestoredReasons?: { reasons: { reason: string }[] } }];
    return document.documentElement.dataset.persisted ?? how.notRestoredReasons?.reasons.map(({ reason }) => reason).join() ?? "unknown";
  });
}

it.each(["sse", "websocket"] as const)("alone, by %s: the page was kept, holds no line meanwhile, and has what it missed, once", async way => {
  context = await browser.newContext();
  const page = await context.newPage();
  await open(page, way);
  await page.goto("about:blank");
  await expect.poll(lines).toBe(0);
  await publish(way, "while it was away");
  await goBack(page);
  expect(await kept(page), "pageshow.persisted").toBe("true");
  await shows(page, "while it was away");
  await isLive(page);
  await publish(way, "after it came back");
  await shows(page, "after it came back");
  const { titles, ids } = await page.evaluate(() => window.__belfry.shown);
  expect(titles).toEqual(["after it came back", "while it was away"]);
  expect(new Set(ids).size).toBe(2);
  expect(lines()).toBe(1);
});

it("with another tab: that one leads meanwhile and goes on doing so, over one connection", async () => {
  context = await browser.newContext();
  const [page, other] = [await context.newPage(), await context.newPage()];
  await open(page, "sse");
  await open(other, "sse");
  await page.goto("about:blank");
  const left = Date.now();
  await publish("sse", "to the other");
  await shows(other, "to the other");
  console.info(`a leading page was left: the other had the next event ${Date.now() - left} ms later`);
  await goBack(page);
  // Browsers let go of a kept page that a message was for; then it comes back as a new one.
  expect(["true", "broadcastchannel-message"]).toContain(await kept(page));
  await shows(page, "to the other");
  await isLive(page);
  await publish("sse", "to both");
  for (const tab of [page, other]) await shows(tab, "to both");
  for (const tab of [page, other]) {
    const { ids } = await tab.evaluate(() => window.__belfry.shown);
    expect(new Set(ids).size).toBe(ids.length);
  }
  await expect.poll(lines).toBe(1);
});
