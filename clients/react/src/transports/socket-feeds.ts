/** Which push follows, which is known, and which tells of something missed: docs/contract.md, "Over WebSocket". */
import type { BelfryEvent } from "../contract";
import { HEAD, segmentsOf, tagOf } from "../core/cursor";

/** Where a feed stands: its last commit, and the segment that stands for it in the cursor. */
export interface Place {
  n: number;
  at: string;
}
export type Places = ReadonlyMap<string, Place>;

/** One commit of one feed; without `at` and `events` it was too large to be pushed. */
export interface Push {
  feed: string;
  n: number;
  at?: string;
  events?: BelfryEvent[];
}

/** What a client holds: its cursor, and the same by feed. */
export interface Holding {
  cursor: string;
  places: Places;
}

/** What to do with a push: nothing, ask what was missed, or apply it and hold this. */
export type Verdict = "known" | "missed" | Holding;

/** A feed that holds something and shows another life has begun anew; one that holds nothing takes the life that it is shown. */
const begunAnew = (held: Place, at: string) => held.n !== 0 && tagOf(at) !== tagOf(held.at);

/** The cursor with `at` in place of the segment `held`, wherever that stands; unchanged where it stands nowhere. */
function replaceSegment(cursor: string, held: string, at: string): string {
  const segments = segmentsOf(cursor);
  const index = segments.indexOf(held);
  return index < 0 ? cursor : HEAD + segments.map((segment, i) => (i === index ? at : segment)).join("~");
}

export function judge({ cursor, places }: Holding, { feed, n, at, events }: Push): Verdict {
  const held = places.get(feed);
  if (!held || (at !== undefined && begunAnew(held, at))) return "missed";
  if (n <= held.n) return "known";
  if (n !== held.n + 1 || at === undefined || !events) return "missed";
  const moved = replaceSegment(cursor, held.at, at);
  return moved === cursor ? "missed" : { cursor: moved, places: new Map(places).set(feed, { n, at }) };
}

/** Whether the store is ahead of what is held. */
export function isBehind(held: Places, store: Places): boolean {
  for (const [feed, { n, at }] of store) {
    const place = held.get(feed);
    if (!place || n > place.n || begunAnew(place, at)) return true;
  }
  return false;
}
