/** Forgets the oldest beyond a bound: maps and sets are in the order of insertion. */
export function bound(kept: Map<string, unknown> | Set<string>, max: number): void {
  for (const key of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(key);
  }
}
