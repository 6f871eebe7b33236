/** What a test asks of the page, in its address's fragment, and what it finds there under `window.__belfry`. */
import type { Client, ClientOptions, Heard, Status, TransportName } from "../../../src/core/types";

export interface PageOptions {
  /** Bearer tokens: the first at first, and one further at each refresh. None: the browser's cookie speaks. */
  tokens?: string[];
  client?: Omit<ClientOptions, "getToken">;
  /** The client's clock runs so many times faster, so that nobody waits for half a minute. */
  speed?: number;
  strict?: boolean;
  /** Without: the hooks alone. */
  components?: boolean;
  /** Mounted when the page has loaded, unless false. */
  mount?: boolean;
}

export interface Shown {
  ids: string[];
  titles: string[];
  unreadIds: string[];
  unreadCount: number;
  unseenCount: number;
  tasks: { id: string; status: string }[];
  isLoading: boolean;
  hasMore: boolean;
  status: Status;
  transport: TransportName | null;
  error: string | null;
}

/** When each part of the page first showed a notification, by Date.now(). */
export interface Appeared {
  row: number;
  badge: number;
  toast: number;
}

export interface Testing {
  shown: Shown;
  /** Every event that was heard. */
  log: (Heard & { at: number })[];
  /** Each change of what the user is told of the line. */
  statuses: { at: number; status: Status; transport: TransportName | null }[];
  /** How often a token was asked for, and how often after a refusal. */
  asked: { first: number; refresh: number };
  client: Client | null;
  act: {
    markAsRead(id: string): Promise<void>;
    markAllAsRead(): Promise<void>;
    remove(id: string): Promise<void>;
    refresh(): void;
    loadMore(): Promise<void>;
    signOut(): void;
  } | null;
  mount(): void;
  unmount(): void;
  /** Waits for this title in the list, in a toast, and for the badge to change. */
  appears(title: string): Promise<Appeared>;
}

declare global {
  interface Window {
    __belfry: Testing;
  }
}
