/**
 * The client of one tab: replica, tabs, session and REST put together.
 *
 * It begins by reading the lists; their cursor tells whose tab this is, and with that which other tabs belong to it. Only then one
 * of them opens a line. The same happens when somebody else's cursor comes, with everything cleared before.
 */
import { createTabs } from "../tabs/tabs";
import { eventSource } from "../transports/event-source";
import { poll } from "../transports/poll";
import { socket } from "../transports/socket";
import { sse } from "../transports/sse";
import { browserPlatform } from "./browser-platform";
import { createChanges } from "./changes";
import { sameUser, scopeOf } from "./identity";
import { createLists } from "./lists";
import { networkFailure } from "./problem";
import { createReplica } from "./replica";
import { createRest } from "./rest";
import { createSession } from "./session";
import type { Action, Client, ClientOptions, Mark, Op, Platform, Tabs, Target } from "./types";
import { createUpkeep } from "./upkeep";

const TASKS = 100;

/** A client that does nothing before `start`. */
export function createClient(options: ClientOptions, platform: Platform = browserPlatform()): Client {
  const rest = createRest(options, platform);
  const tabId = Math.floor(platform.random() * 2 ** 52).toString(36);
  const pageSize = options.pageSize ?? 50;
  const replica = createReplica({ now: () => platform.now(), leads: () => tabs?.leads ?? false, tabId });

  let wanted = false;
  /** From a start to its stop, and for one user. */
  let life: AbortController | null = null;
  let tabs: Tabs | null = null;
  let scope = "";

  const signal = () => life?.signal ?? null;
  const known = () => (tabs ? signal() : null);

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
  const session = createSession({
    platform,
    rest,
    options,
    clientId: tabId,
    transports: { sse: options.eventSource ? eventSource : sse, websocket: socket, polling: poll },
    cursor: () => (tabs ? replica.cursor() : null),
    emit(action) {
      if (action.type === "refill") forget(action.page.streamCursor);
      share(action);
      if (action.type === "refill") join(action.page.streamCursor);
    },
    onUnauthorized() {
      session.stop();
      tabs?.resign();
    },
    onOtherUser: otherUser,
  });

  /** The first page after a start may be somebody else's. */
  function forget(cursor: string): void {
    const held = replica.cursor();
    if (held !== null && !sameUser(held, cursor)) replica.dispatch({ type: "clear" });
  }

  /** Among the tabs that see what this cursor sees. */
  function join(cursor: string): void {
    const name = scopeOf(cursor, rest.baseUrl);
    if (life && !(tabs && scope === name)) {
      session.stop();
      tabs?.close();
      scope = name;
      tabs = createTabs({
        scope,
        tabId,
        platform: options.shareTabs === false ? unshared(platform) : platform,
        onLead: () => {
          session.start();
          upkeep.look();
        },
        onFollow: () => session.stop(),
        onNudge: () => session.nudge(),
        onAction: heard,
        save: () => replica.save(),
        load(saved) {
          replica.load(saved);
          upkeep.look();
          lists.catchUp();
        },
      });
    }
    upkeep.look();
    lists.catchUp();
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

  function begin(): void {
    life = new AbortController();
    session.start();
  }

  function end(): void {
    if (!life) return;
    changes.cancel();
    life.abort();
    life = null;
    session.stop();
    tabs?.close();
    tabs = null;
    upkeep.stop();
  }

  function beginAgain(): void {
    end();
    if (wanted) begin();
  }

  function signedOut(): void {
    wanted = false;
    end();
    replica.dispatch({ type: "status", status: "unauthorized", transport: null });
  }

  /** After a refused token. */
  function resume(): void {
    if (tabs) tabs.stand();
    else session.start();
  }

  async function change(kind: Op["kind"], target: Target, mark?: Mark): Promise<void> {
    // A component may ask for it while it mounts, and its provider starts us after that, by a microtask.
    for (let turn = 0; turn < 2 && !life; turn++) await null;
    if (!life) throw networkFailure("The client is stopped");
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
        if (wanted && !life) begin();
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
      if (!tabs) return session.nudge();
      tabs.nudge();
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

/** The same machine without what tabs share. */
function unshared(platform: Platform): Platform {
  return Object.assign(Object.create(platform) as Platform, { locks: undefined, BroadcastChannel: undefined });
}
