/** The gallery in a browser: a fresh page for each test, which fails where that page complained of anything. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { serveGallery } from "../gallery/build";
import { launchBrowser } from "./chromium";

let browser: Browser;
let gallery: Awaited<ReturnType<typeof serveGallery>>;
/** Of the test that runs. */
export let page: Page;

/** Called once by a file of tests. */
export function useGallery(): void {
  const wrong: string[] = [];
  beforeAll(async () => {
    [gallery, browser] = await Promise.all([serveGallery(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await gallery?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 900, height: 800 }, reducedMotion: "reduce" });
    wrong.length = 0;
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  });
  afterEach(async () => {
    await page.close();
    expect(wrong).toEqual([]);
  });
}

/** Shows what this query asks for. */
export async function open(query: string): Promise<void> {
  await page.goto(`${gallery.url}?${query}`);
  await page.waitForSelector(".belfry", { state: "attached" });
}
