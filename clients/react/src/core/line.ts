/**
 * What holds the line: the tabs of the browser, and the session of the one that leads. It is loaded apart, after the first lists: a
 * page is painted without it.
 */
import { createTabs } from "../tabs/tabs";
import { eventSource } from "../transports/event-source";
import { poll } from "../transports/poll";
import { socket } from "../transports/socket";
import { sse } from "../transports/sse";
import { createSession } from "./session";
import { later } from "./store/later";
import type { Action, ClientOptions, FirstLists, Platform, Replica, Rest, Tabs } from "./types";

/** What the client has and does. */
export interface Hub {
  platform: Platform;
  rest: Rest;
  options: ClientOptions;
  replica: Replica;
  tabId: string;
  /** Read before, or now. */
  lists(signal: AbortSignal): Promise<FirstLists>;
  /** From our own session, and from another tab. */
  emit(action: Action): void;
  heard(action: Action): void;
  otherUser(): void;
  /** The replica is another one now. */
  catchUp(): void;
}

export type Connection = ReturnType<typeof connect>;

/** Does nothing until it enters somewhere. */
export function connect({ platform, rest, options, replica, tabId, lists, emit, heard, otherUser, catchUp }: Hub) {
  let tabs: Tabs | null = null;
  const session = createSession({
    // The tab that leads looks as often as the one that is seen needs it. Not spread: a platform's own parts may be inherited.
    platform: { __proto__: platform, isVisible: () => platform.isVisible() || !!tabs?.watched?.() } as unknown as Platform,
    rest,
    options,
    clientId: tabId,
    transports: { sse: options.eventSource ? eventSource : sse, websocket: socket, polling: poll },
    cursor: () => (tabs ? replica.cursor() : null),
    lists,
    emit,
    onUnauthorized() {
      session.stop();
      tabs?.resign();
    },
    onOtherUser: otherUser,
  });

  function leave(): void {
    session.stop();
    tabs?.close();
    tabs = null;
  }

  return {
    ...later,
    get leads() {
      return !!tabs?.leads;
    },
    /** Among the tabs of this scope; alone where it is not known yet, to read the lists. */
    enter(scope: string | null): void {
      if (scope === null) return session.start();
      leave();
      tabs = createTabs({
        scope,
        tabId,
        platform,
        alone: options.shareTabs === false,
        onLead() {
          session.start();
          catchUp();
        },
        onFollow: session.stop,
        onNudge: session.nudge,
        onAction: heard,
        save: replica.save,
        load(saved) {
          replica.load(saved);
          catchUp();
        },
      });
    },
    leave,
    tell: (action: Action) => tabs?.tell(action),
    nudge: () => (tabs ?? session).nudge(),
    /** After a refused token. */
    resume: () => (tabs ? tabs.stand() : session.start()),
  };
}
