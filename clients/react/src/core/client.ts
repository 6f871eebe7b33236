/**
 * The client of one tab: replica, tabs, session and REST put together.
 *
 * It begins by reading the lists; their cursor tells whose tab this is, and with that which other tabs belong to it. Only then one
 * of them opens a line. The same happens when somebody else's cursor comes, with everything cleared before. What holds the line is
 * loaded once the lists are there, or could not be read: trying that again is its business.
 */
import { browserPlatform } from "./browser-platform";
import { createChanges } from "./changes";
import { sameUser, scopeOf } from "./identity";
import { insist, STOPPED } from "./insist";
import { createLists } from "./lists";
import { loadLine, type LineParts } from "./load-line";
import { networkFailure, problemOf } from "./problem";
import { createReplica } from "./replica";
import { createRest } from "./rest";
import type { Action, BelfryError, Client, ClientOptions, FirstLists, Mark, Op, Platform, Session, Tabs, Target } from "./types";
import { createUpkeep } from "./upkeep";

const TASKS = 100;

/** A client that does nothing before `start`. */
export function createClient(options: ClientOptions, platform: Platform = browserPlatform()): Client {
  const rest = createRest(options, platform);
  const tabId = Math.floor(platform.random() * 2 ** 52).toString(36);
  const pageSize = options.pageSize ?? 50;
  const replica = createReplica({ now: () => platform.now(), leads: () => tabs?.leads ?? false, later: () => line });

  let wanted = false;
  /** From a start to its stop, and for one user. */
  let life: AbortController | null = null;
  /** Whose tab this is; null until a list has told. */
  let scope: string | null = null;
  /** The first read of a life, until the session takes it over. */
  let first: Promise<FirstLists> | null = null;
  let line: LineParts | null = null;
  let session: Session | null = null;
  let tabs: Tabs | null = null;

  const known = () => (scope === null ? null : (life?.signal ?? null));

  function dispatch(action: Action): void {
    replica.dispatch(action);
    upkeep.look();
  }
  function share(action: Action): void {
    dispatch(action);
    tabs?.tell(action);
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
      if (replica.snapshot().transport === "polling") tabs?.nudge();
    },
    readAnew: async () => (await lists.again({}))?.streamCursor ?? replica.cursor() ?? "",
  });

  /** The lists come before the tasks, so that the lists' cursor is older than both. */
  async function readLists(signal: AbortSignal): Promise<FirstLists> {
    const page = await rest.list({ filter: {}, limit: pageSize }, signal);
    return { page, tasks: (await rest.tasks({ limit: TASKS }, signal)).tasks };
  }

  function emit(action: Action): void {
    share(action);
    if (action.type === "refill") join(action.page.streamCursor);
  }

  function makeSession({ createSession, transportsOf }: LineParts): Session {
    return createSession({
      platform,
      rest,
      options,
      clientId: tabId,
      transports: transportsOf(options),
      cursor: () => (tabs ? replica.cursor() : null),
      lists(signal) {
        const held = first;
        first = null;
        return held ?? readLists(signal);
      },
      emit,
      onUnauthorized() {
        session?.stop();
        tabs?.resign();
      },
      onOtherUser: otherUser,
    });
  }

  /** Among the tabs that see what this cursor sees. */
  function join(cursor: string): void {
    const name = scopeOf(cursor, rest.baseUrl);
    if (life && scope !== name) {
      scope = name;
      enter();
    }
    upkeep.look();
    lists.catchUp();
  }

  /** As far as is known, and loaded, what for. */
  function enter(): void {
    if (scope === null) return session?.start();
    session?.stop();
    tabs?.close();
    if (!line) return;
    tabs = line.createTabs({
      scope,
      tabId,
      platform,
      alone: options.shareTabs === false,
      onLead: () => {
        session?.start();
        upkeep.look();
      },
      onFollow: () => session?.stop(),
      onNudge: () => session?.nudge(),
      onAction: heard,
      save: () => replica.save(),
      load(saved) {
        replica.load(saved);
        upkeep.look();
        lists.catchUp();
      },
    });
  }

  function heard(action: Action): void {
    dispatch(action);
    if (action.type === "refill") join(action.page.streamCursor);
    if (action.type !== "clear") return;
    if (action.signedOut) signedOut();
    else beginAgain();
  }

  function otherUser(): void {
    share({ type: "clear" });
    beginAgain();
  }

  async function begin(): Promise<void> {
    const { signal } = (life = new AbortController());
    first = platform.isOnline() ? readLists(signal) : null;
    const found = await first?.catch(() => null);
    if (found && !signal.aborted) {
      first = null;
      emit({ type: "refill", ...found, at: platform.now() });
    }
    if (!line) await loadIt(signal);
    if (!signal.aborted && !tabs) enter();
  }

  async function loadIt(signal: AbortSignal): Promise<void> {
    let shown: BelfryError | null = null;
    const failed = (cause: unknown) => {
      shown = problemOf(cause);
      dispatch({ type: "error", error: shown });
    };
    try {
      line = await insist(platform, loadLine, signal, failed);
      session ??= makeSession(line);
    } catch {
      return; // Stopped.
    }
    if (shown && replica.snapshot().error === shown) dispatch({ type: "error", error: null });
  }

  function end(): void {
    if (!life) return;
    changes.cancel();
    life.abort();
    life = first = scope = null;
    session?.stop();
    tabs?.close();
    tabs = null;
    upkeep.stop();
  }

  function beginAgain(): void {
    end();
    if (wanted) void begin();
  }

  function signedOut(): void {
    wanted = false;
    end();
    replica.dispatch({ type: "status", status: "unauthorized", transport: null });
  }

  /** After a refused token. */
  function resume(): void {
    if (tabs) tabs.stand();
    else session?.start();
  }

  async function change(kind: Op["kind"], target: Target, mark?: Mark): Promise<void> {
    // A component may ask for it while it mounts, and its provider starts us after that, by a microtask.
    for (let turn = 0; turn < 2 && !life; turn++) await null;
    if (!life) throw networkFailure(STOPPED);
    await changes.make(kind, target, mark, life.signal);
  }

  return {
    rest,
    subscribe: replica.subscribe,
    snapshot: replica.snapshot,
    list: replica.list,
    onEvent: replica.onEvent,
    start() {
      if (wanted && life && replica.snapshot().status === "unauthorized") resume();
      wanted = true;
      // StrictMode starts, stops and starts again at once: that makes one connection.
      queueMicrotask(() => {
        if (wanted && !life) void begin();
      });
    },
    stop() {
      wanted = false;
      if (!life) return;
      end();
      replica.dispatch({ type: "status", status: "offline", transport: null });
    },
    watchList: lists.watch,
    loadMore: (filter = {}) => lists.more(filter),
    async refresh() {
      if (!life) return;
      const { signal } = life;
      if (replica.snapshot().status === "unauthorized") resume();
      if (scope === null) return session?.nudge();
      tabs?.nudge();
      await lists.again({});
      const { tasks } = await rest.tasks({ limit: TASKS }, signal);
      if (!signal.aborted) for (const task of tasks) dispatch({ type: "task", task });
    },
    mark: (target, mark) => change("mark", target, mark),
    remove: (target) => change("remove", target),
    dismissError: () => dispatch({ type: "error", error: null }),
    signOut() {
      share({ type: "clear", signedOut: true });
      signedOut();
    },
  };
}
