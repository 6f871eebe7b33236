/** Which notifications belong on a list: the same as the server's. */
import type { BelfryNotification } from "../../contract";
import type { Filter } from "../types";

export const INBOX: Filter = {};

/** One text for filters that mean the same. */
export function filterKey({ unread, archived, type, category }: Filter): string {
  return `${unread ? "u" : ""}${archived ? "a" : ""}|${type ?? ""}|${category ?? ""}`;
}

export function matches(filter: Filter, doc: BelfryNotification): boolean {
  return (
    doc.archived === (filter.archived ?? false) &&
    !(filter.unread && doc.read) &&
    (!filter.type || doc.type === filter.type) &&
    (!filter.category || doc.category === filter.category)
  );
}
