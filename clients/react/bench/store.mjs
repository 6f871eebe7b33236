/** What the replica costs with 10,000 notifications: `node bench/store.mjs` prints one line a figure, in milliseconds. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";

const outDir = await mkdtemp(join(tmpdir(), "belfry-bench-"));
const source = (name) => new URL(`../src/core/${name}`, import.meta.url).pathname;
await build({
  configFile: false,
  logLevel: "error",
  build: { outDir, minify: false, lib: { entry: { replica: source("replica.ts"), later: source("store/later.ts") }, formats: ["es"] } },
});
const { createReplica } = await import(join(outDir, "replica.js")).catch(() => import(join(outDir, "replica.mjs")));
const { later } = await import(join(outDir, "later.js")).catch(() => import(join(outDir, "later.mjs")));
await rm(outDir, { recursive: true });

const COUNT = 10_000;
const NOON = Date.parse("2026-11-25T12:00:00.000Z");
const TIMES = 200;

function segment(n) {
  return `EFGHIJKL${String(n).padStart(11, "0")}`;
}
function notification(n) {
  const id = `EFGHIJKL${Buffer.from([0, 0, n >> 16, (n >> 8) & 255, n & 255, 0]).toString("base64url")}`;
  return {
    id, userId: "anna", title: `Build ${n} failed`, message: "Two tests of the parser.", type: "error", read: false, archived: false,
    createdAt: new Date(NOON - (2 * COUNT - n) * 1_000).toISOString(), expiresAt: new Date(NOON + (90 * 86_400 + n) * 1_000).toISOString(),
    born: n, audience: "user", unreadSince: { feed: "user", n },
  };
}

function filled() {
  const replica = createReplica({ now: () => NOON, leads: () => true, later: () => later });
  const all = Array.from({ length: COUNT }, (_, index) => notification(COUNT - index));
  const counts = { unreadCount: 1_000, unseenCount: 1_000 };
  const page = { notifications: all, ...counts, hasMore: false, nextCursor: null, streamCursor: `1.${segment(COUNT)}` };
  replica.dispatch({ type: "refill", page, tasks: null, at: NOON });
  replica.snapshot();
  return replica;
}

/** The median and the 99th percentile of so many runs. */
function measure(name, run) {
  const took = Array.from({ length: TIMES }, (_, index) => {
    const began = performance.now();
    run(index);
    return performance.now() - began;
  }).sort((one, other) => one - other);
  console.log(`${name}: median ${took[TIMES / 2].toFixed(3)} ms, 99 % ${took[Math.floor(TIMES * 0.99)].toFixed(3)} ms`);
}

const began = performance.now();
const replica = filled();
console.log(`read ${COUNT} for the first time: ${(performance.now() - began).toFixed(1)} ms`);

let next = COUNT;
measure("a new one, and the snapshot", () => {
  next += 1;
  const events = [{ type: "notification", notification: notification(next) }, { type: "inbox", unreadCount: 1_000, unseenCount: 1 }];
  replica.dispatch({ type: "group", events, cursor: `1.${segment(next)}`, live: true, at: NOON });
  replica.snapshot();
});
measure("the same with three more lists", () => {
  next += 1;
  const events = [{ type: "notification", notification: notification(next) }, { type: "inbox", unreadCount: 1_000, unseenCount: 1 }];
  replica.dispatch({ type: "group", events, cursor: `1.${segment(next)}`, live: true, at: NOON });
  replica.snapshot();
  for (const filter of [{ unread: true }, { archived: true }, { category: "builds" }]) replica.list(filter);
});
measure("a mark of ours, shown and confirmed", (index) => {
  const doc = notification(index * 40 + 1);
  const op = { id: `b-${index}`, kind: "mark", target: { id: doc.id }, mark: { read: true }, at: NOON, cursor: replica.cursor() };
  replica.dispatch({ type: "op-start", op });
  replica.snapshot();
  next += 1;
  const { unreadSince: _, ...read } = { ...doc, read: true };
  const events = [{ type: "notification", notification: read }, { type: "inbox", unreadCount: 1_000, unseenCount: 1 }];
  replica.dispatch({ type: "group", events, cursor: `1.${segment(next)}`, live: true, at: NOON });
  replica.dispatch({ type: "op-done", id: op.id, at: NOON });
  replica.snapshot();
});
replica.dispatch({ type: "op-start", op: { id: "d", kind: "mark", target: { all: true, upTo: replica.cursor() }, mark: { read: true }, at: NOON } });
measure("a new one, while all are being marked read", () => {
  next += 1;
  const events = [{ type: "notification", notification: notification(next) }, { type: "inbox", unreadCount: 1_000, unseenCount: 1 }];
  replica.dispatch({ type: "group", events, cursor: `1.${segment(next)}`, live: true, at: NOON });
  replica.snapshot();
});
replica.dispatch({ type: "op-failed", id: "d", error: { type: "network", title: "Gone" } });
measure("all marked read, shown and taken back", (index) => {
  const op = { id: `c-${index}`, kind: "mark", target: { all: true, upTo: replica.cursor() }, mark: { read: true }, at: NOON };
  replica.dispatch({ type: "op-start", op });
  replica.snapshot();
  replica.dispatch({ type: "op-failed", id: op.id, error: { type: "network", title: "Gone" } });
  replica.snapshot();
});
