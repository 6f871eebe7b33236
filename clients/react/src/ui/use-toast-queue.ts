import { useEffect, useReducer, useRef, useSyncExternalStore, type Dispatch } from "react";
import type { Heard } from "../core/types";
import { useBelfryEvent, useClient } from "../hooks";
import { useIsomorphicLayoutEffect } from "./use-layout-effect";
import { changeToasts, NO_TOASTS, type Toast, type ToastChange, type ToastQueue } from "./toast-queue";

export interface ToastRules {
  /** Whether ended tasks are told of. */
  tasks: boolean;
  /** Which notifications deserve a toast; all unless given. */
  filter?(toast: Toast): boolean;
}

/** The toasts of this tab: what is new comes in, what was read or deleted meanwhile, wherever that was, goes. */
export function useToastQueue({ tasks, filter }: ToastRules): [ToastQueue, Dispatch<ToastChange>] {
  const client = useClient();
  const [queue, change] = useReducer(changeToasts, NO_TOASTS);

  useBelfryEvent((heard) => {
    const toast = toastOf(heard, tasks);
    if (toast && (!filter || filter(toast))) change({ type: "add", toast });
  });

  // What one user was told never shows for another: signed out, or somebody else now.
  useIsomorphicLayoutEffect(() => {
    let wasEmpty = client.snapshot().isLoading;
    const unwatch = client.subscribe(() => {
      const isEmpty = client.snapshot().isLoading;
      if (isEmpty && !wasEmpty) change({ type: "reset" });
      wasEmpty = isEmpty;
    });
    return () => {
      unwatch();
      change({ type: "reset" });
    };
  }, [client]);

  const { toasts } = queue;
  const listed = useRef(new Set<string>()).current;
  useEffect(() => {
    const look = () => {
      if (toasts.length === 0) return;
      // What has just come is at the top, however long the list is.
      const { notifications } = client.snapshot();
      const dealtWith = toasts.filter(({ id }) => {
        const row = notifications.find((one) => one.id === id);
        if (row) listed.add(id);
        return row ? row.read : listed.has(id);
      });
      if (dealtWith.length > 0) change({ type: "remove", ids: dealtWith.map(({ id }) => id) });
    };
    look();
    return client.subscribe(look);
  }, [client, toasts, listed]);
  useEffect(() => {
    if (toasts.length === 0) listed.clear();
  }, [toasts, listed]);

  return [queue, change];
}

function toastOf({ event, live, isNew }: Heard, tasks: boolean): Toast | null {
  if (event.type === "task-completed") {
    if (!tasks || !live) return null;
    const { task } = event;
    const type = task.status === "failed" ? "error" : task.status === "cancelled" ? "warning" : "success";
    return { id: `task:${task.id}`, type, title: task.name, message: task.error ?? "", task };
  }
  if ((event.type !== "notification" && event.type !== "broadcast") || !isNew) return null;
  const { id, type, title, message } = event.notification;
  return { id, type, title, message, notification: event.notification };
}

/** Whether the page is in sight; toasts wait while it is not. */
export function usePageVisible(): boolean {
  return useSyncExternalStore(
    (changed) => {
      document.addEventListener("visibilitychange", changed);
      return () => document.removeEventListener("visibilitychange", changed);
    },
    () => document.visibilityState !== "hidden",
    () => true,
  );
}
