/** `fetch`, `WebSocket` and `EventSource` that a test answers by hand, or by a handler of its own. */
import type { FakeTabCore } from "./platform";

/** A request under way. Answer it once: `json`, `answer`, `stream` or `fail`. */
export interface FakeRequest {
  method: string;
  /** Path and query, without an origin where the page's own was meant. */
  url: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
  credentials: RequestCredentials | undefined;
  signal: AbortSignal | undefined;
  aborted: boolean;
  answered: boolean;
  json(body: unknown, init?: ResponseInit): void;
  /** A body of text, or none. */
  answer(status: number, headers?: Record<string, string>, body?: string | null): void;
  problem(status: number, name: string, headers?: Record<string, string>): void;
  stream(headers?: Record<string, string>, status?: number): FakeStream;
  /** As if the network were gone. */
  fail(message?: string): void;
}
export interface FakeStream {
  push(text: string | Uint8Array): void;
  end(): void;
  fail(): void;
}

const abortError = () => new DOMException("This operation was aborted", "AbortError");

export function fakeFetch(tab: FakeTabCore): typeof fetch {
  return (input, init = {}) =>
    new Promise<Response>((resolve, reject) => {
      const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
      const parsed = new URL(url, "http://page.test");
      const signal = init.signal ?? undefined;
      if (signal?.aborted) return reject(signal.reason ?? abortError());
      const end = () => {
        tab.requests.delete(request);
        signal?.removeEventListener("abort", abort);
      };
      let broken: (() => void) | null = null;
      function abort(): void {
        request.aborted = true;
        end();
        broken?.();
        reject(signal?.reason ?? abortError());
      }
      const give = (response: Response) => {
        request.answered = true;
        resolve(response);
      };
      const request: FakeRequest = {
        method: (init.method ?? "GET").toUpperCase(),
        url,
        path: parsed.pathname,
        query: parsed.searchParams,
        headers: new Headers(init.headers),
        body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
        credentials: init.credentials,
        signal,
        aborted: false,
        answered: false,
        json(body, more = {}) {
          end();
          give(new Response(JSON.stringify(body), { ...more, headers: { "content-type": "application/json", ...more.headers } }));
        },
        answer(status, headers = {}, body = null) {
          end();
          give(new Response(body, { status, headers }));
        },
        problem(status, name, headers = {}) {
          const body = JSON.stringify({ type: `urn:belfry:problem:${name}`, title: name, status });
          request.answer(status, { "content-type": "application/problem+json", ...headers }, body);
        },
        stream(headers = {}, status = 200) {
          let control: ReadableStreamDefaultController<Uint8Array> | undefined;
          const close = (how: () => void) => {
            if (!tab.requests.has(request)) return;
            end();
            how();
          };
          const body = new ReadableStream<Uint8Array>({ start: (given) => void (control = given), cancel: end });
          broken = () => control?.error(signal?.reason ?? abortError());
          give(new Response(body, { status, headers: { "content-type": "text/event-stream", ...headers } }));
          return {
            push: (text) => {
              if (tab.requests.has(request)) control?.enqueue(typeof text === "string" ? new TextEncoder().encode(text) : text);
            },
            end: () => close(() => control?.close()),
            fail: () => close(() => control?.error(new TypeError("network error"))),
          };
        },
        fail(message = "Failed to fetch") {
          end();
          reject(new TypeError(message));
        },
      };
      tab.requests.add(request);
      tab.history.push(request);
      signal?.addEventListener("abort", abort);
      tab.later(() => {
        if (!request.aborted) tab.onRequest?.(request);
      });
    });
}

/** A socket as the page sees it, and `accept`, `say` and `drop` for the test that plays the server. */
export class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  protocol = "";
  extensions = "";
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  /** What the client sent, as values. */
  readonly sent: unknown[] = [];
  /** Called with each message of the client. */
  onSent: ((message: unknown) => void) | null = null;

  constructor(
    readonly url: string,
    readonly tab: FakeTabCore,
  ) {
    super();
    tab.sockets.add(this);
    tab.later(() => tab.onSocket?.(this));
  }

  send(text: string): void {
    if (this.readyState === 0) throw new DOMException("Still in CONNECTING state.", "InvalidStateError");
    if (this.readyState !== 1) return;
    const message: unknown = JSON.parse(text);
    this.sent.push(message);
    this.tab.later(() => this.onSent?.(message));
  }

  close(code = 1005): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.tab.later(() => this.drop(code));
  }

  accept(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.fire("open", new Event("open"));
  }

  say(message: unknown): void {
    if (this.readyState !== 1) return;
    this.fire("message", new MessageEvent("message", { data: typeof message === "string" ? message : JSON.stringify(message) }));
  }

  /** Ends it; 1006 is what a page sees of every network trouble. */
  drop(code = 1006, reason = ""): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.tab.sockets.delete(this);
    if (code === 1006) this.fire("error", new Event("error"));
    this.fire("close", Object.assign(new Event("close"), { code, reason, wasClean: code !== 1006 }));
  }

  private fire(type: "open" | "message" | "close" | "error", event: Event): void {
    const handler = this[`on${type}`] as ((event: Event) => void) | null;
    handler?.(event);
    this.dispatchEvent(event);
  }
}

/** A browser's own EventSource; `open`, `event` and `fail` are the server's side. */
export class FakeEventSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;
  readyState = 0;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: Event) => void) | null = null;
  readonly withCredentials: boolean;

  constructor(
    readonly url: string,
    init: EventSourceInit | undefined,
    readonly tab: FakeTabCore,
  ) {
    super();
    this.withCredentials = init?.withCredentials ?? false;
    tab.sources.add(this);
    tab.later(() => tab.onSource?.(this));
  }

  close(): void {
    this.readyState = 2;
    this.tab.sources.delete(this);
  }

  open(): void {
    if (this.readyState === 2) return;
    this.readyState = 1;
    this.fire("open", new Event("open"));
  }

  event(data: string, lastEventId = ""): void {
    if (this.readyState === 1) this.fire("message", new MessageEvent("message", { data, lastEventId }));
  }

  /** With `final` the browser gives up; otherwise it says that it is connecting again. */
  fail(final = false): void {
    if (this.readyState === 2) return;
    this.readyState = final ? 2 : 0;
    if (final) this.tab.sources.delete(this);
    this.fire("error", new Event("error"));
  }

  private fire(type: "open" | "message" | "error", event: Event): void {
    const handler = this[`on${type}`] as ((event: Event) => void) | null;
    handler?.(event);
    this.dispatchEvent(event);
  }
}
