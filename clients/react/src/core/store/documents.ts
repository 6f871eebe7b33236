/**
 * The base: notifications as the server told of them. What is gone never comes back, and what a watermark covers is read or gone,
 * whatever is said of it later.
 */
import type { BelfryNotification } from "../../contract";
import { equal } from "../json";
import { noteExpiry } from "./doubt";
import { insertIn, newestFirst, removeFrom } from "./order";
import { bury, type Held, type State } from "./state";

export const byPlace = (one: Held, other: Held): number => newestFirst(one.doc, other.doc);
export const byExpiry = (one: Held, other: Held): number => other.expires - one.expires || byPlace(one, other);

export function isUnread(doc: BelfryNotification): boolean {
  return !doc.read && !doc.archived;
}

const variants = new WeakMap<BelfryNotification, Record<string, BelfryNotification>>();

/** It as it is when it is read and archived or not: for the same one always the same object, so that rows need not render again. */
export function variant(doc: BelfryNotification, read: boolean, archived: boolean): BelfryNotification {
  if (doc.read === read && doc.archived === archived) return doc;
  const known = variants.get(doc) ?? {};
  variants.set(doc, known);
  const { unreadSince, ...rest } = doc;
  return (known[`${read} ${archived}`] ??= { ...rest, ...(!read && unreadSince && { unreadSince }), read, archived });
}

/** It as it is once read. */
export function asRead(doc: BelfryNotification): BelfryNotification {
  return variant(doc, true, doc.archived);
}

export function isGone(state: State, doc: BelfryNotification): boolean {
  return state.gone.has(doc.id) || doc.born <= (state.deleted[doc.audience] ?? 0);
}

export function covered(state: State, doc: BelfryNotification): boolean {
  const since = doc.unreadSince;
  return since !== undefined && since.n <= (state.read[since.feed] ?? 0);
}

/**
 * Puts a notification in, or in place of the one with its id. The answer is what is held now: null where it is gone already. What is
 * equal keeps its identity.
 */
export function put(state: State, told: BelfryNotification, step: number, heard = true): Held | null {
  const doc = covered(state, told) ? asRead(told) : told;
  const held = state.byId.get(doc.id);
  const expires = Date.parse(doc.expiresAt);
  const expired = expires <= state.now;
  if (expired && isUnread(doc)) noteExpiry(state, expires);
  if (expired || isGone(state, doc)) {
    if (held) drop(state, held);
    return null;
  }
  if (!held) {
    const fresh: Held = { doc, expires, born: step, told: step, heard };
    state.byId.set(doc.id, fresh);
    insertIn(state.sorted, fresh, byPlace);
    insertIn(state.expiring, fresh, byExpiry);
    if (isUnread(doc)) state.unread += 1;
    return fresh;
  }
  held.told = step;
  held.heard ||= heard;
  if (held.expires !== expires) {
    removeFrom(state.expiring, held, byExpiry);
    held.expires = expires;
    insertIn(state.expiring, held, byExpiry);
  }
  rewrite(state, held, equal(held.doc, doc) ? held.doc : doc);
  return held;
}

/** Changes what is held; id, time and expiry stay. */
export function rewrite(state: State, held: Held, doc: BelfryNotification): void {
  state.unread += Number(isUnread(doc)) - Number(isUnread(held.doc));
  held.doc = doc;
}

export function drop(state: State, held: Held): void {
  state.byId.delete(held.doc.id);
  removeFrom(state.sorted, held, byPlace);
  removeFrom(state.expiring, held, byExpiry);
  if (isUnread(held.doc)) state.unread -= 1;
}

/** Deletes for good, also what is not known yet. */
export function remove(state: State, id: string): void {
  const held = state.byId.get(id);
  if (held) drop(state, held);
  bury(state, id);
}

/**
 * Takes everything out, and puts these in. Those that news had told of keep their identity, and the step that told of them where they are
 * as they were; of others no news will come any more, so they count as told of now.
 */
export function replaceAll(state: State, docs: BelfryNotification[], step: number): void {
  const before = state.byId;
  Object.assign(state, { byId: new Map(), sorted: [], expiring: [], unread: 0 });
  for (const doc of docs) {
    const old = before.get(doc.id);
    const held = put(state, doc, step);
    if (!old || !held) continue;
    const same = equal(old.doc, held.doc);
    if (same) held.doc = old.doc;
    if (old.heard) held.born = old.born;
    if (old.heard && same) held.told = old.told;
  }
}
