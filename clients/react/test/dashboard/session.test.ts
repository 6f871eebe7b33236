// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import { viewOf } from "../../dashboard/src/route";
import { BLANK } from "../../dashboard/src/send/draft";
import { keepSent, recall, sentOf } from "../../dashboard/src/send/sent";
import { claimsOf } from "../../dashboard/src/session/token";

const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

describe("a pasted token", () => {
  it("tells whose it is", () => {
    expect(claimsOf(token({ sub: "zoë", roles: ["admin"] }))).toEqual({ user: "zoë", admin: true });
    expect(claimsOf(token({ sub: "ben", "cognito:groups": ["admin"] }))).toEqual({ user: "ben", admin: true });
    expect(claimsOf(token({ sub: "ben" }))).toEqual({ user: "ben", admin: null });
  });

  it.each(["", "a.b.c", "e30.e30", token([1])])("may say nothing: %s", (text) => {
    expect(claimsOf(text)).toEqual({ user: null, admin: null });
  });
});

describe("who one is", () => {
  let module: typeof import("../../dashboard/src/session/session");
  const answers = new Map<string, () => Response>();
  const asked: [string, RequestInit | undefined][] = [];
  const json = (body: unknown, status = 200) => () => new Response(JSON.stringify(body), { status });

  beforeEach(async () => {
    answers.clear();
    asked.length = 0;
    sessionStorage.clear();
    vi.resetModules();
    vi.stubGlobal("BroadcastChannel", undefined);
    vi.stubGlobal("fetch", (path: string, init?: RequestInit) => {
      asked.push([path, init]);
      const answer = answers.get(`${init?.method ?? "GET"} ${path}`);
      return answer ? Promise.resolve(answer()) : Promise.reject(new TypeError("no network"));
    });
    module = await import("../../dashboard/src/session/session");
  });
  const found = async () => {
    const { renderHook } = await import("@testing-library/react");
    await module.ask();
    return renderHook(() => module.useSession()).result.current;
  };

  it("is told by the development sign-in", async () => {
    answers.set("GET /dev/signin", json({ users: ["anna"], user: "anna", admin: false }));
    expect(await found()).toEqual({ kind: "in", caller: { user: "anna", admin: false, token: null }, users: ["anna"] });
  });

  it("is nobody yet", async () => {
    answers.set("GET /dev/signin", json({ users: ["anna"] }));
    expect(await found()).toEqual({ kind: "out", users: ["anna"] });
  });

  it("is told by the inbox where there is no development sign-in", async () => {
    answers.set("GET /dev/signin", json({}, 404));
    answers.set("GET /api/notifications?limit=1", json({ notifications: [{ userId: "carla" }] }));
    expect(await found()).toEqual({ kind: "in", caller: { user: "carla", admin: null, token: null }, users: null });
    answers.set("GET /api/notifications?limit=1", json({}, 401));
    expect(await found()).toEqual({ kind: "out", users: null });
  });

  it("is told by a pasted token, until the server refuses it", async () => {
    const mine = token({ sub: "dora", roles: ["admin"] });
    answers.set("GET /dev/signin", json({}, 404));
    answers.set("GET /api/notifications?limit=1", json({ notifications: [] }));
    await module.signInWith(mine);
    expect(await found()).toEqual({ kind: "in", caller: { user: "dora", admin: true, token: mine }, users: null });
    answers.set("GET /api/notifications?limit=1", json({}, 401));
    expect(await found()).toEqual({ kind: "out", users: null });
    answers.set("GET /api/notifications?limit=1", json({ notifications: [] }));
    expect((await found()).kind).toBe("in");
    expect(asked.at(-1)?.[1]?.headers).toEqual({});
  });

  it("keeps a pasted token while the server is in trouble, and forgets what was sent on the way out", async () => {
    const mine = token({ sub: "dora" });
    answers.set("GET /dev/signin", json({}, 404));
    answers.set("GET /api/notifications?limit=1", json({ notifications: [] }));
    await module.signInWith(mine);
    answers.set("GET /api/notifications?limit=1", json({}, 503));
    expect((await found()).kind).toBe("unreachable");
    answers.set("GET /api/notifications?limit=1", json({ notifications: [] }));
    expect(await found()).toMatchObject({ kind: "in", caller: { user: "dora" } });
    keepSent("dora", [sentOf("x", BLANK, 1)]);
    expect([recall("dora").length, recall("ben").length]).toEqual([1, 0]);
    await module.signOut();
    expect(recall("dora")).toEqual([]);
  });

  it("is unknown while the server is away", async () => {
    expect(await found()).toEqual({ kind: "unreachable" });
  });

  it("signs in, and says why it could not", async () => {
    answers.set("POST /dev/signin", json({ title: "Not for you" }, 403));
    await expect(module.signInAs("anna")).rejects.toThrow("Not for you");
    answers.set("POST /dev/signin", () => new Response(null, { status: 204 }));
    answers.set("GET /dev/signin", json({ users: ["anna"], user: "anna", admin: false }));
    await module.signInAs("anna");
    expect(asked.at(-2)?.[1]?.body).toBe('{"user":"anna"}');
  });
});

describe("routes", () => {
  it("know their views, and the inbox for anything else", () => {
    expect(["#/send", "#/events", "", "#/nowhere", "#send"].map(viewOf)).toEqual(["send", "events", "inbox", "inbox", "inbox"]);
  });
});
