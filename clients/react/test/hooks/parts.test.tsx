// @vitest-environment happy-dom
import { memo } from "react";
import { expect, it } from "vitest";
import type { BelfryNotification } from "../../src/contract";
import { useBelfryEvent, useNotifications, useNotificationSystem, useStatus, useTasks, useUnreadCount } from "../../src/hooks";
import { NotificationProvider } from "../../src/hooks/provider";
import { first, ScriptedClient, second, task } from "./scripted-client";
import { act, render, renderHook, within } from "./mounting";

it("C42 every callback stays the same function while everything else changes", () => {
  const client = new ScriptedClient();
  const callbacks = (of: object) => Object.entries(of).filter(([, value]) => typeof value === "function");
  const { result } = renderHook(() => [useNotificationSystem(), useNotifications({ category: "a" }), useTasks()].flatMap(callbacks), within(client));
  const before = result.current;
  act(() => client.show({ unreadCount: 3, notifications: [first], tasks: [task], status: "offline", isLoading: true }));
  expect(before.length).toBeGreaterThan(20);
  expect(result.current).not.toBe(before);
  for (const [at, [name, callback]] of before.entries()) expect(result.current[at], name).toEqual([name, callback]);
  expect(result.current.every(([, callback], at) => callback === before[at]?.[1])).toBe(true);
});

it("C42 a component renders only when its own part changes", () => {
  const client = new ScriptedClient();
  const renders = { count: 0, status: 0, tasks: 0, system: 0 };
  const Count = () => (renders.count++, (<b>{useUnreadCount()}</b>));
  const Status = () => (renders.status++, (<i>{useStatus().status}</i>));
  const Tasks = () => (renders.tasks++, (<u>{useTasks().tasks.length}</u>));
  const System = () => (renders.system++, (<s>{useNotificationSystem().unseenCount}</s>));
  render(<NotificationProvider client={client}><Count /><Status /><Tasks /><System /></NotificationProvider>);
  expect(renders).toEqual({ count: 1, status: 1, tasks: 1, system: 1 });
  act(() => client.show({ unreadCount: 2 }));
  expect(renders).toEqual({ count: 2, status: 1, tasks: 1, system: 2 });
  act(() => client.show({ tasks: [task] }));
  expect(renders).toEqual({ count: 2, status: 1, tasks: 2, system: 3 });
});

it("C42 a row renders only when its own document changes", () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, notifications: [first, second] };
  const rendered: string[] = [];
  const Row = memo(({ of, onRead }: { of: BelfryNotification; onRead: (id: string) => void }) => {
    rendered.push(of.id);
    return <li onClick={() => onRead(of.id)}>{of.title}</li>;
  });
  const List = () => {
    const { notifications, markAsRead } = useNotificationSystem();
    return <ul>{notifications.map((one) => <Row key={one.id} of={one} onRead={markAsRead} />)}</ul>;
  };
  render(<NotificationProvider client={client}><List /></NotificationProvider>);
  expect(rendered).toEqual([first.id, second.id]);
  act(() => client.show({ notifications: [first, { ...second, read: !second.read }], unreadCount: 9 }));
  expect(rendered).toEqual([first.id, second.id, second.id]);
});

it("C42 subscribes once, however often it renders", () => {
  const client = new ScriptedClient();
  const { rerender } = renderHook(() => useNotificationSystem(), within(client));
  const before = [...client.listeners];
  rerender();
  act(() => client.show({ unreadCount: 7 }));
  expect([...client.listeners]).toEqual(before);
});

it("reads a list once for a filter that is written inline, and lets go of it", () => {
  const client = new ScriptedClient();
  client.lists.set("billing", { notifications: [first], hasMore: true, isLoading: false, isLoadingMore: false, error: null });
  const { result, rerender, unmount } = renderHook(({ category }) => useNotifications({ category, unread: true }), {
    ...within(client),
    initialProps: { category: "billing" },
  });
  const watched = client.watched[0];
  expect(result.current).toMatchObject({ notifications: [first], hasMore: true });
  rerender({ category: "billing" });
  act(() => client.show({ unreadCount: 4 }));
  expect(client.watched).toHaveLength(1);
  expect(client.watched[0]).toBe(watched);
  expect(result.current.unreadCount).toBe(4);

  void result.current.loadMore();
  expect(client.calls.at(-1)).toEqual(["loadMore", { category: "billing", unread: true }]);
  rerender({ category: "other" });
  expect(client.watched).toMatchObject([{ category: "other" }]);
  expect(result.current.isLoading).toBe(true);
  unmount();
  expect(client.watched).toEqual([]);
});

it("shows a list's own trouble before a refused change", () => {
  const client = new ScriptedClient();
  const refused = { type: "urn:belfry:problem:not-found", title: "Not found" };
  const failed = { type: "network", title: "No network" };
  const { result } = renderHook(() => useNotifications(), within(client));
  act(() => client.show({ error: refused }));
  expect(result.current.error).toBe(refused);
  client.lists.set("", { notifications: [], hasMore: false, isLoading: false, isLoadingMore: false, error: failed });
  act(() => client.show({}));
  expect(result.current.error).toBe(failed);
});

it("calls the latest handler of useBelfryEvent, and subscribes once", () => {
  const client = new ScriptedClient();
  const told: string[] = [];
  const { rerender, unmount } = renderHook(({ name }) => useBelfryEvent(({ event }) => told.push(`${name} ${event.type}`)), {
    ...within(client),
    initialProps: { name: "a" },
  });
  const [subscribed] = client.hearers;
  client.hear({ type: "reset" });
  rerender({ name: "b" });
  client.hear({ type: "inbox", unreadCount: 0, unseenCount: 0 });
  expect(told).toEqual(["a reset", "b inbox"]);
  expect([...client.hearers]).toEqual([subscribed]);
  unmount();
  expect(client.hearers.size).toBe(0);
});
