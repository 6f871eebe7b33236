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

export function offsetsOf(ids: readonly string[], heights: ReadonlyMap<string, number>): Offsets {
  const offsets = new Float64Array(ids.length + 1);
  let sum = 0;
  ids.forEach((id, index) => {
    offsets[index] = sum;
    sum += heights.get(id) ?? ROW_ESTIMATE_PX;
  });
  offsets[ids.length] = sum;
  return offsets;
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
