/** What ten thousand rows cost: from a click, or from the bytes of an arrival, to the screen. */
import { describe, expect, it } from "vitest";
import { open, page, useGallery } from "./support/gallery-page";

useGallery();

const FRAME_MS = 16.7;
/** What a slow machine under load may take; how much of a frame it is is printed. */
const LIMIT_MS = 50;
const TIMES = 50;
/** Each of these costs a frame some milliseconds, on any machine. */
const LAYOUTS_MOST = 3;

interface Took {
  /** Until the frame was handed over: script, style, layout and paint of it. */
  frame: number;
  /** Until its last title was on the screen; NaN where there was none to be seen. */
  screen: number;
  /** Rows in the document at the end of the frame. */
  rows: number;
}

/**
 * Does it so often, each time at the very beginning of a frame: so no waiting for the screen's next turn is in the figures, and what is
 * not done within a frame's time comes one later.
 */
function measure(what: "open" | "arrive", times: number): Promise<Took[]> {
  return page.evaluate(async ([what, times]) => {
    const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));
    const bell = document.querySelector<HTMLElement>(".belfry-bell");
    const rows = () => document.querySelectorAll(".belfry-row").length;
    const act = () => (what === "open" ? bell?.click() : window.gallery.arrive({ id: `${what} ${performance.now()}`, title: "It has just come", message: "And is measured." }));
    // The browser tells when a text that is named so is first on the screen.
    const shown: (PerformanceEntry & { presentationTime?: number; renderTime?: number })[] = [];
    const timing = new PerformanceObserver((list) => void shown.push(...list.getEntries()));
    timing.observe({ type: "element" });
    const naming = new MutationObserver(() => {
      for (const title of document.querySelectorAll(".belfry-row-title:not([elementtiming])")) title.setAttribute("elementtiming", "title");
    });
    naming.observe(document.body, { subtree: true, childList: true });
    const took: Took[] = [];
    for (let n = 0; n < times; n += 1) {
      await pause(80);
      shown.length = 0;
      const { began, frame, seen } = await new Promise<{ began: number; frame: number; seen: number }>((done) => {
        requestAnimationFrame(() => {
          const began = performance.now();
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => done({ began, frame: performance.now() - began, seen: rows() });
          act();
          // Heard once this frame is done.
          port2.postMessage(null);
        });
      });
      naming.takeRecords();
      await pause(100);
      // Those of the first frame; rows that nobody sees yet follow it.
      const first = shown.slice(0, seen).map((entry) => (entry.presentationTime ?? entry.renderTime ?? NaN) - began);
      took.push({ frame, screen: first.length > 0 ? Math.max(...first) : NaN, rows: seen });
      if (what === "open" && n < times - 1) bell?.click();
    }
    naming.disconnect();
    timing.disconnect();
    return took;
  }, [what, times] as const);
}

function told(values: number[]): string {
  const sorted = [...values].sort((one, other) => one - other);
  const of = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN).toFixed(1);
  return `${of(0.5)} ms (median; 95 %: ${of(0.95)}, worst: ${of(1)})`;
}
const frames = (took: Took[]) => took.map(({ frame }) => frame);
const screens = (took: Took[]) => took.map(({ screen }) => screen);
const median = (values: number[]) => [...values].sort((one, other) => one - other)[values.length >> 1] ?? NaN;

describe("10,000 rows", () => {
  it("C53 draws what is seen first, and what is around it in a later frame", async () => {
    await open("view=bell&state=many&measure&wired");
    const [opening] = await measure("open", 1);
    const seen = await page.evaluate(() => {
      const end = document.querySelector(".belfry-scroller")?.getBoundingClientRect().bottom ?? 0;
      return [...document.querySelectorAll(".belfry-row")].filter((row) => row.getBoundingClientRect().top < end).length;
    });
    expect(opening?.rows).toBe(seen);
    expect(opening?.screen, "the first frame shows them").toBeGreaterThan(0);
    expect(await page.locator(".belfry-row").count()).toBe(seen + 4);
  });

  it("are opened, and take an arrival, within a frame or near it", async () => {
    await open("view=bell&state=many&measure&wired");
    const [cold, ...openings] = await measure("open", TIMES + 1);
    console.log(`10,000 rows, the first opening of a page, whose code has not run yet: ${cold?.frame.toFixed(1)} ms, on the screen after ${cold?.screen.toFixed(1)} ms`);
    console.log(`10,000 rows, from a click on the bell to the end of the frame with its list: ${told(frames(openings))}; on the screen after ${told(screens(openings))}`);

    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    const layouts = async () => (await cdp.send("Performance.getMetrics")).metrics.find(({ name }) => name === "LayoutCount")?.value ?? NaN;
    const before = await layouts();
    const atTop = await measure("arrive", TIMES);
    const each = ((await layouts()) - before) / TIMES;
    console.log(`10,000 rows, from an arrival's bytes to the end of the frame with its row: ${told(frames(atTop))}; on the screen after ${told(screens(atTop))}; ${each} layouts`);
    await page.evaluate(() => document.querySelector(".belfry-scroller")?.scrollTo(0, 300_000));
    const above = await measure("arrive", TIMES);
    console.log(`10,000 rows, an arrival above what is being read: ${told(frames(above))}`);
    await open("view=bell&state=paged&measure&wired");
    const few = await measure("open", TIMES);
    console.log(`500 rows, from a click: ${told(frames(few))}; a frame is ${FRAME_MS} ms`);

    for (const took of [openings, atTop, above]) expect(median(frames(took))).toBeLessThan(LIMIT_MS);
    for (const took of [openings, atTop]) expect(median(screens(took))).toBeLessThan(LIMIT_MS + FRAME_MS);
    expect(each).toBeLessThanOrEqual(LAYOUTS_MOST);
    expect(await page.locator(".belfry-row").count()).toBeLessThan(40);
  });
});
