/** A page that shares its connection and does nothing else: the stream is the time that has passed. */
import type { Action, Platform } from "../../src/core/types";
import { createTabs } from "../../src/tabs/tabs";

const TICK_MS = 100;
const START = Number(new URLSearchParams(location.search).get("start"));

const seen = {
  leads: false,
  leadings: 0,
  followings: 0,
  stream: [] as number[],
  changes: [] as string[],
  faults: [] as string[],
};

const platform: Platform = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: timer => clearTimeout(timer as number),
  fetch: (input, init) => fetch(input, init),
  BroadcastChannel,
  locks: navigator.locks,
  isOnline: () => navigator.onLine,
  isVisible: () => document.visibilityState === "visible",
  watch(tell) {
    document.addEventListener("visibilitychange", () => tell(document.visibilityState === "visible" ? "visible" : "hidden"));
    document.addEventListener("freeze", () => tell("frozen"));
    document.addEventListener("resume", () => tell("resumed"));
    addEventListener("pagehide", event => event.persisted && tell("frozen"));
    addEventListener("pageshow", event => event.persisted && tell("resumed"));
    return () => {};
  },
};

function apply(action: Action): void {
  if (action.type === "op-done") {
    if (seen.changes.includes(action.id)) seen.faults.push(`${action.id} twice`);
    seen.changes.push(action.id);
  }
  if (action.type !== "group") return;
  const next = Number(action.cursor);
  if (next !== seen.stream.length + 1) seen.faults.push(`${next} after ${seen.stream.length}`);
  seen.stream.push(next);
}

function say(action: Action): void {
  apply(action);
  tabs.tell(action);
}

let line: ReturnType<typeof setInterval> | undefined;
const tabs = createTabs({
  scope: "anna",
  platform,
  tabId: crypto.randomUUID(),
  onLead() {
    seen.leads = true;
    seen.leadings++;
    line = setInterval(() => {
      const published = Math.floor((Date.now() - START) / TICK_MS);
      while (seen.stream.length < published) say({ type: "group", events: [], cursor: String(seen.stream.length + 1), live: true, at: Date.now() });
    }, TICK_MS);
  },
  onFollow() {
    seen.leads = false;
    seen.followings++;
    clearInterval(line);
  },
  onAction: apply,
  onNudge() {},
  save: () => ({ stream: seen.stream, changes: seen.changes }),
  load(saved) {
    Object.assign(seen, saved);
  },
});

const testing = {
  seen,
  change: (id: string) => say({ type: "op-done", id, at: Date.now() }),
  /** The main thread does nothing else meanwhile. The count keeps the loop from being left out as useless. */
  block(ms: number): number {
    const end = Date.now() + ms;
    let turns = 0;
    while (Date.now() < end) turns++;
    return turns;
  },
  close: () => tabs.close(),
};
declare global {
  interface Window {
    __tabs: typeof testing;
  }
}
window.__tabs = testing;
