/** The server's own examples, read by our readers. A change of the wire breaks this, and so does an example that nobody reads. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { BelfryEvent, BelfryNotification, Task } from "../../src/contract";
import { createRest, RestFailure } from "../../src/core/rest";
import type { BelfryError, LineEvents, Rest } from "../../src/core/types";
import { readSocketMessage, type SocketMessage } from "../../src/transports/socket-messages";
import { askNews, askTicket, readEvent } from "../../src/transports/read-news";
import { judge } from "../../src/transports/socket-feeds";
import { socket } from "../../src/transports/socket";
import { sse } from "../../src/transports/sse";
import { fakeBrowser } from "../support/platform";
import { only, socketing, streaming, tryLine } from "../transports/support";

const GOLDEN = new URL("../../../../crates/contract/golden/", import.meta.url);
const text = (name: string) => readFileSync(new URL(name, GOLDEN), "utf8");
const value = (name: string): unknown => JSON.parse(text(name));

// What the examples are about.
const CREATED = "2026-11-25T04:37:33.120Z";
const UPDATED = "2026-11-25T04:37:34.620Z";
const EXPIRES = "2027-02-23T04:37:33.120Z";
const USER_AT = "EFGHIJKLAAAAACsHnFQ";
const ALL_AT = "MNOPQRSTAAAAAAcHnFQ";
const CURSOR = `1.${USER_AT}~${ALL_AT}`;
const COUNTS = { unreadCount: 2, unseenCount: 1 };
const PLACES = new Map([
  ["user", { n: 43, at: USER_AT }],
  ["everyone", { n: 7, at: ALL_AT }],
]);

const build: BelfryNotification = {
  id: "EFGHIJKLAAAAACsA",
  userId: "anna",
  title: "Build 7 failed",
  message: "Two tests of the parser.\nSee the log.",
  type: "error",
  read: false,
  createdAt: CREATED,
  archived: false,
  category: "builds",
  key: "build-7",
  actions: [{ label: "Log", url: "/builds/7/log" }],
  data: { build: 7, tests: ["cut", "mark"] },
  expiresAt: EXPIRES,
  born: 43,
  unreadSince: { feed: "user", n: 43 },
  audience: "user",
};
const maintenance: BelfryNotification = {
  id: "MNOPQRSTAAAAAAcA",
  userId: "anna",
  title: "Maintenance at six",
  message: "",
  type: "info",
  read: true,
  createdAt: CREATED,
  archived: false,
  expiresAt: EXPIRES,
  born: 7,
  audience: "everyone",
};
const done: Task = {
  id: "t1",
  userId: "anna",
  name: "t1",
  status: "completed",
  progress: 100,
  // As JSON.parse reads 9223372036854775808: the nearest number that there is.
  result: { rows: 2 ** 63 },
  createdAt: CREATED,
  updatedAt: UPDATED,
};
const running: Task = { id: "t2", userId: "anna", name: "Export", status: "running", progress: 40, createdAt: CREATED, updatedAt: UPDATED };

const EVENTS: Record<string, BelfryEvent> = {
  "event-broadcast.json": { type: "broadcast", notification: maintenance },
  "event-inbox.json": { type: "inbox", ...COUNTS },
  "event-notification-deleted.json": { type: "notification-deleted", id: build.id },
  "event-notification.json": { type: "notification", notification: build },
  "event-reset.json": { type: "reset" },
  "event-task-completed.json": { type: "task-completed", userId: "anna", taskId: "t1", status: "completed", task: done },
  "event-task-progress.json": { type: "task-progress", task: running },
  "event-watermark-deleted.json": { type: "watermark", deleted: { user: 43 } },
  "event-watermark-read.json": { type: "watermark", read: { everyone: 7, user: 43 } },
};
const event = (name: keyof typeof EVENTS): BelfryEvent => {
  const found = EVENTS[name];
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const inbox = event("event-inbox.json");

const position = { streamCursor: CURSOR };
const REST: Record<string, [(rest: Rest) => Promise<unknown>, unknown]> = {
  "rest-notifications.json": [
    (rest) => rest.list({ filter: {}, limit: 2 }),
    {
      notifications: [build, maintenance],
      ...COUNTS,
      hasMore: true,
      nextCursor: "1pAAABohD-o0AQUYcgkosAAAAAKwAQUYcgkosAAAAAKwAAAAAAK9J3x6A",
      ...position,
    },
  ],
  "rest-tasks.json": [(rest) => rest.tasks({ limit: 50 }), { tasks: [done, running], hasMore: false, ...position }],
  "rest-task.json": [(rest) => rest.task("t1"), done],
  "rest-unread.json": [(rest) => rest.unread(), COUNTS],
  "rest-poll.json": [(rest) => askNews(rest, CURSOR), { events: [event("event-task-completed.json"), inbox], cursor: CURSOR, more: false }],
  "rest-marked.json": [(rest) => rest.mark({ id: build.id }, { read: true }), COUNTS],
  "rest-marked-all.json": [(rest) => rest.mark({ all: true }, { read: true }), { unreadCount: 0, unseenCount: 0 }],
  "rest-marked-category.json": [(rest) => rest.mark({ category: "builds" }, { read: true }), { ...COUNTS, more: true }],
  "rest-deleted.json": [(rest) => rest.remove({ id: build.id }), COUNTS],
  "rest-preferences.json": [(rest) => rest.preferences(), { muted: ["marketing", "social"] }],
  "rest-ticket.json": [askTicket, "8Yp0Yc1m4V2nq3rT5sU6wA"],
};
/** Answers to those who send, which this client does not. */
const OF_SENDERS = ["rest-accepted-broadcast.json", "rest-accepted.json"];

const problem = (name: string, status: number, title: string, more: Partial<BelfryError> = {}): BelfryError => ({
  type: name === "unauthorized" ? name : `urn:belfry:problem:${name}`,
  title,
  status,
  ...more,
});
const PROBLEMS: Record<string, BelfryError> = {
  "problem-bad-cursor.json": problem("bad-cursor", 400, "The cursor cannot be used", { detail: "begin again without a cursor, or with the filter that it came from" }),
  "problem-busy.json": problem("busy", 503, "Busy just now", { retryAfterMs: 2_000 }),
  "problem-forbidden.json": problem("forbidden", 403, "You may not do this"),
  "problem-idempotency-mismatch.json": problem("idempotency-mismatch", 422, "This key was used for another request"),
  "problem-idempotency-running.json": problem("idempotency-running", 409, "The first request with this key still runs", { retryAfterMs: 1_000 }),
  "problem-internal.json": problem("internal", 500, "Something went wrong on our side"),
  "problem-invalid-field.json": problem("invalid-field", 400, "A field of the body is wrong", { detail: "actions[0].link is not known here" }),
  "problem-invalid-query.json": problem("invalid-query", 400, "A query parameter is wrong", { detail: "page[] is not known here" }),
  "problem-malformed-json.json": problem("malformed-json", 400, "The body is not valid JSON", { detail: "the text is not valid JSON (at byte 1)" }),
  "problem-method-not-allowed.json": problem("method-not-allowed", 405, "The method is not allowed here"),
  "problem-not-found.json": problem("not-found", 404, "There is nothing here"),
  "problem-origin-refused.json": problem("origin-refused", 403, "The request comes from an origin that is not allowed"),
  "problem-position-unusable.json": problem("position-unusable", 400, "The position cannot be honoured", { detail: "fetch the list again and take its streamCursor" }),
  "problem-too-large.json": problem("too-large", 413, "The body is too large", { detail: "at most 262144 bytes" }),
  "problem-too-many-requests.json": problem("too-many-requests", 429, "Too many requests", { retryAfterMs: 30_000 }),
  "problem-two-fields.json": problem("invalid-field", 400, "A field of the body is wrong", { detail: "title is missing; nope is not known here" }),
  "problem-unauthenticated.json": problem("unauthorized", 401, "A valid credential is needed", { detail: "the token has expired" }),
  "problem-unsupported-media-type.json": problem("unsupported-media-type", 415, "The body must be application/json"),
  "problem-upgrade-required.json": problem("upgrade-required", 426, "A WebSocket is served here"),
};

const built = [event("event-notification.json"), inbox];
const SOCKET: Record<string, SocketMessage> = {
  "socket-answer-part.json": { kind: "answer", events: [event("event-task-progress.json")], cursor: CURSOR, more: true, places: null },
  "socket-answer.json": { kind: "answer", events: built, cursor: CURSOR, more: false, places: PLACES },
  "socket-error.json": {
    kind: "error",
    problem: problem("invalid-field", 400, "A field of the body is wrong", { detail: "action must be one of resume, ping" }),
  },
  "socket-notice.json": { kind: "push", push: { feed: "user", n: 43 } },
  "socket-positions.json": { kind: "places", places: PLACES },
  "socket-push-broadcast.json": { kind: "push", push: { feed: "everyone", n: 7, at: ALL_AT, events: [event("event-broadcast.json")] } },
  "socket-push.json": { kind: "push", push: { feed: "user", n: 43, at: USER_AT, events: built } },
};
/** What we say; `socket-resume-now` is never said, since a line has a place to begin at. */
const SOCKET_SAID = ["socket-resume.json", "socket-ping.json", "socket-resume-now.json"];

/** One call, answered by an example. */
async function answered(name: string, status: number, call: (rest: Rest) => Promise<unknown>): Promise<unknown> {
  const tab = fakeBrowser().tab();
  tab.onRequest = (request) => request.answer(status, { "content-type": "application/json" }, text(name));
  return call(createRest({}, tab));
}

describe("the server's examples", () => {
  it("are all read here, but for those of other readers", () => {
    const families = /^(rest|event|socket|problem)-|^stream\./;
    const there = readdirSync(GOLDEN).filter((name) => families.test(name));
    const here = [EVENTS, REST, PROBLEMS, SOCKET].flatMap((table) => Object.keys(table));
    expect(there.sort()).toEqual([...here, ...OF_SENDERS, ...SOCKET_SAID, "stream.sse"].sort());
  });

  it.each(Object.entries(EVENTS))("%s", (name, expected) => {
    expect(readEvent(text(name))).toEqual(expected);
  });

  it.each(Object.entries(REST))("%s", async (name, [call, expected]) => {
    expect(await answered(name, 200, call)).toEqual(expected);
  });

  it.each(Object.entries(PROBLEMS))("%s", async (name, expected) => {
    const error: unknown = await answered(name, expected.status ?? 0, (rest) => rest.unread()).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RestFailure);
    expect(error instanceof RestFailure && error.problem).toEqual(expected);
  });

  it.each(Object.entries(SOCKET))("%s", (name, expected) => {
    expect(readSocketMessage(text(name))).toEqual(expected);
  });

  it("pushes follow upon the place before them, and move the cursor to the example's", () => {
    const before = { cursor: `1.EFGHIJKLbefore~${ALL_AT}`, places: new Map([...PLACES, ["user", { n: 42, at: "EFGHIJKLbefore" }]]) };
    const message = readSocketMessage(text("socket-push.json"));
    expect(message?.kind === "push" && judge(before, message.push)).toEqual({ cursor: CURSOR, places: PLACES });
  });

  it("socket-resume.json and socket-ping.json are what we say", async () => {
    const { tab, line } = await tryLine(socket, { cursor: CURSOR, prepare: socketing });
    const peer = only([...tab.sockets]);
    peer.say(value("socket-answer.json"));
    line.nudge();
    expect(peer.sent).toEqual([value("socket-resume.json"), value("socket-ping.json")]);
  });

  it("stream.sse", async () => {
    const browser = fakeBrowser();
    const tab = browser.tab();
    const streams = streaming(tab);
    const groups: Parameters<LineEvents["group"]>[] = [];
    const ends: unknown[] = [];
    let [opened, alive] = [0, 0];
    const context = { cursor: CURSOR, clientId: "c", platform: tab, rest: createRest({}, tab), socketUrl: null, pollMs: 1, heartbeatMs: 1 };
    sse.open(context, {
      opened: () => void (opened += 1),
      alive: () => void (alive += 1),
      group: (...told) => void groups.push(told),
      ended: (end) => void ends.push(end),
    });
    await browser.settle();
    const stream = only(streams);
    stream.push(text("stream.sse"));
    await browser.settle();
    stream.end();
    await browser.settle();
    expect([opened, alive]).toEqual([1, 1]);
    expect(ends).toEqual([{ kind: "clean", retryMs: 2345 }]);
    const order = ["broadcast", "notification", "notification-deleted", "task-progress", "task-completed", "watermark-read", "watermark-deleted", "inbox", "reset"];
    expect(groups).toEqual(order.map((name) => [[event(`event-${name}.json`), inbox], CURSOR, false]));
  });
});
