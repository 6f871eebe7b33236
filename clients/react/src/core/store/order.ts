/** The order of every list, as the server has it: newest first, by time and then by id; and arrays that are kept in an order. */
import type { BelfryNotification } from "../../contract";

/** Where a notification stands in a list. */
export type Place = Pick<BelfryNotification, "createdAt" | "id">;

/** Ids are the text of bytes, so they are ordered by what their letters stand for, which ASCII orders otherwise. */
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function compareIds(one: string, other: string): number {
  for (let i = 0; i < one.length && i < other.length; i += 1) {
    const difference = LETTERS.indexOf(one.charAt(i)) - LETTERS.indexOf(other.charAt(i));
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Below 0 where `one` stands before `other`. Times are all of one width, so their texts compare as they do. */
export function newestFirst(one: Place, other: Place): number {
  if (one.createdAt !== other.createdAt) return one.createdAt < other.createdAt ? 1 : -1;
  return compareIds(other.id, one.id);
}

/** The first index whose item does not stand before the one looked for. */
export function indexIn<T>(items: readonly T[], before: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (before(items[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function insertIn<T>(items: T[], item: T, compare: (one: T, other: T) => number): void {
  items.splice(indexIn(items, (held) => compare(held, item) < 0), 0, item);
}

export function removeFrom<T>(items: T[], item: T, compare: (one: T, other: T) => number): void {
  const index = indexIn(items, (held) => compare(held, item) < 0);
  if (items[index] === item) items.splice(index, 1);
}
