// @vitest-environment happy-dom
import { describe, expect, it, vi } from "vitest";
import { createSwitchboard, lineOf, resumes } from "../../dashboard/src/line/switchboard";
import type { Platform, PlatformChange } from "../../src/core";

/** A socket that is open until it is closed, and says what was said to it. */
class Socket extends EventTarget {
  static open = 0;
  closed = false;
  constructor(readonly url: string | URL) {
    super();
    Socket.open++;
  }
  send(_: string) {}
  close() {
    if (!this.closed) Socket.open--;
    this.closed = true;
  }
}

function board() {
  let tell: (what: PlatformChange) => void = () => undefined;
  let online = true;
  const asked: { url: string; signal: AbortSignal }[] = [];
  const base = {
    now: () => 7,
    isOnline: () => online,
    watch: (heard: (what: PlatformChange) => void) => {
      tell = heard;
      return () => undefined;
    },
    fetch: (url: string, init: RequestInit) => {
      asked.push({ url, signal: init.signal as AbortSignal });
      return Promise.resolve(new Response("ok"));
    },
    WebSocket: Socket,
  } as unknown as Platform;
  const switchboard = createSwitchboard(base);
  const news = vi.fn();
  switchboard.onNews(news);
  return { switchboard, platform: switchboard.platform, asked, news, tell: (what: PlatformChange) => tell(what), setOnline: (to: boolean) => (online = to) };
}

describe("the switchboard", () => {
  it("lets everything through until it is told otherwise", async () => {
    const { platform, asked, news } = board();
    const mine = new AbortController();
    await platform.fetch("/api/unread", { signal: mine.signal });
    expect([platform.now(), platform.isOnline(), news.mock.calls.length]).toEqual([7, true, 0]);
    expect(asked[0]?.signal.aborted).toBe(false);
    mine.abort();
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it("cuts an open stream, and no request that has ended", async () => {
    const { switchboard, platform, asked, news } = board();
    await platform.fetch("/api/stream/events?after=1.a&client=c");
    await platform.fetch("/api/unread");
    switchboard.cut();
    expect(asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    expect(asked[0]?.signal.reason).toBeInstanceOf(TypeError);
    expect(news.mock.calls.map(([what]) => what as object)).toEqual([{ kind: "opened", transport: "sse", after: "1.a" }, { kind: "cut" }]);
  });

  it("cuts a socket without a goodbye", () => {
    const { switchboard, platform, news } = board();
    const socket = new (platform.WebSocket as typeof WebSocket)("ws://127.0.0.1/ws?ticket=t");
    const closed = vi.fn();
    socket.addEventListener("close", (event) => closed((event as CloseEvent).code));
    socket.send('{"action":"resume","after":"1.a"}');
    socket.send('{"action":"ping"}');
    switchboard.cut();
    expect(closed.mock.calls).toEqual([[1006]]);
    expect(Socket.open).toBe(0);
    expect(news.mock.calls[0]?.[0]).toEqual({ kind: "opened", transport: "websocket", after: "1.a" });
  });

  it("takes the network away, and gives it back once", async () => {
    const { switchboard, platform, asked, news, tell, setOnline } = board();
    const heard = vi.fn();
    platform.watch(heard);
    await platform.fetch("/api/stream/events");
    switchboard.setOffline(true);
    switchboard.setOffline(true);
    expect([platform.isOnline(), asked[0]?.signal.aborted]).toEqual([false, true]);
    await expect(platform.fetch("/api/unread")).rejects.toThrow(TypeError);
    new (platform.WebSocket as typeof WebSocket)("ws://127.0.0.1/ws");
    expect([asked.length, Socket.open]).toEqual([1, 0]);
    tell("online");
    tell("visible");
    switchboard.setOffline(false);
    expect(heard.mock.calls.flat()).toEqual(["offline", "visible", "online"]);
    expect(news.mock.calls.map(([{ kind }]) => kind as string)).toEqual(["opened", "offline", "online"]);

    setOnline(false);
    switchboard.setOffline(true);
    switchboard.setOffline(false);
    expect([platform.isOnline(), heard.mock.calls.length]).toEqual([false, 4]);
  });

  it("knows lines by their addresses and messages", () => {
    expect(lineOf("https://a.example/api/stream/events")).toEqual({ transport: "sse", after: null });
    expect(lineOf("/api/events?after=1.x~y")).toEqual({ transport: "polling", after: "1.x~y" });
    expect(lineOf("/api/notifications?limit=1")).toBeNull();
    expect([resumes('{"action":"resume"}'), resumes('{"action":"ping"}')]).toEqual([null, undefined]);
  });
});
