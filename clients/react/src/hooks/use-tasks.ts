import { useCallback, useMemo } from "react";
import useSWR from "swr";
import type { Task } from "../contract";
import type { BelfryError } from "../core/types";
import { actionsOf } from "./actions";
import { useClient } from "./context";
import { problemOf } from "../core/problem";
import { keyOf, OURS, useReset } from "./fetched";
import { signalOf } from "./hold";
import { usePart, useRead } from "./select";

/** The user's background tasks, newest first, as they run. */
export interface Tasks {
  tasks: Task[];
  isLoading: boolean;
  error: BelfryError | null;
  refresh(): void;
}

/** The tasks of the user, kept live. */
export function useTasks(): Tasks {
  const client = useClient("useTasks()");
  const tasks = usePart(client, "tasks");
  const isLoading = usePart(client, "isLoading");
  const error = usePart(client, "error");
  return useMemo(() => ({ tasks, isLoading, error, refresh: actionsOf(client).refresh }), [client, tasks, isLoading, error]);
}

/** One task. `task` is null while it loads, and where there is no such task of this user. */
export interface OneTask {
  task: Task | null;
  isLoading: boolean;
  error: BelfryError | null;
}

/**
 * One task, kept live. The newest ones are known already; another one is fetched once, and live as soon as anything is said of it.
 * Without an id it waits for one.
 */
export function useTask(id: string | null | undefined): OneTask {
  const client = useClient("useTask()");
  const known = useRead(client, () => client.snapshot().tasks.find((task) => task.id === id) ?? null, null);
  const isStarting = usePart(client, "isLoading");
  const startError = usePart(client, "error");

  const wanted = id && !known && !isStarting ? keyOf(client, "task", id) : null;
  const { data, error, isLoading, mutate } = useSWR<Task | null, unknown>(wanted, () => client.rest.task(String(id), signalOf(client)), OURS);
  useReset(client, useCallback(() => void mutate(), [mutate]));

  const task = known ?? data ?? null;
  const isWaiting = Boolean(id) && !task && (isStarting || isLoading);
  const unread = useMemo(() => (error ? problemOf(error) : null), [error]);
  const trouble = isStarting ? startError : unread;
  return useMemo(() => ({ task, isLoading: isWaiting, error: trouble }), [task, isWaiting, trouble]);
}
