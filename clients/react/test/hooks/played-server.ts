/** A server for one fake tab: the golden lists, and streams that stay open. */
import goldenList from "../../../../crates/contract/golden/rest-notifications.json";
import goldenPreferences from "../../../../crates/contract/golden/rest-preferences.json";
import goldenTasks from "../../../../crates/contract/golden/rest-tasks.json";
import type { FakeRequest, FakeStream, FakeTab } from "../support/platform";

export interface Server {
  /** Every stream that was opened, in order. */
  streams: (FakeStream & { request: FakeRequest })[];
  requests(path: string): FakeRequest[];
  /** What came until now. */
  forget(): void;
}

export function server(tab: FakeTab): Server {
  const streams: Server["streams"] = [];
  const lists: Record<string, unknown> = {
    "/api/notifications": { ...goldenList, hasMore: false, nextCursor: null },
    "/api/tasks": goldenTasks,
    "/api/preferences": goldenPreferences,
    "/api/unread": { unreadCount: goldenList.unreadCount, unseenCount: goldenList.unseenCount },
  };
  tab.onRequest = (request) => {
    if (request.path === "/api/stream/events") {
      const stream = request.stream();
      stream.push(`retry: 1000\n\nid: ${goldenList.streamCursor}\n\n`);
      streams.push({ ...stream, request });
    } else if (request.path in lists) request.json(lists[request.path]);
    else request.problem(404, "not-found");
  };
  return {
    streams,
    requests: (path) => tab.history.filter((request) => request.path === path),
    forget() {
      streams.length = tab.history.length = 0;
    },
  };
}
