import type { Platform, PlatformChange, TransportName } from "../../../src/core";

/** What became of the lines, for the log. */
export type LineNews =
  | { kind: "opened"; transport: TransportName; after: string | null }
  | { kind: "cut" }
  | { kind: "offline" }
  | { kind: "online" };

/** The platform with a hand on its plugs: lines can be cut, and the network taken away. */
export interface Switchboard {
  readonly platform: Platform;
  /** Breaks off every open line, as a network does: without a word. */
  cut(): void;
  setOffline(offline: boolean): void;
  onNews(heard: (news: LineNews) => void): () => void;
}

/** Requests that can be open at once and are worth breaking; more would be a leak. */
const OPEN_MAX = 32;

export function createSwitchboard(base: Platform): Switchboard {
  let offline = false;
  const breakers = new Set<AbortController>();
  const sockets = new Set<WebSocket>();
  const watchers = new Set<(what: PlatformChange) => void>();
  const listeners = new Set<(news: LineNews) => void>();
  const tell = (news: LineNews) => listeners.forEach((heard) => heard(news));

  const through: typeof fetch = async (input, init) => {
    if (offline) throw new TypeError("The network was switched off on this page");
    const line = lineOf(String(input instanceof Request ? input.url : input));
    if (line) tell({ kind: "opened", ...line });
    const breaker = new AbortController();
    breakers.add(breaker);
    if (breakers.size > OPEN_MAX) breakers.delete(breakers.values().next().value as AbortController);
    const signal = init?.signal ? AbortSignal.any([init.signal, breaker.signal]) : breaker.signal;
    try {
      return await base.fetch(input, { ...init, signal });
    } finally {
      // A stream's body goes on after its head: only that one is still to be broken.
      if (line?.transport !== "sse") breakers.delete(breaker);
    }
  };

  const cutAll = () => {
    for (const breaker of breakers) breaker.abort(new TypeError("The line was cut on this page"));
    breakers.clear();
    for (const socket of [...sockets]) {
      // Closing politely would take a round trip, and a cut line gives none.
      socket.dispatchEvent(new CloseEvent("close", { code: 1006, wasClean: false }));
      socket.close();
    }
    sockets.clear();
  };

  const platform: Platform = Object.assign(Object.create(base) as Platform, {
    fetch: through,
    WebSocket: base.WebSocket && watched(base.WebSocket, { sockets, isOffline: () => offline, tell }),
    isOnline: () => !offline && base.isOnline(),
    watch: (heard: (what: PlatformChange) => void) => {
      watchers.add(heard);
      const end = base.watch((what) => {
        if (!(offline && what === "online")) heard(what);
      });
      return () => {
        watchers.delete(heard);
        end();
      };
    },
  });

  return {
    platform,
    cut: () => {
      cutAll();
      tell({ kind: "cut" });
    },
    setOffline: (next) => {
      if (next === offline) return;
      offline = next;
      if (offline) cutAll();
      tell({ kind: offline ? "offline" : "online" });
      if (offline || base.isOnline()) watchers.forEach((heard) => heard(offline ? "offline" : "online"));
    },
    onNews: (heard) => {
      listeners.add(heard);
      return () => void listeners.delete(heard);
    },
  };
}

/** Which line a request opens, by its address; null for any other request. */
export function lineOf(address: string): { transport: TransportName; after: string | null } | null {
  const url = new URL(address, "http://page.invalid");
  const after = url.searchParams.get("after");
  if (url.pathname.endsWith("/api/stream/events")) return { transport: "sse", after };
  if (url.pathname.endsWith("/api/events")) return { transport: "polling", after };
  return null;
}

interface Watcher {
  sockets: Set<WebSocket>;
  isOffline(): boolean;
  tell(news: LineNews): void;
}

function watched(Real: typeof WebSocket, { sockets, isOffline, tell }: Watcher): typeof WebSocket {
  return class extends Real {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.add(this);
      this.addEventListener("close", () => sockets.delete(this));
      // Its own `close` fires later, as that of a socket that found no network.
      if (isOffline()) this.close();
    }
    override send(data: string | ArrayBufferLike | Blob | ArrayBufferView<ArrayBufferLike>): void {
      const after = typeof data === "string" ? resumes(data) : undefined;
      if (after !== undefined) tell({ kind: "opened", transport: "websocket", after });
      super.send(data as string);
    }
  };
}

/** From where a message resumes; nothing where it does not. */
export function resumes(message: string): string | null | undefined {
  const said = JSON.parse(message) as { action?: string; after?: string };
  return said.action === "resume" ? (said.after ?? null) : undefined;
}
