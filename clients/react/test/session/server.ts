/** A small Belfry for the fake browser: one user's feed, streams, polls and lists, and every kind of trouble. */
import type { BelfryEvent, BelfryNotification } from "../../src/contract";
import type { FakeRequest, FakeStream, FakeTab } from "../support/platform";
import notification from "../../../../crates/contract/golden/event-notification.json";

export type Trouble = "none" | "refused" | "busy" | "down" | "silent" | "missing" | "no token";

export class Server {
  /** By path, what is wrong. */
  trouble: Record<string, Trouble> = {};
  retryAfter: string | null = null;
  transports = "sse, poll";
  beats = true;
  n = 0;
  groups: BelfryEvent[][] = [];
  streams: { stream: FakeStream; request: FakeRequest; tab: FakeTab }[] = [];
  requests: { at: number; path: string; method: string; body: unknown; token: string | null; url: string; now?: number }[] = [];
  rows: BelfryNotification[] = [];

  constructor(
    readonly now: () => number,
    public user = "AAAAAAAA",
  ) {}

  get cursor(): string {
    return this.at(this.n);
  }
  at(n: number): string {
    return `1.${this.user}${String(n).padStart(6, "0")}`;
  }
  get open() {
    return this.streams.filter(({ request, tab }) => tab.requests.has(request));
  }
  count(path: string): number {
    return this.requests.filter((request) => request.path.startsWith(path)).length;
  }
  /** When the streams were asked for. */
  get tries(): number[] {
    return this.requests.filter(({ path }) => path === "/api/stream/events").map(({ at }) => at);
  }

  serve(tab: FakeTab): FakeTab {
    tab.onRequest = (request) => this.answer(request, tab);
    return tab;
  }

  answer(request: FakeRequest, tab: FakeTab): void {
    const { path, method, body, url } = request;
    this.requests.push({ at: this.now(), path, method, body, url, token: request.headers.get("authorization") });
    const [, trouble = "none"] = Object.entries(this.trouble).find(([start]) => path.startsWith(start)) ?? [];
    const headers = { "belfry-transports": this.transports, ...(this.retryAfter && { "retry-after": this.retryAfter }) };
    if (trouble === "refused" || trouble === "no token") return request.problem(401, "unauthenticated");
    if (trouble === "busy") return request.problem(503, "busy", headers);
    if (trouble === "down") return request.fail();
    if (trouble === "silent") return;
    if (trouble === "missing") return request.problem(404, "not-found");
    const counts = { unreadCount: this.rows.filter(({ read }) => !read).length, unseenCount: 0 };
    if (path === "/api/stream/events") {
      const stream = request.stream(headers);
      this.streams.push({ stream, request, tab });
      stream.push(`retry: 2000\n\nid: ${request.query.get("after")}\n\n`);
      return this.since(request.query.get("after") ?? "").forEach((n) => this.write(stream, n));
    }
    if (path === "/api/events") {
      const missed = this.since(request.query.get("after") ?? "");
      if (missed.length === 0) return request.answer(204, headers);
      return request.json({ events: missed.flatMap((n) => this.groups[n - 1] ?? []), cursor: this.cursor, more: false }, { headers });
    }
    if (path === "/api/tasks") return request.json({ tasks: [], page: 1, limit: 100, hasMore: false, streamCursor: this.cursor }, { headers });
    if (path === "/api/unread") return request.json(counts, { headers });
    if (method === "GET") {
      const page = { page: 1, limit: 50, hasMore: false, nextCursor: null, streamCursor: this.cursor };
      return request.json({ notifications: this.rows, ...counts, ...page }, { headers });
    }
    this.changed(body as { id?: string; all?: boolean; read?: boolean });
    request.json({ updated: 1, ...counts }, { headers });
  }

  private changed({ id, all }: { id?: string; all?: boolean }): void {
    this.rows = this.rows.map((row) => (all || row.id === id ? { ...row, read: true, unreadSince: undefined } : row));
    const row = this.rows.find((one) => one.id === id);
    if (row) this.publish([{ type: "notification", notification: row }]);
  }

  private since(after: string): number[] {
    const held = Number(after.slice(-6));
    return Array.from({ length: this.n - held }, (_, i) => held + i + 1);
  }

  private write(stream: FakeStream, n: number): void {
    const events = this.groups[n - 1] ?? [];
    const lines = events.map((event, i) => `${i === events.length - 1 ? `id: ${this.at(n)}\n` : ""}data: ${JSON.stringify(event)}\n\n`);
    stream.push(lines.join(""));
  }

  publish(events: BelfryEvent[]): void {
    this.n += 1;
    const unreadCount = this.rows.filter(({ read }) => !read).length;
    this.groups.push([...events, { type: "inbox", unreadCount, unseenCount: 0 }]);
    for (const { stream } of this.open) this.write(stream, this.n);
  }

  /** One new notification. */
  notify(id: string): void {
    const row: BelfryNotification = {
      ...(notification.notification as BelfryNotification),
      id,
      createdAt: new Date(this.now()).toISOString(),
      expiresAt: new Date(this.now() + 90 * 86_400_000).toISOString(),
      born: this.n + 1,
      unreadSince: { feed: "user", n: this.n + 1 },
    };
    this.rows = [row, ...this.rows];
    this.publish([{ type: "notification", notification: row }]);
  }

  reset(): void {
    this.n += 1;
    this.groups.push([{ type: "reset" }, { type: "inbox", unreadCount: 0, unseenCount: 0 }]);
    for (const { stream } of this.open) this.write(stream, this.n);
  }

  beat(): void {
    if (this.beats) for (const { stream } of this.open) stream.push(": heartbeat\n\n");
  }
}
