/** Which rows of a long list are on screen. Pure: heights come in, positions go out, in CSS pixels. */

/** What a row is taken for until it was measured. */
export const ROW_ESTIMATE_PX = 76;

/** Where each row begins; one entry more than there are rows, the last being the height of them all. */
export type Offsets = Float64Array;

/** Rows on screen: from `start` up to, but without, `end`. */
export interface Range {
  start: number;
  end: number;
}

/** Rows in their order, each with its height as far as it was measured. */
export interface Sized {
  ids: readonly string[];
  heights: Float64Array;
}

export const NO_ROWS: Sized = { ids: [], heights: new Float64Array(0) };

/** What is new in a list: before `start`, and from `end` on, it is as it was at its beginning and at its end. */
export function newPart<T>(before: readonly T[], now: readonly T[]): Range {
  const least = Math.min(before.length, now.length);
  let start = 0;
  while (start < least && before[start] === now[start]) start += 1;
  let same = 0;
  while (same < least - start && before[before.length - 1 - same] === now[now.length - 1 - same]) same += 1;
  return { start, end: now.length - same };
}

/** Asks for the heights of what is new alone: of ten thousand rows one arrives at a time. */
export function sizedOf(ids: readonly string[], known: ReadonlyMap<string, number>, before: Sized = NO_ROWS): Sized {
  if (before.ids === ids) return before;
  const heights = new Float64Array(ids.length);
  const { start, end } = newPart(before.ids, ids);
  heights.set(before.heights.subarray(0, start));
  heights.set(before.heights.subarray(before.ids.length - (ids.length - end)), end);
  if (known.size === 0) heights.fill(ROW_ESTIMATE_PX, start, end);
  else for (let row = start; row < end; row += 1) heights[row] = known.get(ids[row] ?? "") ?? ROW_ESTIMATE_PX;
  return { ids, heights };
}

export function offsetsOf({ heights }: Sized): Offsets {
  const offsets = new Float64Array(heights.length + 1);
  let sum = 0;
  for (let row = 0; row < heights.length; row += 1) offsets[row + 1] = sum += heights[row] ?? 0;
  return offsets;
}

/** Where an id stands, below 0 where nowhere. */
export type Places = (id: string, near: number) => number;

/** Rows shift by a few at a time, so most stand near where they stood. */
const NEAR_ROWS = 32;

/** Looks around `near` at first. A table of all of them is made when that was in vain. */
export function placesOf(ids: readonly string[]): Places {
  let table: Map<string, number> | undefined;
  return (id, near) => {
    for (let off = 0; !table && off < NEAR_ROWS; off += 1) {
      if (ids[near + off] === id) return near + off;
      if (ids[near - off] === id) return near - off;
    }
    table ??= new Map(ids.map((one, place) => [one, place]));
    return table.get(id) ?? -1;
  };
}

/** The row that covers `y`, within the list. */
export function rowAt(offsets: Offsets, y: number): number {
  let low = 0;
  let high = Math.max(0, offsets.length - 2);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (at(offsets, middle) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** What is seen at `top`, and `overscan` rows more on either side so that a flick shows no gap. */
export function rangeOf(offsets: Offsets, top: number, height: number, overscan: number): Range {
  const count = offsets.length - 1;
  if (count === 0) return { start: 0, end: 0 };
  return {
    start: Math.max(0, rowAt(offsets, top) - overscan),
    end: Math.min(count, rowAt(offsets, top + height) + 1 + overscan),
  };
}

/** Where to scroll so that a row is seen whole, moving as little as can be. */
export function topToShow(offsets: Offsets, index: number, top: number, height: number): number {
  const begin = at(offsets, index);
  const end = at(offsets, index + 1);
  if (begin < top || end - begin > height) return begin;
  return end > top + height ? end - height : top;
}

/**
 * Who takes the place of the row at `index` of an earlier list: itself if it is still there, else the nearest behind it that is,
 * else the nearest before it.
 */
export function survivor(before: readonly string[], index: number, has: (id: string) => boolean): string | null {
  for (let behind = index; behind < before.length; behind += 1) {
    const id = before[behind];
    if (id !== undefined && has(id)) return id;
  }
  for (let ahead = Math.min(index, before.length) - 1; ahead >= 0; ahead -= 1) {
    const id = before[ahead];
    if (id !== undefined && has(id)) return id;
  }
  return null;
}

export function at(offsets: Offsets, index: number): number {
  return offsets[index] ?? 0;
}
