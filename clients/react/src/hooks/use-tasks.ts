import { useMemo } from "react";
import type { Task } from "../contract";
import type { BelfryError } from "../core/types";
import { actionsOf } from "./actions";
import { useClient } from "./context";
import { useFetched } from "./fetched";
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
  const fetched = useFetched(client, id && !known ? `task ${id}` : null, (signal) => client.rest.task(String(id), signal));
  const { data, error } = fetched;

  const task = known ?? data ?? null;
  const isLoading = Boolean(id) && !task && fetched.isLoading;
  return useMemo(() => ({ task, isLoading, error }), [task, isLoading, error]);
}
