import { useSyncExternalStore } from "react";

export const VIEWS = ["inbox", "tasks", "preferences", "send", "events"] as const;
export type View = (typeof VIEWS)[number];

/** Views live behind `#`, so that the server needs to know one path only. */
export const pathOf = (view: View): string => `#/${view}`;

/** The view that a hash names; the inbox for any other. */
export function viewOf(hash: string): View {
  return VIEWS.find((view) => pathOf(view) === hash) ?? "inbox";
}

export function useView(): View {
  return useSyncExternalStore(watchHash, () => viewOf(location.hash));
}

function watchHash(changed: () => void): () => void {
  addEventListener("hashchange", changed);
  return () => removeEventListener("hashchange", changed);
}
