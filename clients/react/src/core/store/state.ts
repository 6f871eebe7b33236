/** What one tab knows. Changed in place by `reduce` and what it calls, by nobody else. */
import type { BelfryNotification, Task } from "../../contract";
import { bound } from "../bound";
import type { BelfryError, Counts, Filter, Op, Status, TransportName } from "../types";
import type { Place } from "./order";

/** Counts stop here; it then means "as many or more", so nothing can be subtracted from it. */
export const CAP = 1_000;
const TOMBSTONES_MAX = 10_000;
const FINISHED_MAX = 1_000;
const SEGMENTS_MAX = 2_000;

/** A notification as the server last told of it. */
export interface Held {
  doc: BelfryNotification;
  /** `expiresAt`, read once. */
  expires: number;
  /** The step that made it known. */
  born: number;
  /** The step that told of it last. A page tells nothing that the refill before it could not have told. */
  told: number;
  /** Whether news or a refill has told of it; else a page alone has, and news of it may still come. */
  heard: boolean;
}

/** A list as far as it was read. */
export interface ListState {
  filter: Filter;
  /** Its first page was read. */
  loaded: boolean;
  /** The oldest of its last page; older ones may have gaps between them. */
  end: Place | null;
  hasMore: boolean;
  next: string | null;
  busy: boolean;
  error: BelfryError | null;
}

/** A change of ours that the server's own news has not shown yet. */
export interface PendingOp {
  op: Op;
  /** The last step of the news that its tab had seen; what came later is not meant. `Infinity` until that step comes here too. */
  limit: number;
  /** When the server said yes. */
  done: number | null;
  /** Those of its ids that the news has not shown so yet; null where the target names no ids. */
  left: string[] | null;
  /** A watermark that answers it has come. */
  marked: boolean;
}

export interface State {
  v: 1;
  /** The latest moment that any action named, and the one that this action names. */
  now: number;
  at: number;
  cursor: string | null;
  /** Where the last refill was read: what was asked for before it says nothing of what came of it. */
  basis: string | null;
  basisStep: number;
  /** Counts what changed the base: groups and refills. */
  step: number;
  /** Every segment of a cursor that was taken, with its step: a group that brings no new one is a duplicate. */
  segments: Map<string, number>;
  byId: Map<string, Held>;
  /** All of them, newest first. */
  sorted: Held[];
  /** All of them, the next to expire last. */
  expiring: Held[];
  /** How many of them are unread. */
  unread: number;
  /** Ids that were deleted; they are never used again. */
  gone: Set<string>;
  read: Record<string, number>;
  deleted: Record<string, number>;
  lists: Map<string, ListState>;
  /** The server's, as of `step`; null while nothing was read. */
  counts: Counts | null;
  /** How many fewer the counts say than the news with them explains: as many of our pending changes may be in them already. */
  ahead: number;
  /** When the counts should be fetched anew, since what happened to them cannot be told from here. */
  doubtAt: number | null;
  /** When the server last told counts in any way, and whether they are of the very place where the news goes on. */
  countedAt: number;
  exact: boolean;
  /** When news of a channel came last, which has no counts. */
  channelAt: number;
  /** When something unread last expired; the server's clock may see that earlier or later. */
  expiredAt: number;
  tasks: Map<string, Task>;
  ops: PendingOp[];
  /** Changes that are settled, or ended before they were heard of: when the server said yes, or null where it said no. */
  finished: Map<string, number | null>;
  status: Status;
  transport: TransportName | null;
  error: BelfryError | null;
  /** Whether `error` is a refused change, which no list that is read again mends. */
  refused: boolean;
}

export function emptyState(now: number): State {
  return {
    v: 1,
    now,
    at: now,
    cursor: null,
    basis: null,
    basisStep: 0,
    step: 0,
    segments: new Map(),
    byId: new Map(),
    sorted: [],
    expiring: [],
    unread: 0,
    gone: new Set(),
    read: {},
    deleted: {},
    lists: new Map(),
    counts: null,
    ahead: 0,
    doubtAt: null,
    countedAt: -Infinity,
    exact: true,
    channelAt: -Infinity,
    expiredAt: -Infinity,
    tasks: new Map(),
    ops: [],
    finished: new Map(),
    status: "offline",
    transport: null,
    error: null,
    refused: false,
  };
}

export function bury(state: State, id: string): void {
  state.gone.add(id);
  bound(state.gone, TOMBSTONES_MAX);
}

export function finish(state: State, opId: string, done: number | null): void {
  state.finished.set(opId, done);
  bound(state.finished, FINISHED_MAX);
}

export function noteSegment(state: State, segment: string): void {
  state.segments.set(segment, state.step);
  bound(state.segments, SEGMENTS_MAX);
}
