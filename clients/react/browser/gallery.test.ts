/** Each component in a real browser, without a server: what axe, a keyboard, ten thousand rows and a thousand openings say of it. */
import { describe, expect, it } from "vitest";
import { violations } from "./support/axe";
import { open, page, useGallery } from "./support/gallery-page";

useGallery();

const focus = () => page.evaluate(() => document.activeElement?.getAttribute("data-id") ?? document.activeElement?.textContent ?? "");

/** A view with what must be done to see all of it. */
const VIEWS: [query: string, prepare?: () => Promise<unknown>][] = [
  ["view=inbox"],
  ["view=inbox&state=empty"],
  ["view=inbox&state=loading"],
  ["view=inbox&state=error"],
  ["view=inbox&state=capped", () => page.hover(".belfry-row >> nth=1")],
  ["view=tasks"],
  ["view=tasks&state=empty"],
  ["view=preferences", () => page.waitForSelector(".belfry-switch")],
  ["view=bell", () => page.click(".belfry-bell")],
  ["view=toasts", () => page.evaluate(() => ["a", "b", "c", "d", "e"].forEach((id) => window.gallery.arrive({ id, type: "error", actions: [{ label: "Open", url: "/x" }] })))],
  [
    "view=inbox&refused",
    async () => {
      await page.evaluate(() => (window.gallery.client.refusal = { type: "urn:belfry:problem:busy", title: "The server is busy" }));
      await page.focus(".belfry-row");
      await page.keyboard.press("Delete");
      await page.waitForSelector(".belfry-notice");
    },
  ],
  [
    "view=inbox&offline",
    async () => {
      await page.evaluate(() => window.gallery.client.show({ status: "unauthorized", transport: null }));
      await page.waitForSelector(".belfry-banner");
    },
  ],
];

describe.each(["theme=light", "theme=dark", "theme=light&locale=ar"])("axe finds nothing with %s", (look) => {
  it.each(VIEWS)("in %s", async (query, prepare) => {
    await open(`${query}&${look}`);
    await prepare?.();
    expect(await violations(page)).toEqual([]);
  });
});

describe("small windows", () => {
  it.each(VIEWS)("%s fits into 320 px", async (query, prepare) => {
    await page.setViewportSize({ width: 320, height: 640 });
    await open(query);
    await prepare?.();
    const wide = await page.evaluate(() => [
      document.documentElement.scrollWidth,
      ...[...document.querySelectorAll(".belfry, .belfry-popover, .belfry-row, .belfry-toast")].flatMap((box) => {
        const { left, right } = box.getBoundingClientRect();
        return [right, 320 - left];
      }),
    ]);
    expect(Math.max(...wide)).toBeLessThanOrEqual(320);
  });
});

describe("the page's own font", () => {
  it("is taken, and not its size or weight", async () => {
    await open("view=inbox");
    await page.addStyleTag({ content: ":root { --belfry-font: inherit; } body { font: bold 30px monospace; }" });
    const look = await page.evaluate(() => {
      const { fontFamily, fontSize, fontWeight } = getComputedStyle(document.querySelector(".belfry") ?? document.body);
      return [fontFamily, fontSize, fontWeight];
    });
    expect(look).toEqual(["monospace", "14px", "400"]);
  });
});

describe("by keyboard alone", () => {
  it("opens the bell, walks tabs, filter, rows and their buttons, and comes back", async () => {
    await open("view=bell");
    const { keyboard } = page;
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.waitForSelector("[role=dialog]");
    for (const name of ["Mark all read", "", "All"]) {
      await keyboard.press("Tab");
      expect(await focus()).toBe(name);
    }
    await keyboard.press("ArrowRight");
    expect(await focus()).toMatch(/^Unread/);
    expect(await page.locator("[role=article], article").count()).toBe(3);
    await keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("SELECT");
    await keyboard.press("Tab");
    expect(await focus()).toBe("deploy");
    await keyboard.press("u");
    expect(await focus()).toBe("build");
    await keyboard.press("Tab");
    expect(await focus()).toBe("View log");
    for (let stop = 0; stop < 2; stop += 1) await keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toMatch(/^Archive/);
    await keyboard.press("Enter");
    expect(await focus()).toBe("quota");
    await keyboard.press("Delete");
    expect(await page.textContent(".belfry-state-title")).toBe("Nothing unread");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("role"))).toBe("tabpanel");
    await keyboard.press("Tab");
    expect(await focus(), "Tab goes round").toBe("Mark all read");
    await keyboard.press("Escape");
    expect(await page.locator("[role=dialog]").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("belfry-bell");
  });

  it("marks all as read and closes the bell by Escape, the focus in it until then", async () => {
    await open("view=bell");
    const { keyboard } = page;
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await page.waitForSelector("[role=dialog]");
    await keyboard.press("Tab");
    expect(await focus()).toBe("Mark all read");
    await keyboard.press("Enter");
    await page.waitForSelector(".belfry-inbox-head [aria-disabled=true]");
    expect(await focus()).toBe("Mark all read");
    await keyboard.press("Escape");
    expect(await page.locator("[role=dialog]").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("belfry-bell");
  });

  it("shows where the focus is on every stop", async () => {
    await open("view=bell");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("[role=dialog]");
    for (let stop = 0; stop < 12; stop += 1) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => getComputedStyle(document.activeElement ?? document.body).outlineStyle);
      expect([stop, outline]).not.toEqual([stop, "none"]);
    }
  });

  it("keeps a row in sight while keys go far", async () => {
    await open("view=inbox&state=many");
    await page.focus(".belfry-row");
    for (const key of ["End", "ArrowUp", "PageUp", "Home", "PageDown", "PageDown", "ArrowDown"]) {
      await page.keyboard.press(key);
      const inSight = await page.evaluate(async () => {
        await new Promise(requestAnimationFrame);
        const row = document.activeElement?.getBoundingClientRect();
        const list = document.querySelector(".belfry-scroller")?.getBoundingClientRect();
        return row && list ? row.top >= list.top - 2 && row.bottom <= list.bottom + 2 && row.height > 20 : false;
      });
      expect([key, inSight]).toEqual([key, true]);
    }
  });
});

describe("10,000 rows", () => {
  it("C53 leaves no gap while it is scrolled", async () => {
    await open("view=inbox&state=many");
    const gaps = await page.evaluate(async () => {
      const list = document.querySelector(".belfry-scroller");
      if (!list) return ["no list"];
      const gaps: string[] = [];
      for (const top of [500, 2000, 2300, 60_000, 400_000, 399_000, 1e9, 0, 100_000]) {
        list.scrollTop = top;
        await new Promise(requestAnimationFrame);
        await new Promise(requestAnimationFrame);
        const box = list.getBoundingClientRect();
        const rows = [...list.querySelectorAll(".belfry-row")].map((row) => row.getBoundingClientRect()).sort((a, b) => a.top - b.top);
        let covered = box.top;
        for (const row of rows) if (row.top <= covered + 1 && row.bottom > covered) covered = row.bottom;
        if (covered < box.bottom - 1) gaps.push(`${top}: ${covered} of ${box.bottom}`);
      }
      return gaps;
    });
    expect(gaps).toEqual([]);
  });

  it("C57 keeps still what is read while others arrive above", async () => {
    await open("view=inbox&state=many");
    await page.evaluate(async () => {
      document.querySelector(".belfry-scroller")?.scrollTo(0, 100_000);
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    });
    const moved = await page.evaluate(async () => {
      const frame = () => new Promise(requestAnimationFrame);
      const list = document.querySelector(".belfry-scroller");
      const top = list?.getBoundingClientRect().top ?? 0;
      const seen = [...document.querySelectorAll<HTMLElement>(".belfry-row")].find((row) => row.getBoundingClientRect().bottom > top + 1);
      const id = seen?.dataset.id ?? "";
      const place = () => document.querySelector(`.belfry-row[data-id="${id}"]`)?.getBoundingClientRect().top ?? NaN;
      const before = place();
      const places: number[] = [];
      for (let n = 0; n < 5; n += 1) {
        window.gallery.arrive({ id: `above${n}`, message: "of some height. ".repeat(n * 5) });
        await frame();
        places.push(place() - before);
      }
      return places;
    });
    expect(moved.map(Math.round)).toEqual([0, 0, 0, 0, 0]);
  });

  it("shows what arrives at once where the reader is at the top", async () => {
    await open("view=inbox&state=many");
    await page.evaluate(() => window.gallery.arrive({ id: "news" }));
    const box = await page.locator('.belfry-row[data-id="news"]').boundingBox();
    const list = await page.locator(".belfry-scroller").boundingBox();
    expect(Math.round((box?.y ?? 0) - (list?.y ?? 1))).toBe(0);
  });
});

describe("a thousand openings of the bell", () => {
  it("leave no memory, element or listener behind", async () => {
    await open("view=bell&state=many&measure");
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    const cycles = (count: number) =>
      page.evaluate(async (times) => {
        const bell = document.querySelector<HTMLElement>(".belfry-bell");
        const turn = () => new Promise((next) => setTimeout(next, 0));
        for (let n = 0; n < times; n += 1) {
          bell?.click();
          await turn();
          if (!document.querySelector(".belfry-row")) throw new Error("the popover did not open");
          bell?.click();
          await turn();
          if (document.querySelector(".belfry-row")) throw new Error("the popover did not close");
        }
        await new Promise(requestAnimationFrame);
      }, count);
    const usage = async () => {
      for (let n = 0; n < 3; n += 1) await cdp.send("HeapProfiler.collectGarbage");
      const { metrics } = await cdp.send("Performance.getMetrics");
      const of = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? NaN;
      return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
    };
    await cycles(50);
    const before = await usage();
    await cycles(1000);
    const after = await usage();
    const grown = (after.heap - before.heap) / 1024 / 1024;
    console.log(`1,000 openings: heap ${grown >= 0 ? "+" : ""}${grown.toFixed(2)} MB, nodes ${after.nodes - before.nodes}, listeners ${after.listeners - before.listeners}`);
    expect(grown).toBeLessThan(2);
    expect(after.nodes - before.nodes).toBeLessThan(200);
    expect(after.listeners - before.listeners).toBeLessThan(20);
  }, 180_000);
});
