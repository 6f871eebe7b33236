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
const CHANGES: Record<string, PlatformChange> = {
  online: "online",
  offline: "offline",
  visible: "visible",
  hidden: "hidden",
  freeze: "frozen",
  pagehide: "frozen",
  resume: "resumed",
  pageshow: "resumed",
};

function watchPage(frame: Window, page: Document, tell: (what: PlatformChange) => void): () => void {
  const end = new AbortController();
  const heard = ({ type, persisted }: Event & { persisted?: boolean }) => {
    const change = CHANGES[type] ?? CHANGES[page.visibilityState];
    // One that is left, or shown, but not kept says that in `persisted`.
    if (change && persisted !== false) tell(change);
  };
  // Those of the document pass the window on their way to it.
  const how = { capture: true, signal: end.signal };
  for (const name of ["visibilitychange", ...Object.keys(CHANGES)]) frame.addEventListener(name, heard, how);
  return () => end.abort();
}
