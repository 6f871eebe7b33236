/** The tabs alone, with a real browser's locks, channels and freezing; no server, no replica. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, CDPSession, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { launchBrowser } from "./support/chromium";
import type {} from "./support/tabs-page";

let browser: Browser;
let server: Server;
let context: BrowserContext;
let address: string;

beforeAll(async () => {
  const script = await bundled(fileURLToPath(new URL("support/tabs-page.ts", import.meta.url)));
  server = createServer((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>tabs</title><script type="module">${script}</script>`);
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser.close();
  server.close();
});
beforeEach(async () => {
  context = await browser.newContext();
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?start=${Date.now()}`;
});
afterEach(() => context.close());

it("C30 the leading page closes: another leads at once, and nothing is lost", async () => {
  const [first, second, third] = await openThree();
  expect(await Promise.all([first, second, third].map(leads))).toEqual([true, false, false]);
  const begun = Date.now();
  await first.close();
  await until(second, () => window.__tabs.seen.leads);
  const took = Date.now() - begun;
  console.log(`closed leader replaced after ${took} ms`);
  expect(took).toBeLessThan(2_000);
  await sameStream([second, third]);
});

it("C30 case 24: a leader whose main thread is busy is replaced within seconds, and steps down afterwards", async () => {
  const [first, second, third] = await openThree();
  const begun = Date.now();
  const busy = first.evaluate(() => window.__tabs.block(9_000));
  await Promise.any([second, third].map(page => until(page, () => window.__tabs.seen.leads)));
  const took = Date.now() - begun;
  console.log(`busy leader replaced after ${took} ms`);
  expect(took).toBeLessThan(7_000);
  await busy;
  await until(first, () => !window.__tabs.seen.leads);
  await sameStream([first, second, third]);
  expect((await Promise.all([first, second, third].map(leads))).filter(Boolean)).toHaveLength(1);
  expect((await seen(first)).followings).toBe(1);
});

it("case 24: a frozen leader gives up at once, and follows when it is thawed", async () => {
  const [first, second, third] = await openThree();
  const cdp = await context.newCDPSession(first);
  const begun = Date.now();
  await freeze(first, cdp);
  await Promise.any([second, third].map(page => until(page, () => window.__tabs.seen.leads)));
  console.log(`frozen leader replaced after ${Date.now() - begun} ms`);
  expect(Date.now() - begun).toBeLessThan(2_000);
  await cdp.send("Debugger.resume");
  await first.evaluate(() => document.dispatchEvent(new Event("resume")));
  expect(await leads(first)).toBe(false);
  await sameStream([first, second, third]);
});

it("a leading page that is left for another is replaced, and has everything when the reader comes back", async () => {
  const [first, second, third] = await openThree();
  await first.goto("about:blank");
  await until(second, () => window.__tabs.seen.leads);
  await first.goBack();
  await first.waitForFunction(() => "__tabs" in window);
  await sameStream([first, second, third]);
});

it("C33 case 26: a change in one tab is seen in the others, once", async () => {
  const pages = await openThree();
  await pages[0].evaluate(() => window.__tabs.change("a"));
  await pages[2].evaluate(() => window.__tabs.change("b"));
  for (const page of pages) await until(page, () => window.__tabs.seen.changes.length === 2);
  for (const page of pages) expect((await seen(page)).faults).toEqual([]);
});

it("C36 closed tabs hold no lock and wait for none", async () => {
  const pages = await openThree();
  for (const page of pages) await page.evaluate(() => window.__tabs.close());
  const locks = await pages[0].evaluate(async () => navigator.locks.query());
  expect(locks).toEqual({ held: [], pending: [] });
});

async function openThree(): Promise<[Page, Page, Page]> {
  const open = async (): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(address);
    await until(page, () => window.__tabs.seen.stream.length > 0);
    return page;
  };
  return [await open(), await open(), await open()];
}

/** A browser without windows freezes no page, so the page is told as by one that does, and stops at the next line that it runs. */
async function freeze(page: Page, cdp: CDPSession): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event("freeze")));
  await cdp.send("Debugger.enable");
  const paused = new Promise(resolve => cdp.once("Debugger.paused", resolve));
  await cdp.send("Debugger.pause");
  page.evaluate(() => window.__tabs.seen.leads).catch(() => undefined);
  await paused;
}

async function until(page: Page, test: () => boolean): Promise<void> {
  await page.waitForFunction(test, null, { polling: 20, timeout: 20_000 });
}
const seen = (page: Page) => page.evaluate(() => window.__tabs.seen);
const leads = async (page: Page): Promise<boolean> => (await seen(page)).leads;

/** All go on from now, and nobody has missed or repeated anything. */
async function sameStream(pages: Page[]): Promise<void> {
  const length = Math.max(...(await Promise.all(pages.map(seen))).map(({ stream }) => stream.length));
  for (const page of pages) {
    await page.waitForFunction(least => window.__tabs.seen.stream.length > least, length, { polling: 20, timeout: 20_000 });
    const { stream, faults } = await seen(page);
    expect(stream).toEqual(stream.map((_, index) => index + 1));
    expect(faults).toEqual([]);
  }
}

async function bundled(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, target: "es2022", lib: { entry, formats: ["es"] } },
  });
  const [output] = Array.isArray(built) ? built : [built];
  const chunk = output && "output" in output ? output.output[0] : null;
  if (!chunk) throw new Error("nothing was built");
  return chunk.code;
}
