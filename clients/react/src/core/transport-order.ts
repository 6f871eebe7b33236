/**
 * Which transport to use. A transport that failed is barred for a while: softly when it merely did not work (again after half a
 * minute, doubling to ten), for an hour when it cannot. The best one that is not barred is used, so falling and climbing are one rule.
 */
import type { TransportName } from "./types";

export const FIRST_BAR_MS = 30_000;
export const LAST_BAR_MS = 600_000;
export const UNSUPPORTED_BAR_MS = 3_600_000;

export const DEFAULT_ORDER: readonly TransportName[] = ["sse", "websocket", "polling"];

export interface Bar {
  until: number;
  /** How long the next soft bar will be. */
  nextMs: number;
  /** It cannot; being tried again at the first sign of better weather does not help. */
  hard: boolean;
}
export type Bars = Readonly<Partial<Record<TransportName, Bar>>>;

/**
 * What the application chose, else what the server advertises, else all; each once. A tab that is `alone` with its line prefers a
 * socket: a browser opens six connections to a host at HTTP/1.1, so with a stream for each the seventh tab would stall.
 */
export function orderOf(chosen: readonly TransportName[] | undefined, advertised: readonly TransportName[] | null, alone = false): TransportName[] {
  const known = (names: readonly TransportName[]) => [...new Set(names)].filter((name) => DEFAULT_ORDER.includes(name));
  const found = known(chosen ?? advertised ?? DEFAULT_ORDER);
  const order = found.length > 0 ? found : [...DEFAULT_ORDER];
  const sockets = order.filter((name) => alone && !chosen && name === "websocket");
  return [...new Set([...sockets, ...order])];
}

/** The best that may be tried; the last of the order when all are barred, since something must be. */
export function pick(order: readonly TransportName[], bars: Bars, now: number): TransportName {
  const open = order.find((name) => (bars[name]?.until ?? 0) <= now);
  return open ?? order[order.length - 1] ?? "polling";
}

/** When a better one than `current` may be tried; never where none is better. */
export function climbAt(order: readonly TransportName[], bars: Bars, current: TransportName): number {
  const better = order.slice(0, Math.max(0, order.indexOf(current)));
  return Math.min(...better.map((name) => bars[name]?.until ?? 0));
}

/** `leastMs`: the server asked for that much. */
export function barred(bars: Bars, name: TransportName, hard: boolean, { now, random }: { now: number; random: number }, leastMs = 0): Bars {
  const ms = bars[name]?.nextMs ?? FIRST_BAR_MS;
  // Up to half more, so that what many do on a schedule drifts apart.
  const until = now + Math.max(leastMs, (hard ? UNSUPPORTED_BAR_MS : ms) * (1 + random / 2));
  return { ...bars, [name]: { until, nextMs: hard ? ms : Math.min(LAST_BAR_MS, ms * 2), hard } };
}

export function unbarred(bars: Bars, name: TransportName): Bars {
  const { [name]: _, ...others } = bars;
  return others;
}

/** Nothing works, so it was not the transports: only what cannot work stays barred. */
export function hardOnly(bars: Bars): Bars {
  return Object.fromEntries(Object.entries(bars).filter(([, bar]) => bar.hard));
}
