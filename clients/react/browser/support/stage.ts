/** All that a test stands on: a server, a proxy before it, a browser, and tabs that show the test page. */
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { inject } from "vitest";
import { launchBrowser } from "./chromium";
import type { PageOptions, Shown, Testing } from "./page/options";
import { type Proxy, startProxy } from "./proxy";
import { type Server, startServer } from "./server";

/** Far longer than anything here takes; only what hangs reaches it. */
export const PATIENCE_MS = 30_000;

export interface Tab {
  readonly page: Page;
  readonly cdp: CDPSession;
  shown(): Promise<Shown>;
  log(): Promise<Testing["log"]>;
  statuses(): Promise<Testing["statuses"]>;
  /** Waits until the page's state is such. The test runs in the page: it knows its argument alone. */
  until<A>(test: (arg: A) => boolean, arg: A): Promise<void>;
  untilLive(): Promise<void>;
  untilShows(title: string): Promise<void>;
  close(): Promise<void>;
}

export interface Stage {
  readonly server: Server;
  readonly proxy: Proxy;
  readonly browser: Browser;
  /** Another browser, as far as pages can tell. `init` runs in each page before anything else. */
  context(init?: () => void): Promise<BrowserContext>;
  /** A tab with the test page, by default as this user, with a token. */
  tab(context: BrowserContext, user: string, options?: PageOptions): Promise<Tab>;
  close(): Promise<void>;
}

export async function setStage(serverOptions: string[] = []): Promise<Stage> {
  const server = await startServer(serverOptions);
  const proxy = await startProxy(server.url, inject("pageDir"));
  const browser = await launchBrowser();
  return {
    server,
    proxy,
    browser,
    async context(init) {
      const context = await browser.newContext();
      if (init !== undefined) await context.addInitScript(init);
      return context;
    },
    tab: (context, user, options = {}) => openTab(context, proxy.url, { tokens: [server.token(user)], ...options }),
    async close() {
      await browser.close();
      await proxy.close();
      await server.stop();
    },
  };
}

async function openTab(context: BrowserContext, url: string, options: PageOptions): Promise<Tab> {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const cdp = await context.newCDPSession(page);
  await page.goto(`${url}/__page/#${encodeURIComponent(JSON.stringify(options))}`);
  const tab: Tab = {
    page,
    cdp,
    shown: () => page.evaluate(() => window.__belfry.shown),
    log: () => page.evaluate(() => window.__belfry.log),
    statuses: () => page.evaluate(() => window.__belfry.statuses),
    async until(test, arg) {
      // A hidden page has no frames, so it is asked by time.
      const waiting = page.waitForFunction(test as (arg: unknown) => boolean, arg, { polling: 20, timeout: PATIENCE_MS });
      await waiting.catch(async (error: unknown) => {
        throw new Error(`${String(error)}; the page shows ${JSON.stringify(await described(page))}`, { cause: error });
      });
    },
    untilLive: () => tab.until(() => window.__belfry.shown.status === "live" && !window.__belfry.shown.isLoading, null),
    untilShows: title => tab.until(wanted => window.__belfry.shown.titles.includes(wanted), title),
    close: () => page.close(),
  };
  await page.waitForFunction(() => "__belfry" in window, null, { polling: 20 });
  return tab;
}

/** What a failed test wants to know of a page. */
async function described(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const { shown, statuses, asked, log } = window.__belfry;
    return { ...shown, ids: shown.ids.length, unreadIds: shown.unreadIds.length, titles: shown.titles.slice(0, 5), statuses: statuses.slice(-8), asked, heard: log.length };
  });
}
