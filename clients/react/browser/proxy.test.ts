/** The harness itself: a fault that does nothing would make every test behind it worthless. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import WebSocket from "ws";
import { type Proxy, startProxy } from "./support/proxy";
import { type Server, startServer } from "./support/server";

let server: Server;
let proxy: Proxy;
beforeAll(async () => {
  server = await startServer(["--heartbeat-seconds", "1"]);
  proxy = await startProxy(server.url, inject("pageDir"));
});
afterAll(async () => {
  await proxy.close();
  await server.stop();
});
beforeEach(() => {
  for (const way of Object.keys(proxy.faults)) delete proxy.faults[way as keyof typeof proxy.faults];
});

const headers = (): Record<string, string> => ({ Authorization: `Bearer ${server.token("anna")}` });
const stream = (): Promise<Response> => fetch(`${proxy.url}/api/stream/events`, { headers: headers(), signal: AbortSignal.timeout(10_000) });
type Reader = { read(): Promise<{ done: boolean; value?: Uint8Array }> };
const readerOf = (answer: Response): Reader => {
  if (answer.body === null) throw new Error("no body");
  return answer.body.getReader();
};
const hears = async (reader: Reader, text: string): Promise<void> => {
  for (let all = ""; !all.includes(text); ) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`ended after ${all}`);
    all += Buffer.from(value ?? []).toString();
  }
};

describe("the proxy of these tests", () => {
  it("passes a stream, counts it, and cuts it", async () => {
    const reader = readerOf(await stream());
    await hears(reader, "id:");
    await server.publish({ type: "notification", userId: "anna", title: "through" });
    await hears(reader, "through");
    expect(proxy.open("sse")).toBe(1);
    proxy.cut();
    await expect(hears(reader, "never")).rejects.toThrow();
    await expect.poll(() => proxy.open("sse")).toBe(0);
  });

  it("answers in the server's stead, buffers, and hangs", async () => {
    proxy.faults.sse = 502;
    expect((await stream()).status).toBe(502);
    for (const fault of ["buffer", "hang"] as const) {
      proxy.faults.sse = fault;
      await expect(fetch(`${proxy.url}/api/stream/events`, { headers: headers(), signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/i);
    }
  });

  it("falls silent, and passes what it held", async () => {
    const reader = readerOf(await stream());
    const direct = readerOf(await fetch(`${server.url}/api/stream/events`, { headers: headers(), signal: AbortSignal.timeout(10_000) }));
    await hears(reader, "id:");
    await hears(direct, "id:");
    proxy.stall(true);
    await server.publish({ type: "notification", userId: "anna", title: "held back" });
    const held = hears(reader, "held back");
    // A line past the proxy hears it, and a heartbeat after it, while this one hears nothing.
    const others = hears(direct, "held back").then(() => hears(direct, "heartbeat"));
    expect(await Promise.race([held.then(() => "came"), others.then(() => "silence")])).toBe("silence");
    proxy.stall(false);
    await held;
  });

  it("passes a socket, and refuses one", async () => {
    const ticket = async (): Promise<string> => ((await (await fetch(`${proxy.url}/api/stream/ticket`, { method: "POST", headers: headers() })).json()) as { ticket: string }).ticket;
    const address = `${proxy.url.replace("http", "ws")}/ws?ticket=`;
    const socket = new WebSocket(address + (await ticket()));
    await new Promise(resolve => socket.once("open", resolve));
    socket.send(JSON.stringify({ action: "resume" }));
    const answer = await new Promise<string>(resolve => socket.once("message", (data: Buffer) => resolve(data.toString())));
    expect(JSON.parse(answer)).toHaveProperty("positions");
    expect(proxy.open("websocket")).toBe(1);
    proxy.cut("websocket");
    await new Promise(resolve => socket.once("close", resolve));
    proxy.faults.websocket = 403;
    const refused = new WebSocket(address + (await ticket()));
    expect(String(await new Promise(resolve => refused.once("error", resolve)))).toContain("403");
  });

  it("sees a server that was killed as gone, and serves again when it is back", async () => {
    await server.kill();
    await expect(fetch(`${proxy.url}/api/unread`, { headers: headers() })).rejects.toThrow();
    await server.restart();
    expect((await fetch(`${proxy.url}/api/unread`, { headers: headers() })).status).toBe(200);
  });
});
