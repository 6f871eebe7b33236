/** Which toasts are on screen and which wait. Pure: each id is let in once, three are shown, the others counted. */
import type { BelfryNotification, Task } from "../contract";

export const SHOWN_MAX = 3;
/** Ids remembered so that none comes twice: more than any server resends. */
const REMEMBERED_MAX = 1000;

export interface Toast {
  /** Of the notification; of a task with `task:` before it, since a job chooses that name. */
  id: string;
  type: BelfryNotification["type"];
  title: string;
  message: string;
  notification?: BelfryNotification;
  task?: Task;
}

export interface ToastQueue {
  /** Oldest first; the first `SHOWN_MAX` are on screen. */
  toasts: readonly Toast[];
  known: ReadonlySet<string>;
}

export type ToastChange = { type: "add"; toast: Toast } | { type: "remove"; ids: readonly string[] } | { type: "clear" } | { type: "reset" };

export const NO_TOASTS: ToastQueue = { toasts: [], known: new Set() };

export function changeToasts(queue: ToastQueue, change: ToastChange): ToastQueue {
  // Somebody else reads here now.
  if (change.type === "reset") return NO_TOASTS;
  if (change.type === "clear") return queue.toasts.length === 0 ? queue : { ...queue, toasts: [] };
  if (change.type === "remove") {
    const toasts = queue.toasts.filter(({ id }) => !change.ids.includes(id));
    return toasts.length === queue.toasts.length ? queue : { ...queue, toasts };
  }
  const { toast } = change;
  if (queue.known.has(toast.id)) return queue;
  const known = [...queue.known, toast.id];
  return { toasts: [...queue.toasts, toast], known: new Set(known.slice(-REMEMBERED_MAX)) };
}
