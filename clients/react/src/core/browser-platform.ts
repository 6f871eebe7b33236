/** The browser as the client sees it. On a server everything is missing, and nothing is touched before it is asked for. */
import type { Platform, PlatformChange } from "./types";

/** A server on this very machine is there without any network. */
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export function browserPlatform(): Platform {
  const { navigator: browser, document: page, window: frame } = globalThis as Partial<typeof globalThis>;
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    setTimeout: (run, ms) => setTimeout(run, ms),
    clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
    fetch: (input, init) => fetch(input, init),
    WebSocket: globalThis.WebSocket,
    EventSource: globalThis.EventSource,
    BroadcastChannel: globalThis.BroadcastChannel,
    locks: browser?.locks,
    isOnline: () => browser?.onLine !== false || LOOPBACK.test(frame?.location.hostname ?? ""),
    isVisible: () => page?.visibilityState !== "hidden",
    watch: (tell) => (frame && page ? watchPage(frame, page, tell) : () => undefined),
  };
}

/** A page that is kept for the back button is frozen like any other. */
function watchPage(frame: Window, page: Document, tell: (what: PlatformChange) => void): () => void {
  const end = new AbortController();
  const on = (target: EventTarget, name: string, what: (event: Event) => PlatformChange | null) => {
    const heard = (event: Event) => {
      const change = what(event);
      if (change) tell(change);
    };
    target.addEventListener(name, heard, { signal: end.signal });
  };
  const kept = (what: PlatformChange) => (event: Event) => ((event as PageTransitionEvent).persisted ? what : null);
  on(frame, "online", () => "online");
  on(frame, "offline", () => "offline");
  on(page, "visibilitychange", () => (page.visibilityState === "hidden" ? "hidden" : "visible"));
  on(page, "freeze", () => "frozen");
  on(page, "resume", () => "resumed");
  on(frame, "pagehide", kept("frozen"));
  on(frame, "pageshow", kept("resumed"));
  return () => end.abort();
}
