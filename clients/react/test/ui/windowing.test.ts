import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, newPart, offsetsOf, placesOf, rangeOf, rowAt, ROW_ESTIMATE_PX, sizedOf, survivor, topToShow } from "../../src/ui/windowing";

const laidOut = (ids: string[], heights: ReadonlyMap<string, number>) => offsetsOf(sizedOf(ids, heights));
const list = fc.array(fc.integer({ min: 20, max: 300 }), { minLength: 1, maxLength: 80 }).map((heights) => {
  const ids = heights.map((_, row) => `r${row}`);
  return { ids, heights, offsets: laidOut(ids, new Map(ids.map((id, row) => [id, heights[row] ?? 0]))) };
});

describe("windowing", () => {
  it("takes an estimate for what was not measured", () => {
    expect([...laidOut(["a", "b", "c"], new Map([["b", 100]]))]).toEqual([0, ROW_ESTIMATE_PX, ROW_ESTIMATE_PX + 100, 2 * ROW_ESTIMATE_PX + 100]);
    expect(rangeOf(laidOut([], new Map()), 0, 600, 4)).toEqual({ start: 0, end: 0 });
  });

  it("C53 holds every row of which a pixel is seen, and no more than the overscan beyond", () => {
    fc.assert(
      fc.property(list, fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 900 }), fc.integer({ min: 0, max: 5 }), ({ ids, offsets }, part, height, overscan) => {
        const top = part * at(offsets, ids.length);
        const { start, end } = rangeOf(offsets, top, height, overscan);
        const seen = ids.map((_, row) => row).filter((row) => at(offsets, row) < top + height && at(offsets, row + 1) > top);
        for (const row of seen) expect(row >= start && row < end).toBe(true);
        if (seen.length > 0) expect(end - start).toBeLessThanOrEqual(seen.length + 2 * overscan + 2);
      }),
    );
  });

  it("finds the row at a height", () => {
    fc.assert(
      fc.property(list, fc.double({ min: 0, max: 0.999, noNaN: true }), ({ ids, offsets }, part) => {
        const y = part * at(offsets, ids.length);
        const row = rowAt(offsets, y);
        expect(at(offsets, row) <= y && y < at(offsets, row + 1)).toBe(true);
      }),
    );
  });

  it("scrolls no further than a row needs to be seen", () => {
    const offsets = laidOut(["a", "b", "c", "d"], new Map());
    expect(topToShow(offsets, 1, 0, 400)).toBe(0);
    expect(topToShow(offsets, 3, 0, 200)).toBe(4 * ROW_ESTIMATE_PX - 200);
    expect(topToShow(offsets, 0, 100, 200)).toBe(0);
    expect(topToShow(offsets, 1, 0, 50)).toBe(ROW_ESTIMATE_PX);
  });

  it("lets the nearest behind take a place, then the nearest before", () => {
    const left = (...ids: string[]) => (id: string) => ids.includes(id);
    expect(survivor(["a", "b", "c", "d"], 1, left("a", "b", "d"))).toBe("b");
    expect(survivor(["a", "b", "c", "d"], 1, left("a", "d"))).toBe("d");
    expect(survivor(["a", "b", "c", "d"], 3, left("a", "b"))).toBe("b");
    expect(survivor(["a"], 0, left())).toBeNull();
  });

  /** Lists of which each is what became of the one before: some rows left, some came, some changed places. */
  const lists = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map(String), { maxLength: 60 }), { minLength: 1, maxLength: 8 });
  const known = new Map(Array.from({ length: 40 }, (_, id) => [String(id), 20 + id]));

  it("lays out what became of a list as if it were all new", () => {
    fc.assert(
      fc.property(lists, (lists) => {
        let sized = sizedOf([], known);
        for (const ids of lists) {
          sized = sizedOf(ids, known, sized);
          expect(sized).toEqual(sizedOf(ids, known));
          expect([...sized.heights]).toEqual(ids.map((id) => known.get(id) ?? ROW_ESTIMATE_PX));
          expect([...sizedOf(ids, new Map()).heights]).toEqual(ids.map(() => ROW_ESTIMATE_PX));
        }
      }),
    );
  });

  it("looks at what is new alone", () => {
    const ids = Array.from({ length: 10_000 }, (_, row) => `r${row}`);
    const before = sizedOf(ids, known);
    expect(newPart(ids, ["news", ...ids])).toEqual({ start: 0, end: 1 });
    expect(newPart(ids, ids.slice(1))).toEqual({ start: 0, end: 0 });
    expect(newPart(ids, [...ids, "older"])).toEqual({ start: 10_000, end: 10_001 });
    expect(sizedOf(ids, known, before)).toBe(before);
  });

  it("finds where a row stands, however wrong the guess", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 300 }).map(String), { maxLength: 200 }), fc.integer({ min: -5, max: 400 }), (ids, near) => {
        const places = placesOf(ids);
        for (let id = 0; id <= 300; id += 7) expect(places(String(id), near)).toBe(ids.indexOf(String(id)));
      }),
    );
  });
});
