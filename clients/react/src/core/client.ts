/**
 * The client of one tab: replica, tabs, session and REST put together.
 *
 * It begins by reading the lists; their cursor tells whose tab this is, and with that which other tabs belong to it. Only then one
 * of them opens a line. The same happens when somebody else's cursor comes, with everything cleared before. What holds the line is
 * loaded once the lists are there, or could not be read: trying that again is its business.
 */
import { backoffMs, CAP_MS } from "./backoff";
import { browserPlatform } from "./browser-platform";
import { createChanges } from "./changes";
import { sameUser, scopeOf } from "./identity";
import { insist, sleep, STOPPED } from "./insist";
import { createLists } from "./lists";
import type { Connection } from "./line";
import { loadLine } from "./load-line";
import { networkFailure, problemOf } from "./problem";
import { createReplica } from "./replica";
import { createRest } from "./rest";
import type { Action, BelfryError, Client, ClientOptions, FirstLists, Mark, Platform, Target } from "./types";
import { createUpkeep } from "./upkeep";

const TASKS = 100;

/** A client that does nothing before `start`. */
export function createClient(options: ClientOptions, platform: Platform = browserPlatform()): Client {
  const rest = createRest(options, platform);
  const tabId = Math.floor(platform.random() * 2 ** 52).toString(36);
  const pageSize = options.pageSize ?? 50;
  const replica = createReplica({ now: () => platform.now(), leads: () => line?.leads ?? false, later: () => line });

  let wanted = false;
  /** Until then another user is one too many. */
  let calmAt = 0;
  /** From a start to its stop, and for one user. */
  let life: AbortController | null = null;
  /** Whose tab this is; null until a list has told. */
  let scope: string | null = null;
  /** The first read of a life, until the session takes it over. */
  let first: Promise<FirstLists> | null = null;
  let line: Connection | null = null;

  const known = () => (scope === null ? null : (life?.signal ?? null));

  function dispatch(action: Action): void {
    replica.dispatch(action);
    upkeep.look();
  }
  function share(action: Action): void {
    dispatch(action);
    line?.tell(action);
  }

  const upkeep = createUpkeep({ platform, rest, replica, dispatch, share, signal: known });
  const lists = createLists({
    platform,
    rest,
    replica,
    pageSize,
    dispatch,
    share,
    signal: known,
    foreign({ streamCursor }) {
      const cursor = replica.cursor();
      const foreign = cursor !== null && !sameUser(cursor, streamCursor);
      if (foreign) otherUser();
      return foreign;
    },
  });
  const changes = createChanges({
    platform,
    rest,
    replica,
    tabId,
    share,
    // Where news is only fetched now and then, ours is fetched now.
    acknowledged: () => {
      if (replica.snapshot().transport === "polling") line?.nudge();
    },
    readAnew: async () => (await lists.again({}))?.streamCursor ?? replica.cursor() ?? "",
  });

  /** The lists come before the tasks, so that the lists' cursor is older than both. */
  async function readLists(signal: AbortSignal): Promise<FirstLists> {
    const page = await rest.list({ filter: {}, limit: pageSize }, signal);
    return { page, tasks: (await rest.tasks({ limit: TASKS }, signal)).tasks };
  }

  /** What was read at first, else anew. */
  function takeLists(signal: AbortSignal): Promise<FirstLists> {
    const held = first;
    first = null;
    return held ?? readLists(signal);
  }

  function emit(action: Action): void {
    share(action);
    joinBy(action);
  }

  /** What was read anew tells which tabs see the same. */
  function joinBy(action: Action): void {
    if (action.type !== "refill") return;
    const name = scopeOf(action.page.streamCursor, rest.baseUrl);
    if (life && scope !== name) {
      scope = name;
      line?.enter(scope);
    }
    catchUp();
  }

  function catchUp(): void {
    upkeep.look();
    lists.catchUp();
  }

  function heard(action: Action): void {
    dispatch(action);
    joinBy(action);
    if (action.type !== "clear") return;
    if (action.signedOut) signedOut();
    else beginAgain();
  }

  function otherUser(): void {
    share({ type: "clear" });
    beginAgain();
  }

  async function begin(waitMs?: number | false): Promise<void> {
    const { signal } = (life = new AbortController());
    if (waitMs) await sleep(platform, waitMs, signal).catch(() => 0);
    if (signal.aborted) return;
    first = platform.isOnline() ? readLists(signal) : null;
    const found = await first?.catch(() => null);
    if (found && !signal.aborted) {
      first = null;
      emit({ type: "refill", ...found, at: platform.now() });
    }
    // A line that was there has been told already where to enter.
    if (!line) await loadIt(signal);
    else if (found) return;
    if (!signal.aborted) line?.enter(scope);
  }

  async function loadIt(signal: AbortSignal): Promise<void> {
    let shown: BelfryError | null = null;
    const failed = (cause: unknown) => {
      shown = problemOf(cause);
      dispatch({ type: "error", error: shown });
    };
    const parts = await insist(platform, loadLine, signal, failed).catch(() => null);
    if (!parts) return;
    line ??= parts.connect({ platform, rest, options, replica, tabId, lists: takeLists, emit, heard, otherUser, catchUp });
    if (shown && replica.snapshot().error === shown) dispatch({ type: "error", error: null });
  }

  function end(): void {
    if (!life) return;
    changes.cancel();
    life.abort();
    life = first = scope = null;
    line?.leave();
    upkeep.stop();
  }

  function beginAgain(): void {
    end();
    const now = platform.now();
    // Cursors that we cannot compare must not make a hot loop.
    if (wanted) void begin(now < calmAt && backoffMs(4, platform.random()));
    calmAt = now + CAP_MS;
  }

  function signedOut(): void {
    wanted = false;
    end();
    replica.dispatch({ type: "status", status: "unauthorized", transport: null });
  }

  function start(): void {
    if (life && replica.snapshot().status === "unauthorized") line?.resume();
    wanted = true;
    // StrictMode starts, stops and starts again at once: that makes one connection.
    queueMicrotask(() => {
      if (wanted && !life) void begin();
    });
  }

  async function change(target: Target, mark?: Mark): Promise<void> {
    // A component may ask for it while it mounts, and its provider starts us after that, by a microtask.
    for (let turn = 0; turn < 2 && !life; turn++) await null;
    if (!life) throw networkFailure(STOPPED);
    await changes.make(target, mark, life.signal);
  }

  return {
    rest,
    subscribe: replica.subscribe,
    snapshot: replica.snapshot,
    list: replica.list,
    onEvent: replica.onEvent,
    start,
    stop() {
      wanted = false;
      end();
      replica.dispatch({ type: "status", status: "offline", transport: null });
    },
    watchList: lists.watch,
    loadMore: (filter = {}) => lists.more(filter),
    async refresh() {
      if (replica.snapshot().status === "unauthorized") start();
      if (!life) return;
      const { signal } = life;
      line?.nudge();
      if (scope === null) return;
      await lists.again({});
      const { tasks } = await rest.tasks({ limit: TASKS }, signal);
      if (!signal.aborted) for (const task of tasks) dispatch({ type: "task", task });
    },
    mark: change,
    remove: (target) => change(target),
    dismissError: () => dispatch({ type: "error", error: null }),
    signOut() {
      share({ type: "clear", signedOut: true });
      signedOut();
    },
  };
}
