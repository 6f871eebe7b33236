// @vitest-environment happy-dom
import { StrictMode, version } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { usePreferences, useNotifications, useNotificationSystem, useTask, useTasks, useUnreadCount } from "../../src/hooks";
import { NotificationProvider, type NotificationProviderProps } from "../../src/hooks/provider";
import { type FakeBrowser, fakeBrowser, type FakeTab, NOTHING } from "../support/platform";
import { act, render } from "./mounting";
import { type Server, server } from "./played-server";
import { ScriptedClient } from "./scripted-client";

let browser: FakeBrowser;
let tab: FakeTab;
let played: Server;
vi.mock("../../src/core/browser-platform", () => ({ browserPlatform: () => tab }));
beforeEach(() => {
  browser = fakeBrowser();
  tab = browser.tab();
  played = server(tab);
});

function Screen() {
  const { notifications, status, transport } = useNotificationSystem();
  useNotifications({ unread: true });
  useTask("elsewhere");
  usePreferences();
  return <p>{[useUnreadCount(), useTasks().tasks.length, notifications.length, status, transport].join(" ")}</p>;
}
const page = (props: NotificationProviderProps) => (
  <NotificationProvider baseUrl="https://belfry.test" transports={["sse"]} {...props}>
    <Screen />
  </NotificationProvider>
);
const passed = (ms: number) => act(() => browser.advance(ms));

it("runs on the React that it says", () => {
  expect(version.split(".")[0]).toBe(process.env["REACT_MAJOR"] ?? "19");
});

it("C41 StrictMode mounts twice and connects once", async () => {
  const once = render(page({}));
  await passed(5_000);
  const needed = tab.leaks();
  once.unmount();
  played.forget();

  const { container } = render(<StrictMode>{page({})}</StrictMode>);
  await passed(5_000);
  expect(container.textContent).toBe("2 2 2 live sse");
  expect(played.streams).toHaveLength(1);
  expect(played.requests("/api/notifications").filter(({ query }) => !query.has("unread"))).toHaveLength(1);
  expect(played.requests("/api/preferences")).toHaveLength(1);
  expect(needed).toMatchObject({ locks: 1, requests: 1 });
  expect(tab.leaks()).toEqual(needed);
});

it("C41 case 15: unmount leaves no timer, listener, lock or request, whenever it comes", async () => {
  for (const ms of [0, 1, 5_000, 60_000]) {
    const { unmount } = render(page({}));
    await passed(ms);
    unmount();
    await act(() => browser.settle());
    expect(tab.leaks(), `after ${ms} ms`).toEqual(NOTHING);
    const before = tab.history.length;
    await passed(120_000);
    expect(tab.history.length).toBe(before);
  }
});

it("C41 case 15: unmount while requests are pending ends them", async () => {
  tab.onRequest = null;
  const { unmount } = render(page({}));
  await passed(10);
  expect(tab.leaks().requests).toBeGreaterThan(0);
  unmount();
  await act(() => browser.settle());
  expect(tab.leaks()).toEqual(NOTHING);
});

it("C41 case 15: unmount ends what SWR has asked for", async () => {
  const answer = tab.onRequest;
  tab.onRequest = (request) => (/preferences|tasks\/elsewhere/.test(request.path) ? undefined : answer?.(request));
  const { unmount } = render(page({}));
  await passed(5_000);
  const pending = [...played.requests("/api/preferences"), ...played.requests("/api/tasks/elsewhere")];
  expect(pending.map(({ aborted }) => aborted)).toEqual([false, false]);
  unmount();
  await act(() => browser.settle());
  expect(pending.map(({ aborted }) => aborted)).toEqual([true, true]);
  expect(tab.leaks()).toEqual(NOTHING);
});

it("C41 options written inline do not connect anew, other ones do", async () => {
  const options = (): NotificationProviderProps => ({ transports: ["sse", "polling"], pageSize: 20, getToken: () => "t", user: "anna" });
  const { rerender } = render(page(options()));
  await passed(5_000);
  for (let times = 0; times < 5; times++) rerender(page(options()));
  await passed(5_000);
  expect(played.streams).toHaveLength(1);
  expect(played.streams[0]?.request.aborted).toBe(false);

  rerender(page({ ...options(), pageSize: 30 }));
  await passed(5_000);
  expect(played.streams).toHaveLength(2);
  expect(played.streams[0]?.request.aborted).toBe(true);
});

it("C41 another user begins anew, and children keep their state", async () => {
  const { rerender, container } = render(page({ user: "anna" }));
  await passed(5_000);
  expect(container.textContent).toBe("2 2 2 live sse");
  const paragraph = container.firstChild;
  rerender(page({ user: "ben" }));
  expect(container.textContent).toMatch(/^0 0 0 /);
  await passed(5_000);
  expect(container.textContent).toBe("2 2 2 live sse");
  expect(container.firstChild).toBe(paragraph);
  expect(played.streams.map(({ request }) => request.aborted)).toEqual([true, false]);
});

it("asks the latest getToken, never an old one", async () => {
  const { rerender } = render(page({ getToken: () => "first" }));
  await passed(5_000);
  rerender(page({ getToken: () => "second" }));
  played.streams[0]?.end();
  await passed(10_000);
  const tokens = played.streams.map(({ request }) => request.headers.get("authorization"));
  expect(tokens).toEqual(["Bearer first", "Bearer second"]);
});

it("C41 a client of one's own is started by its first provider and stopped with its last", () => {
  const client = new ScriptedClient();
  const both = (first: boolean, second: boolean) => (
    <>
      {first && <NotificationProvider client={client} />}
      {second && <NotificationProvider client={client} />}
    </>
  );
  const { rerender } = render(both(true, true));
  expect(client.running).toBe(1);
  rerender(both(false, true));
  expect(client.running).toBe(1);
  rerender(both(false, false));
  expect(client.running).toBe(0);
  expect(client.calls).toEqual([["start"], ["stop"]]);
});
