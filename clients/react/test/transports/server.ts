/** A server on this machine that answers byte by byte, and the platform of Node to reach it by. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocket as NodeSocket, WebSocketServer, type WebSocket as Peer } from "ws";
import { createRest } from "../../src/core/rest";
import type { BelfryEvent } from "../../src/contract";
import type { Line, LineContext, LineEnd, Platform, Transport } from "../../src/core/types";

export const nodePlatform: Platform = {
  now: Date.now,
  random: Math.random,
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  fetch,
  WebSocket: NodeSocket as unknown as typeof WebSocket,
  isOnline: () => true,
  isVisible: () => true,
  watch: () => () => {},
};

export interface Server {
  url: string;
  close(): Promise<void>;
}

/** Answers each request by `reply`, and each socket by `meet`. */
export async function serve(reply: (request: IncomingMessage, response: ServerResponse) => void, meet?: (peer: Peer) => void): Promise<Server> {
  const server = createServer(reply);
  const sockets = new WebSocketServer({ server });
  if (meet) sockets.on("connection", meet);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const peer of sockets.clients) peer.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface RealLine {
  line: Line;
  groups: { events: BelfryEvent[]; cursor: string; live: boolean }[];
  ends: LineEnd[];
  opened: number;
  alive: number;
  /** Until something is so; each thing told is a chance. */
  until(so: () => boolean): Promise<void>;
}

/** A line over real sockets. */
export function realLine(transport: Transport, baseUrl: string, more: Partial<LineContext> & { token?: string } = {}): RealLine {
  let waiting: (() => void)[] = [];
  const told = () => {
    for (const look of waiting) look();
  };
  const rest = createRest({ baseUrl, ...(more.token && { getToken: () => more.token ?? null }) }, nodePlatform);
  const real: RealLine = {
    line: { close() {}, nudge() {} },
    groups: [],
    ends: [],
    opened: 0,
    alive: 0,
    until: (so) =>
      new Promise((resolve) => {
        const look = () => {
          if (!so()) return;
          waiting = waiting.filter((one) => one !== look);
          resolve();
        };
        waiting.push(look);
        look();
      }),
  };
  const context = { cursor: "1.a", clientId: "node", platform: nodePlatform, rest, socketUrl: null, pollMs: 30_000, heartbeatMs: 15_000, ...more };
  real.line = transport.open(context, {
    opened: () => ((real.opened += 1), told()),
    alive: () => ((real.alive += 1), told()),
    group: (events, cursor, live) => (real.groups.push({ events, cursor, live }), told()),
    ended: (end) => (real.ends.push(end), told()),
  });
  return real;
}
