/** How long to wait before trying again: full jitter over a window that doubles, so that many clients never come back together. */

export const BASE_MS = 1_000;
export const CAP_MS = 60_000;
/** No retry comes sooner, so that even the luckiest draws make no hot loop. */
export const FLOOR_MS = 100;

/** The window after `failures` earlier failures in a row. */
export function windowMs(failures: number, baseMs = BASE_MS): number {
  return Math.min(CAP_MS, baseMs * 2 ** Math.min(failures, 16));
}

/** Evenly drawn from the whole window, above the floor. `chance` is from 0 up to, but never, 1. */
export function backoffMs(failures: number, chance: number, baseMs?: number): number {
  return FLOOR_MS + chance * Math.max(0, windowMs(failures, baseMs) - FLOOR_MS);
}
