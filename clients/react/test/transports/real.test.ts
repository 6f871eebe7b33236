/** The transports over real connections: what no fake can show of fetch, bodies and sockets. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { afterEach, expect, it } from "vitest";
import { poll } from "../../src/transports/poll";
import { socket } from "../../src/transports/socket";
import { sse } from "../../src/transports/sse";
import { realLine, serve, type Server } from "./server";

const golden = readFileSync(new URL("../../../../crates/contract/golden/stream.sse", import.meta.url));
const CURSOR = "1.EFGHIJKLAAAAACsHnFQ~MNOPQRSTAAAAAAcHnFQ";

let server: Server | undefined;
afterEach(() => server?.close());

const STREAM = { "content-type": "text/event-stream" };
/** Pieces that are sure to be pieces: each is on its way before the next is written. */
async function write(response: ServerResponse, bytes: Buffer, size: number): Promise<void> {
  for (let from = 0; from < bytes.length; from += size) {
    await new Promise((sent) => response.write(bytes.subarray(from, from + size), sent));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it.each([5, 64, 1_000, 100_000])("C20 reads a stream that comes in pieces of %i bytes", async (size) => {
  server = await serve((request, response) => {
    expect(request.url).toBe(`/api/stream/events?after=${CURSOR.replace("~", "%7E")}&client=node`);
    response.writeHead(200, STREAM);
    void write(response, golden, size).then(() => response.end());
  });
  const real = realLine(sse, server.url, { cursor: CURSOR });
  await real.until(() => real.ends.length > 0);
  expect(real.ends).toEqual([{ kind: "clean", retryMs: 2345 }]);
  expect(real.groups.map(({ events }) => events.map(({ type }) => type))).toEqual(
    ["broadcast", "notification", "notification-deleted", "task-progress", "task-completed", "watermark", "watermark", "inbox", "reset"].map((type) => [type, "inbox"]),
  );
  expect(real.opened).toBe(1);
}, 30_000);

it("C22 drops a group that was cut when the connection broke", async () => {
  server = await serve((_, response) => {
    response.writeHead(200, STREAM);
    void write(response, golden.subarray(0, 700), 700).then(() => response.destroy());
  });
  const real = realLine(sse, server.url, { cursor: CURSOR });
  await real.until(() => real.ends.length > 0);
  expect(real.ends).toMatchObject([{ kind: "lost" }]);
  expect(real.groups).toHaveLength(1);
});

it("C24 lets the connection go when the line is closed", async () => {
  let gone: Promise<unknown> | undefined;
  server = await serve((_, response) => {
    gone = once(response, "close");
    response.writeHead(200, STREAM);
    response.write(golden.subarray(0, 80));
  });
  const real = realLine(sse, server.url, { cursor: CURSOR });
  await real.until(() => real.opened > 0);
  real.line.close();
  await gone;
  expect(real.ends).toEqual([]);
});

it("a server that is not there is lost, by every transport", async () => {
  const there = await serve(() => {});
  await there.close();
  for (const transport of [sse, poll, socket]) {
    const real = realLine(transport, there.url, { socketUrl: there.url.replace("http", "ws") });
    await real.until(() => real.ends.length > 0);
    expect(real.ends).toMatchObject([{ kind: "lost" }]);
  }
});

it("polls, and takes a 204 with no body", async () => {
  let polls = 0;
  server = await serve((_, response) => {
    polls += 1;
    if (polls === 1) response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ events: [{ type: "reset" }], cursor: "1.b", more: true }));
    else response.writeHead(204).end();
  });
  const real = realLine(poll, server.url);
  await real.until(() => real.alive > 1);
  expect(real.groups).toEqual([{ events: [{ type: "reset" }], cursor: "1.b", live: false }]);
  real.line.close();
});

it("talks over a socket, and case 47: is lost by a message that is too large", async () => {
  const places = { positions: { user: { n: 1, at: "EFGHIJKL1" } } };
  server = await serve(
    (request, response) => {
      expect(request.url).toBe("/api/stream/ticket");
      response.writeHead(200, { "content-type": "application/json" }).end('{"ticket":"t&1","expiresIn":60}');
    },
    (peer) => {
      peer.on("message", (said) => {
        if (JSON.parse(String(said)).action === "ping") return peer.close(1009, "too big");
        peer.send(JSON.stringify({ events: [{ type: "reset" }], cursor: "1.EFGHIJKL1", more: false, ...places }));
        peer.send(JSON.stringify({ feed: "user", n: 2, at: "EFGHIJKL2", events: [{ type: "notification-deleted", id: "a" }] }));
      });
    },
  );
  const real = realLine(socket, server.url, { socketUrl: server.url.replace("http", "ws") + "/ws" });
  await real.until(() => real.groups.length > 1);
  expect(real.groups.map(({ cursor, live }) => [cursor, live])).toEqual([
    ["1.EFGHIJKL1", false],
    ["1.EFGHIJKL2", true],
  ]);
  real.line.nudge();
  await real.until(() => real.ends.length > 0);
  expect(real.ends).toEqual([{ kind: "lost" }]);
});
