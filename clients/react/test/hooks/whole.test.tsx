// @vitest-environment happy-dom
import { useEffect } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import golden from "../../../../crates/contract/golden/rest-notifications.json";
import goldenPreferences from "../../../../crates/contract/golden/rest-preferences.json";
import { useNotificationSystem, usePreferences } from "../../src/hooks";
import { NotificationProvider } from "../../src/hooks/provider";
import { type FakeBrowser, fakeBrowser, type FakeTab } from "../support/platform";
import { act, render, renderHook, settled } from "./mounting";
import { type Server, server } from "./played-server";

let browser: FakeBrowser;
let tab: FakeTab;
let played: Server;
vi.mock("../../src/core/browser-platform", () => ({ browserPlatform: () => tab }));
beforeEach(() => {
  browser = fakeBrowser();
  tab = browser.tab();
  played = server(tab);
});

async function mounted() {
  const hook = renderHook(() => ({ system: useNotificationSystem(), preferences: usePreferences() }), {
    wrapper: ({ children }) => <NotificationProvider transports={["sse"]}>{children}</NotificationProvider>,
  });
  await passed(5_000);
  await settled();
  return hook.result;
}
const passed = (ms: number) => act(() => browser.advance(ms));
const push = (event: object, segment: string) => {
  const cursor = golden.streamCursor.replace("AAAAACsHnFQ", segment);
  return act(async () => {
    played.streams.at(-1)?.push(`data: ${JSON.stringify(event)}\nid: ${cursor}\n\n`);
    await browser.settle();
  });
};

it("marks at once, and takes it back with the server's reason when it is refused", async () => {
  const result = await mounted();
  const [row] = golden.notifications;
  const read = () => result.current.system.notifications.find(({ id }) => id === row?.id)?.read;
  const answer = tab.onRequest;
  let refuse: () => void = () => expect.unreachable();
  tab.onRequest = (request) => (request.method === "PATCH" ? (refuse = () => request.problem(403, "forbidden")) : answer?.(request));
  let outcome: unknown;
  await act(async () => {
    result.current.system.markAsRead(row?.id ?? "").catch((failure) => (outcome = failure));
    await browser.settle();
  });
  expect([read(), result.current.system.unreadCount]).toEqual([true, golden.unreadCount - 1]);
  refuse();
  await passed(1_000);
  expect([read(), result.current.system.unreadCount]).toEqual([false, golden.unreadCount]);
  expect(result.current.system.error).toMatchObject({ type: "urn:belfry:problem:forbidden", status: 403 });
  expect(outcome).toMatchObject({ problem: { status: 403 } });
  act(() => result.current.system.dismissError());
  expect(result.current.system.error).toBeNull();
});

it("reads preferences anew after a reset, which a change on another device brings", async () => {
  const result = await mounted();
  expect(result.current.preferences).toMatchObject({ muted: goldenPreferences.muted, isLoading: false });
  const before = played.requests("/api/preferences").length;
  await push({ type: "reset" }, "AAAAACwHnFQ");
  await settled();
  expect(played.requests("/api/preferences")).toHaveLength(before + 1);
});

it("shows nothing after signing out, and asks for nothing more", async () => {
  const result = await mounted();
  expect(result.current.system.notifications).toHaveLength(2);
  act(() => result.current.system.signOut());
  await act(() => browser.settle());
  expect(result.current.system).toMatchObject({ notifications: [], tasks: [], unreadCount: 0, transport: null });
  expect(result.current.preferences.muted).toEqual([]);
  const before = tab.history.length;
  await passed(300_000);
  expect(tab.history.length).toBe(before);
});

it("makes a change that a component asks for while it mounts", async () => {
  const outcomes: string[] = [];
  const Visitor = () => {
    const { markAsRead } = useNotificationSystem();
    useEffect(() => {
      markAsRead("linked-to").then(() => outcomes.push("done"), (failure) => outcomes.push(String(failure)));
    }, [markAsRead]);
    return null;
  };
  const answer = tab.onRequest;
  tab.onRequest = (request) => (request.method === "PATCH" ? request.json({ updated: 1, unreadCount: 1, unseenCount: 1 }) : answer?.(request));
  const { unmount } = render(<NotificationProvider transports={["sse"]}><Visitor /></NotificationProvider>);
  await passed(1_000);
  expect(outcomes).toEqual(["done"]);
  expect(tab.history.filter(({ method }) => method === "PATCH").map(({ body }) => body)).toEqual([{ id: "linked-to", read: true }]);
  unmount();
});
