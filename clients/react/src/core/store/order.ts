/** The order of every list, as the server has it: newest first, by time and then by id; and arrays that are kept in an order. */
import type { BelfryNotification } from "../../contract";

/** Where a notification stands in a list. */
export type Place = Pick<BelfryNotification, "createdAt" | "id">;

/** Below 0 where `one` is before `other`, above it where it is behind. */
export function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

/** Ids are the text of bytes, so they are ordered by what their letters stand for: first A to Z and a to z, then digits, `-` and `_`. */
function bytesOf(id: string): string {
  return id.replace(/[^a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) + (letter > "-" && letter < "A" ? 100 : 200)));
}

/** Below 0 where `one` stands before `other`. Times are all of one width, so their texts compare as they do. */
export function newestFirst(one: Place, other: Place): number {
  return compare(other.createdAt, one.createdAt) || compare(bytesOf(other.id), bytesOf(one.id));
}

/** The first index whose item does not stand before the one looked for. */
function indexIn<T>(items: readonly T[], item: T, order: Order<T>): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(items[middle] as T, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Order<T> = (one: T, other: T) => number;

export function insertIn<T>(items: T[], item: T, order: Order<T>): void {
  items.splice(indexIn(items, item, order), 0, item);
}

export function removeFrom<T>(items: T[], item: T, order: Order<T>): void {
  const index = indexIn(items, item, order);
  if (items[index] === item) items.splice(index, 1);
}
