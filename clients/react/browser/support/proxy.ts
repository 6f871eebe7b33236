/**
 * A proxy in front of the server, at HTTP/1.1, that behaves as badly as the real ones: holds streams back, refuses sockets, cuts
 * lines, or lets them fall silent. It serves the test page too, so that page and API are of one origin, and counts what passes.
 */
import { readFile } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, type ServerResponse, createServer, request as ask } from "node:http";
import { type AddressInfo, type Socket, connect } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Readable, Writable } from "node:stream";

/** By which way: the stream, the socket, a poll, the page itself, or any other call. */
export type Way = "sse" | "websocket" | "polling" | "page" | "rest";
/** `hang`: no answer ever. `buffer`: taken from the server and never passed on. A number: answered so by the proxy. */
export type Fault = "hang" | "buffer" | number;

export interface Passed {
  way: Way;
  method: string;
  path: string;
  at: number;
  status?: number;
}

export interface Proxy {
  readonly url: string;
  /** What came, in order. */
  readonly seen: Passed[];
  /** Faults by way; what is not there passes. */
  readonly faults: Partial<Record<Way, Fault>>;
  /** Milliseconds by which each request is late. */
  delayMs: number;
  /** How many are open now. */
  open(way: Way): number;
  /** How many came since that moment, that match. */
  count(way: Way, since?: number, method?: string): number;
  /** Ends all that is open, as a network does that goes away. */
  cut(way?: Way): void;
  /** Silence: connections stay open and nothing passes, until it is taken back; then comes what was held. */
  stall(on: boolean): void;
  close(): Promise<void>;
}

const TYPES: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const PAGE = "/__page/";

export async function startProxy(target: string, pageDir: string): Promise<Proxy> {
  const upstream = new URL(target);
  const seen: Passed[] = [];
  const faults: Partial<Record<Way, Fault>> = {};
  const lines = new Map<{ destroy(): unknown }, Way>();
  const sockets = new Set<Socket>();
  const flows = new Set<Readable>();
  let stalled: Promise<void> | null = null;
  let release = (): void => {};
  let proxy: Proxy;

  /** Passes on what comes, but for times of silence. */
  const flow = (from: Readable, to: Writable): void => {
    flows.add(from);
    from.on("close", () => flows.delete(from));
    from.pipe(to);
    if (stalled !== null) from.unpipe(to);
    from.on("stall", () => from.unpipe(to).pause());
    from.on("release", () => void from.pipe(to));
  };

  const note = (request: IncomingMessage): Passed => {
    const path = request.url ?? "/";
    const passed: Passed = { way: wayOf(path), method: request.method ?? "", path, at: Date.now() };
    seen.push(passed);
    return passed;
  };

  const pass = (request: IncomingMessage, response: ServerResponse, passed: Passed): void => {
    const onward: ClientRequest = ask({ host: upstream.hostname, port: upstream.port, method: request.method, path: request.url, headers: request.headers });
    onward.on("response", answer => {
      passed.status = answer.statusCode ?? 0;
      if (faults[passed.way] === "buffer") return void answer.resume();
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
      response.flushHeaders();
      flow(answer, response);
      answer.on("error", () => response.destroy());
    });
    // As if there were no proxy: a server that is gone answers nobody.
    onward.on("error", () => response.destroy());
    response.on("close", () => onward.destroy());
    request.pipe(onward);
  };

  const server = createServer((request, response) => {
    const passed = note(request);
    if (passed.way === "page") return void sendFile(pageDir, passed.path, response);
    lines.set(response, passed.way);
    response.on("close", () => lines.delete(response));
    const fault = faults[passed.way];
    if (fault === "hang") return;
    if (typeof fault === "number") {
      passed.status = fault;
      return void response.writeHead(fault, { "Content-Type": "text/plain" }).end("by the proxy");
    }
    const start = (): void => pass(request, response, passed);
    void (stalled ?? Promise.resolve()).then(() => (proxy.delayMs > 0 ? void setTimeout(start, proxy.delayMs) : start()));
  });

  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const passed = note(request);
    lines.set(socket, passed.way);
    socket.on("close", () => lines.delete(socket));
    socket.on("error", () => socket.destroy());
    const fault = faults[passed.way];
    if (fault === "hang" || stalled !== null) {
      // Read to its end, which would not be noticed otherwise.
      return void socket.on("end", () => socket.destroy()).resume();
    }
    if (typeof fault === "number") return void socket.end(`HTTP/1.1 ${fault} By the proxy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    const onward = connect(Number(upstream.port), upstream.hostname, () => {
      onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${headersOf(request)}\r\n\r\n`);
      onward.write(head);
    });
    flow(onward, socket);
    flow(socket, onward);
    for (const [here, there] of [[onward, socket], [socket, onward]] as const) {
      here.on("close", () => there.destroy());
      here.on("error", () => there.destroy());
    }
  });

  server.on("connection", socket => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await new Promise(resolve => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  proxy = {
    url,
    seen,
    faults,
    delayMs: 0,
    open: way => [...lines.values()].filter(open => open === way).length,
    count: (way, since = 0, method) => seen.filter(one => one.way === way && one.at >= since && (method ?? one.method) === one.method).length,
    cut(way) {
      for (const [line, its] of lines) if (way === undefined || its === way) line.destroy();
    },
    stall(on) {
      if (on === (stalled !== null)) return;
      stalled = on ? new Promise(resolve => (release = resolve)) : null;
      if (!on) release();
      for (const one of flows) one.emit(on ? "stall" : "release");
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return proxy;
}

function wayOf(path: string): Way {
  const [bare = ""] = path.split("?");
  if (bare.startsWith(PAGE)) return "page";
  if (bare === "/api/stream/events") return "sse";
  if (bare === "/ws") return "websocket";
  return bare === "/api/events" ? "polling" : "rest";
}

async function sendFile(dir: string, path: string, response: ServerResponse): Promise<void> {
  const [bare = ""] = path.slice(PAGE.length).split("?");
  const name = normalize(bare === "" ? "index.html" : bare).replace(/^(\.\.[/\\])+/, "");
  try {
    const bytes = await readFile(join(dir, name));
    // Asked for each time. With `no-store` a browser would not keep the page for its back button.
    response.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream", "Cache-Control": "no-cache" }).end(bytes);
  } catch {
    response.writeHead(404).end();
  }
}

function headersOf(request: IncomingMessage): string {
  const lines: string[] = [];
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
  return lines.join("\r\n");
}
