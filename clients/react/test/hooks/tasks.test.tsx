// @vitest-environment happy-dom
import { expect, it } from "vitest";
import type { Task } from "../../src/contract";
import { useTask } from "../../src/hooks";
import { Deferred, ScriptedClient, task } from "./scripted-client";
import { act, renderHook, settled, within } from "./mounting";

const other: Task = { ...task, id: "old-export", name: "Old export", status: "running", progress: 10 };

it("shows a task that is known without asking for it, and follows it", async () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, tasks: [task] };
  const { result } = renderHook(() => useTask(task.id), within(client));
  await settled();
  expect(result.current.task).toBe(task);
  const later = { ...task, progress: 99 };
  act(() => client.show({ tasks: [later] }));
  expect(result.current.task).toBe(later);
  expect(client.count("task")).toBe(0);
});

it("fetches another one once for all who show it, and keeps it live", async () => {
  const client = new ScriptedClient();
  const reply = new Deferred<Task>();
  client.task = () => reply.promise;
  client.shown = { ...client.shown, tasks: [task] };
  const { result } = renderHook(() => [useTask(other.id), useTask(other.id)], within(client));
  await settled();
  expect(result.current).toMatchObject([{ task: null, isLoading: true, error: null }, { isLoading: true }]);
  await act(async () => reply.resolve(other));
  expect(result.current).toEqual([{ task: other, isLoading: false, error: null }, { task: other, isLoading: false, error: null }]);
  const done: Task = { ...other, status: "completed", progress: 100 };
  act(() => client.show({ tasks: [done, task] }));
  expect(result.current.map((one) => one.task)).toEqual([done, done]);
  expect(client.calls.filter(([what]) => what === "task")).toEqual([["task", other.id]]);
});

it("waits for the first lists before it fetches", async () => {
  const client = new ScriptedClient();
  client.shown = { ...client.shown, isLoading: true };
  const { result } = renderHook(() => useTask(task.id), within(client));
  await settled();
  expect(result.current).toEqual({ task: null, isLoading: true, error: null });
  act(() => client.show({ isLoading: false, tasks: [task] }));
  await settled();
  expect(result.current.task).toBe(task);
  expect(client.count("task")).toBe(0);
});

it("tells a task that does not exist from one that cannot be read", async () => {
  const client = new ScriptedClient();
  const { result, rerender } = renderHook(({ id }: { id: string | null }) => useTask(id), { ...within(client), initialProps: { id: null as string | null } });
  expect(result.current).toEqual({ task: null, isLoading: false, error: null });
  rerender({ id: "nobody's" });
  await settled();
  expect(result.current).toEqual({ task: null, isLoading: false, error: null });
  client.task = () => Promise.reject(new Error("down"));
  rerender({ id: "unreachable" });
  await settled();
  expect(result.current).toMatchObject({ task: null, isLoading: false, error: { type: "network" } });
});

it("asks again after a reset", async () => {
  const client = new ScriptedClient();
  client.task = () => Promise.resolve(other);
  const { result } = renderHook(() => useTask(other.id), within(client));
  await settled();
  const done: Task = { ...other, status: "completed" };
  client.task = () => Promise.resolve(done);
  act(() => client.hear({ type: "reset" }));
  await settled();
  expect(result.current.task).toEqual(done);
});
