/** Counts what a page holds on to: run in it before anything else. */

export interface Held {
  timers: string[];
  listeners: string[];
  locks: string[];
  channels: number;
  sockets: number;
  /** Requests without an answer. Answers that are still being read are counted at the proxy. */
  requests: number;
}

declare global {
  interface Window {
    __held(): Held;
  }
}

/** Serialised into the page: it knows nothing of this module. */
export function countHeld(): void {
  const timers = new Map<unknown, string>();
  const listeners = new Map<string, number>();
  const locks = new Set<string>();
  const open = { channels: 0, sockets: 0, requests: 0 };

  const { setTimeout: later, clearTimeout: forget, setInterval: often, clearInterval: stop, fetch: ask } = window;
  window.setTimeout = ((run: () => void, ms?: number) => {
    const timer = later(() => {
      timers.delete(timer);
      run();
    }, ms);
    timers.set(timer, `after ${ms}`);
    return timer;
  }) as typeof setTimeout;
  window.setInterval = ((run: () => void, ms?: number) => {
    const timer = often(run, ms);
    timers.set(timer, `every ${ms}`);
    return timer;
  }) as typeof setInterval;
  window.clearTimeout = timer => void (timers.delete(timer), forget(timer));
  window.clearInterval = timer => void (timers.delete(timer), stop(timer));

  for (const [name, target] of Object.entries({ window, document })) {
    const known = new Set<string>();
    const ids = new Map<unknown, number>();
    const key = (type: string, listener: unknown): string => {
      if (!ids.has(listener)) ids.set(listener, ids.size);
      return `${type} ${ids.get(listener)}`;
    };
    const count = (type: string, by: number): void => {
      const at = `${name} ${type}`;
      listeners.set(at, (listeners.get(at) ?? 0) + by);
    };
    const { addEventListener: add, removeEventListener: remove } = target;
    target.addEventListener = function (this: EventTarget, type: string, listener: EventListener, options?: AddEventListenerOptions) {
      // React listens for this on each document, once and for ever.
      if (type !== "selectionchange" && !known.has(key(type, listener))) {
        known.add(key(type, listener));
        count(type, 1);
        options?.signal?.addEventListener("abort", () => known.delete(key(type, listener)) && count(type, -1));
      }
      add.call(target, type, listener, options);
    } as typeof target.addEventListener;
    target.removeEventListener = function (this: EventTarget, type: string, listener: EventListener, options?: EventListenerOptions) {
      if (known.delete(key(type, listener))) count(type, -1);
      remove.call(target, type, listener, options);
    } as typeof target.removeEventListener;
  }

  const request = navigator.locks.request.bind(navigator.locks) as (...args: unknown[]) => Promise<unknown>;
  navigator.locks.request = ((name: string, ...rest: unknown[]) => {
    const asked = `${name}`;
    locks.add(asked);
    return request(name, ...rest).finally(() => locks.delete(asked));
  }) as typeof navigator.locks.request;

  const Channel = window.BroadcastChannel;
  window.BroadcastChannel = class extends Channel {
    constructor(name: string) {
      super(name);
      open.channels += 1;
    }
    override close(): void {
      open.channels -= 1;
      super.close();
    }
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      open.sockets += 1;
      super.addEventListener("close", () => (open.sockets -= 1));
    }
  };
  window.fetch = async (input, init) => {
    open.requests += 1;
    const done = (): void => void (open.requests -= 1);
    try {
      return await ask(input, init);
    } finally {
      done();
    }
  };

  window.__held = () => ({
    timers: [...timers.values()].sort(),
    listeners: [...listeners].filter(([, count]) => count !== 0).map(([at, count]) => `${at} ${count}`).sort(),
    locks: [...locks],
    ...open,
  });
}
