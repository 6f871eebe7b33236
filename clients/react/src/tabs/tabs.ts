/**
 * One connection a browser: which tab leads, and what the tabs of one user and server tell each other.
 *
 * Who leads is the lock's business alone. Whom to believe is `terms.ts`, that all is applied once is `shares.ts`; here they meet.
 */
import type { Action, Tabs, TabsOptions } from "../core/types";
import { openChannel, scopeName, SILENT, type Message } from "./channel";
import { ALONE, createStanding } from "./lock";
import { createShares } from "./shares";
import { judge, nextTerm, rank, type Claim, type Judgement, type Place } from "./terms";
import { createWatchdog } from "./watchdog";

/** A leader that was asked and did not answer is not asked again sooner. */
const ASK_AGAIN_MS = 1_000;
/** Only visible followers ping; one that missed two has gone, or is hidden. */
const WATCHED_MS = 5_000;

/** Who tells it: the one that leads, any tab, either (with the leader's word where it leads), or nobody at all. */
const REACH: Record<Action["type"], "leader" | "any" | "either" | "home"> = {
  group: "leader",
  status: "leader",
  refill: "either",
  page: "any",
  task: "any",
  counts: "any",
  "op-start": "any",
  "op-done": "any",
  "op-failed": "any",
  clear: "any",
  loading: "home",
  error: "home",
  tick: "home",
};

/**
 * Joins the tabs of the scope. Calls nothing back before it has returned.
 *
 * A leading tab that calls `close()` gets no `onFollow`. News (`group`, `status`) that a tab tells without leading is dropped, and
 * what concerns this tab alone stays at home; `tell` never throws.
 */
export function createTabs(options: TabsOptions): Tabs {
  const { platform, onAction } = options;
  const locks = options.alone ? null : platform.locks;
  const name = scopeName(options.scope);
  // A tab that closes and begins again under its name counts anew.
  const me = `${options.tabId}.${Math.floor(platform.random() * 2 ** 40).toString(36)}`;
  // Who has not both leads itself.
  const channel = locks ? openChannel(platform, name, me, hear) : null;
  const { post, close } = channel ?? SILENT;

  const shares = createShares(me);
  /** Ours, when we lead. */
  let place: Place | null = null;
  let leads = false;
  let standing = true;
  let asleep = false;
  let closed = false;
  let watchedUntil = 0;
  let asked: { leader?: string; at: number } | null = null;

  const lock = createStanding((channel && locks) || ALONE, name, {
    held: lead,
    lost() {
      follow();
      lock.stand();
      ask();
    },
    refused() {
      close();
      lead();
    },
  });
  const watchdog = createWatchdog(platform, () => post({ kind: "ping" }), lock.steal);

  /** Only a visible tab that could lead looks whether somebody does. */
  function attend(): void {
    if (standing && !leads && !asleep && !closed && platform.isVisible()) watchdog.start();
    else watchdog.stop();
  }

  function begin(after: Place | null, term: number): void {
    place = { term, leader: me, n: 0 };
    post({ kind: "hello", term, after });
  }

  function lead(): void {
    if (leads) return;
    leads = true;
    begin(place && place.n >= 0 ? place : null, nextTerm(place, platform.now()));
    attend();
    options.onLead();
  }

  /** Leads no more. Where we were stays true: whoever goes on from there is in step with us. */
  function follow(): void {
    const led = leads;
    leads = false;
    attend();
    if (led) options.onFollow();
  }

  /** Gives up of our own will. */
  function leave(): void {
    if (leads && place) post({ kind: "bye", term: place.term });
    lock.leave();
    follow();
  }

  function ask(): void {
    const now = platform.now();
    const leader = place?.leader;
    if (asked && asked.leader === leader && now - asked.at < ASK_AGAIN_MS) return;
    asked = { leader, at: now };
    post({ kind: "join", known: place });
  }

  function answer(to: string, known: Place | null): void {
    if (!place) return;
    // Nobody who believes another would listen to us, and that other is gone: we hold its lock.
    if (known && known.leader !== me && rank(known, place) > 0) begin({ ...place }, known.term + 1);
    post({ kind: "welcome", to, term: place.term, n: place.n, saved: options.save(), heard: shares.heard() });
    // A newcomer has just read the first page: what we show should not be older.
    options.onNudge();
  }

  function heed(claim: Claim): Judgement["verdict"] {
    if (leads) {
      if (rank({ term: claim.term, leader: claim.from }, place) <= 0) return "ignore";
      lock.leave();
      follow();
      lock.stand();
    }
    const judgement = judge(place, claim);
    place = judgement.place;
    if (judgement.verdict !== "ignore") watchdog.alive();
    if (judgement.verdict === "ask") ask();
    return judgement.verdict;
  }

  function hear(message: Message): void {
    if (closed) return;
    switch (message.kind) {
      case "share":
        if (shares.take(message, platform.now())) onAction(message.action);
        return;
      case "news":
        if (heed(message) === "take") onAction(message.action);
        return;
      case "welcome":
        if (heed({ ...message, mine: message.to === me }) !== "load") return;
        options.load(message.saved);
        // One of them may be what closes us.
        for (const action of shares.merge(message.heard, platform.now())) if (!closed) onAction(action);
        return;
      case "hello":
      case "pong":
        heed(message);
        return;
      case "bye":
        watchdog.stop();
        attend();
        return;
      case "ping":
        watchedUntil = platform.now() + WATCHED_MS;
        if (leads && place) post({ kind: "pong", term: place.term, n: place.n });
        return;
      case "join":
        if (leads) answer(message.from, message.known);
        return;
      case "nudge":
        if (leads) options.onNudge();
    }
  }

  function resumed(): void {
    if (leads) {
      post({ kind: "ping" });
      return;
    }
    const slept = asleep;
    asleep = false;
    if (slept && standing) lock.stand();
    asked = null;
    ask();
    attend();
  }

  function nudge(): void {
    if (leads) options.onNudge();
    else post({ kind: "nudge" });
  }

  const unwatch = platform.watch(what => {
    if (what === "frozen") {
      asleep = true;
      leave();
    } else if (what === "resumed") resumed();
    else if (what === "visible" && leads) post({ kind: "ping" });
    else {
      attend();
      // Whoever leads may be hidden, and look more rarely.
      if (what === "visible") nudge();
    }
  });

  function tell(action: Action): void {
    const reach = REACH[action.type];
    if (closed || reach === "home") return;
    if (leads && place && reach !== "any") post({ kind: "news", term: place.term, n: ++place.n, action });
    else if (reach !== "leader") post({ kind: "share", ...shares.give(action, platform.now()) });
  }

  lock.stand();
  ask();
  attend();

  return {
    tell,
    get leads() {
      return leads;
    },
    resign() {
      standing = false;
      leave();
    },
    stand() {
      if (closed || standing) return;
      standing = true;
      if (!asleep) lock.stand();
      attend();
    },
    nudge,
    watched: () => platform.now() < watchedUntil,
    close() {
      if (closed) return;
      if (leads && place) post({ kind: "bye", term: place.term });
      closed = true;
      leads = false;
      lock.leave();
      watchdog.stop();
      unwatch();
      close();
    },
  };
}
