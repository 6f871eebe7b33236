// @vitest-environment happy-dom
import { describe, expect, expectTypeOf, it } from "vitest";
import type { useNotifications as list, useNotificationSystem as system, useTasks as tasks } from "../../src/index";
import { useNotifications, useNotificationSystem, useTasks } from "../../src/index";
import { first, ScriptedClient, second, task } from "./scripted-client";
import { act, renderHook, within } from "./mounting";

/** What code in use was written against. */
interface OldNotification {
  id: string;
  userId: string;
  title: string;
  message: string;
  type: "info" | "warning" | "success" | "error";
  read: boolean;
  createdAt: string;
}
interface OldTask {
  id: string;
  status: string;
}
interface OldSystem {
  notifications: OldNotification[];
  tasks: OldTask[];
  unreadCount: number;
  markAsRead: (id: string) => Promise<void>;
  markAllAsRead: () => Promise<void>;
  refresh: () => void;
}

describe("the inherited interface", () => {
  it("has the types that code in use was written against", () => {
    expectTypeOf<ReturnType<typeof system>>().toExtend<OldSystem>();
    expectTypeOf<ReturnType<typeof system>["markAsRead"]>().toEqualTypeOf<OldSystem["markAsRead"]>();
    expectTypeOf<ReturnType<typeof system>["markAllAsRead"]>().toEqualTypeOf<OldSystem["markAllAsRead"]>();
    expectTypeOf<ReturnType<typeof system>["refresh"]>().toEqualTypeOf<OldSystem["refresh"]>();
    expectTypeOf<ReturnType<typeof list>["notifications"]>().toExtend<OldNotification[]>();
    expectTypeOf<ReturnType<typeof tasks>["tasks"]>().toExtend<OldTask[]>();
  });

  it("gives everything that useNotificationSystem gave", async () => {
    const client = new ScriptedClient();
    client.shown = { ...client.shown, notifications: [first, second], tasks: [task], unreadCount: 1 };
    const { result } = renderHook(() => useNotificationSystem(), within(client));
    const old: OldSystem = result.current;

    expect(old.notifications.map(({ id, title }) => [id, title])).toEqual([[first.id, first.title], [second.id, second.title]]);
    expect(old.tasks.map(({ status }) => status)).toEqual([task.status]);
    expect(old.unreadCount).toBe(1);
    await act(async () => {
      expect(await old.markAsRead(first.id)).toBeUndefined();
      expect(await old.markAllAsRead()).toBeUndefined();
      expect(old.refresh()).toBeUndefined();
    });
    expect(client.calls.slice(1)).toEqual([
      ["mark", { id: first.id }, { read: true }],
      ["mark", { all: true }, { read: true }],
      ["refresh"],
    ]);
  });

  it("gives what useNotifications and useTasks gave", () => {
    const client = new ScriptedClient();
    client.shown = { ...client.shown, tasks: [task], unreadCount: 1 };
    client.lists.set("", { notifications: [first], hasMore: false, isLoading: false, isLoadingMore: false, error: null });
    const { result } = renderHook(() => ({ ...useTasks(), ...useNotifications() }), within(client));
    expect(result.current).toMatchObject({ notifications: [first], tasks: [task], unreadCount: 1, isLoading: false, error: null });
    for (const name of ["markAsRead", "markAllAsRead", "remove", "refresh"] as const) expect(result.current[name]).toBeTypeOf("function");
  });

  it("lets nobody who ignores a refused change fail by it", async () => {
    const client = new ScriptedClient();
    client.answer = () => Promise.reject(new Error("refused"));
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const { result } = renderHook(() => useNotificationSystem(), within(client));
    void result.current.markAsRead("x");
    await expect(result.current.markAsRead("x")).rejects.toThrow("refused");
    await new Promise((done) => setTimeout(done, 5));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });
});
