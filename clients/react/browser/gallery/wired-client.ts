/**
 * The real client, whose server is a function of this page: pages of a hundred rows, and a stream that says what it is told to. For
 * what a change costs from the bytes of the network to the screen.
 */
import type { BelfryNotification } from "../../src/contract";
import { browserPlatform, createClient } from "../../src/core";
import type { Client } from "../../src/core/types";

const PAGE_ROWS = 100;
/** The count stops there. */
const CAP = 1_000;

export interface Wired {
  client: Client;
  /** The stream brings it. */
  arrive(notification: BelfryNotification): void;
}

/** Once it is live and has read all of them. */
export async function wiredClient(rows: BelfryNotification[]): Promise<Wired> {
  const unread = rows.filter(({ read }) => !read).length;
  const counts = (more: number) => ({ unreadCount: Math.min(CAP, unread + more), unseenCount: more });
  let n = 1;
  const cursor = () => `1.AAAAAAAA${String(n).padStart(6, "0")}`;
  const bytes = new TextEncoder();
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined;

  const answers: Record<string, (asked: URLSearchParams) => object> = {
    "/api/notifications": (asked) => {
      const from = Number(asked.get("cursor"));
      const next = from + PAGE_ROWS;
      const hasMore = next < rows.length;
      return { notifications: rows.slice(from, next), ...counts(0), hasMore, nextCursor: hasMore ? String(next) : null, streamCursor: cursor() };
    },
    "/api/tasks": () => ({ tasks: [], hasMore: false, streamCursor: cursor() }),
    "/api/unread": () => counts(0),
  };
  const platform = {
    ...browserPlatform(),
    fetch: (input: RequestInfo | URL) => {
      const { pathname, searchParams } = new URL(String(input), location.href);
      const answer = answers[pathname];
      if (answer) return Promise.resolve(Response.json(answer(searchParams)));
      const body = new ReadableStream<Uint8Array>({
        start(control) {
          stream = control;
          control.enqueue(bytes.encode(`: opened\nid: ${cursor()}\n\n`));
        },
      });
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    },
  };
  const client = createClient({ pageSize: PAGE_ROWS, transports: ["sse"], shareTabs: false }, platform);
  client.start();
  await new Promise<void>((live) => {
    const stop = client.subscribe(() => {
      if (client.snapshot().status !== "live") return;
      stop();
      live();
    });
  });
  while (client.snapshot().hasMore) await client.loadMore();

  return {
    client,
    arrive(notification) {
      n += 1;
      const events = [
        { type: "notification", notification },
        { type: "inbox", ...counts(n - 1) },
      ];
      const frames = events.map((event, place) => `${place === events.length - 1 ? `id: ${cursor()}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
      stream?.enqueue(bytes.encode(frames.join("")));
    },
  };
}
