/**
 * What any tab may tell: its own changes and the lists it read. Each is numbered by its sender, and a saved replica comes with the
 * numbers that it holds. So each is applied exactly once, also when it crosses with a replica that is loaded.
 */
import { bound } from "../core/bound";
import type { Action } from "../core/types";

export interface Share {
  from: string;
  seq: number;
  action: Action;
}

/** How long a message may be under way to a leader that has just saved. */
const RECENT_MS = 10_000;
const RECENT_COUNT = 64;
/** Of senders whose numbers are kept: far more than tabs of one user that are open together. */
const SENDERS = 100;

export interface Shares {
  /** Numbers one of ours. */
  give(action: Action, at: number): Share;
  /** False when it was taken before. */
  take(share: Share, at: number): boolean;
  /** The last number of each sender. */
  heard(): Record<string, number>;
  /** Takes over what a loaded replica holds; answers what it does not hold and must be applied to it again. */
  merge(theirs: Record<string, number>, at: number): Action[];
}

export function createShares(me: string): Shares {
  const numbers = new Map<string, number>();
  let recent: (Share & { at: number })[] = [];
  const last = (from: string): number => numbers.get(from) ?? 0;

  function note(from: string, seq: number): void {
    // Anew at the end, so that the one that was silent longest goes first.
    numbers.delete(from);
    numbers.set(from, seq);
    bound(numbers, SENDERS);
  }

  function remember(share: Share, at: number): void {
    note(share.from, share.seq);
    // Nothing of what was known before may come back.
    if (share.action.type === "clear") recent = [];
    forget(at);
    recent.push({ ...share, at });
  }

  function forget(at: number): void {
    recent = recent.filter(old => old.at > at - RECENT_MS).slice(1 - RECENT_COUNT);
  }

  return {
    give(action, at) {
      const share = { from: me, seq: last(me) + 1, action };
      remember(share, at);
      return share;
    },
    take(share, at) {
      if (share.seq <= last(share.from)) return false;
      remember(share, at);
      return true;
    },
    heard: () => Object.fromEntries(numbers),
    merge(theirs, at) {
      forget(at);
      for (const [from, seq] of Object.entries(theirs)) if (seq > last(from)) note(from, seq);
      return recent.filter(({ from, seq }) => seq > (theirs[from] ?? 0)).map(({ action }) => action);
    },
  };
}
