import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BelfryEvent } from "../../src/contract";
import { segmentsOf } from "../../src/core/cursor";
import type { Line, LineContext, LineEvents } from "../../src/core/types";
import { createRest } from "../../src/core/rest";
import { socket } from "../../src/transports/socket";
import { fakeBrowser } from "../support/platform";
import { ALL, gone, last, seg, socketing, TAG } from "./support";

type Feed = "user" | "everyone";
const FEEDS: Feed[] = ["user", "everyone"];
const TAGS = { user: TAG, everyone: ALL };

type Step =
  | { do: "commit"; feed: Feed; push: "sent" | "lost" | "doubled" | "late" | "notice" }
  | { do: "answer"; most: number; parts: number }
  | { do: "late" }
  | { do: "nudge" }
  | { do: "reconnect" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("commit" as const), feed: fc.constantFrom(...FEEDS), push: fc.constantFrom("sent" as const, "sent" as const, "lost" as const, "doubled" as const, "late" as const, "notice" as const) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("answer" as const), most: fc.integer({ min: 1, max: 4 }), parts: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.constant({ do: "late" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "nudge" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "reconnect" as const }) },
);

/** A server that keeps commits, of which each has one event that names it, and a client on its sockets. */
class World {
  readonly store: Record<Feed, string[]> = { user: [], everyone: [] };
  readonly told: Record<Feed, string[]> = { user: [], everyone: [] };
  readonly tab = fakeBrowser().tab();
  readonly sockets = socketing(this.tab);
  private readonly rest = createRest({}, this.tab);
  private cursor = this.cursorAt({ user: 0, everyone: 0 });
  private late: object[] = [];
  private answered = 0;
  private line: Line | null = null;

  cursorAt(numbers: Record<Feed, number>): string {
    return `1.${FEEDS.map((feed) => seg(TAGS[feed], numbers[feed])).join("~")}`;
  }
  numbersIn(cursor: string): Record<Feed, number> {
    const [user = "", everyone = ""] = segmentsOf(cursor).map((segment) => segment.slice(8).replaceAll("A", ""));
    return { user: Number(user), everyone: Number(everyone) };
  }
  positions(numbers: Record<Feed, number>) {
    return Object.fromEntries(FEEDS.map((feed) => [feed, { n: numbers[feed], at: seg(TAGS[feed], numbers[feed]) }]));
  }

  async connect(): Promise<void> {
    this.line?.close();
    this.answered = 0;
    const events: LineEvents = {
      opened() {},
      alive() {},
      group: (events, cursor) => this.take(events, cursor),
      ended: (end) => {
        throw new Error(`ended: ${JSON.stringify(end)}`);
      },
    };
    const context: LineContext = {
      cursor: this.cursor,
      clientId: "c",
      platform: this.tab,
      rest: this.rest,
      socketUrl: "wss://sockets.test/ws",
      pollMs: 30_000,
      heartbeatMs: 15_000,
    };
    this.line = socket.open(context, events);
    const before = this.sockets.length;
    while (this.sockets.length === before) await new Promise((resolve) => setImmediate(resolve));
  }

  private take(events: BelfryEvent[], cursor: string): void {
    for (const event of events) if (event.type === "notification-deleted") this.told[event.id.split(" ")[0] as Feed].push(event.id);
    this.cursor = cursor;
    // The cursor stands behind what was told, in every feed and at every moment.
    const numbers = this.numbersIn(cursor);
    for (const feed of FEEDS) expect(this.told[feed]).toEqual(this.store[feed].slice(0, numbers[feed]));
  }

  commit(feed: Feed, how: "sent" | "lost" | "doubled" | "late" | "notice"): void {
    const n = this.store[feed].push(`${feed} ${this.store[feed].length + 1}`);
    const push = { feed, n, at: seg(TAGS[feed], n), events: [gone(`${feed} ${n}`)] };
    if (how === "late") this.late.push(push);
    else if (how === "notice") last(this.sockets).say({ feed, n });
    else if (how !== "lost") for (let times = how === "doubled" ? 2 : 1; times > 0; times--) last(this.sockets).say(push);
  }
  deliverLate(): void {
    const push = this.late.shift();
    if (push) last(this.sockets).say(push);
  }

  /** Answers the oldest open question; false where there is none. */
  answer(most: number, parts: number): boolean {
    const peer = last(this.sockets);
    const question = peer.sent[this.answered] as { action: string; after: string } | undefined;
    if (!question) return false;
    this.answered += 1;
    const numbers = question.action === "ping" ? null : this.numbersIn(question.after);
    if (!numbers) {
      peer.say({ positions: this.positions({ user: this.store.user.length, everyone: this.store.everyone.length }) });
      return true;
    }
    const found: BelfryEvent[] = [];
    for (const feed of FEEDS)
      for (; numbers[feed] < this.store[feed].length && found.length < most; numbers[feed]++) found.push(gone(this.store[feed][numbers[feed]] ?? ""));
    const more = FEEDS.some((feed) => numbers[feed] < this.store[feed].length);
    const size = Math.max(1, Math.ceil(found.length / parts));
    while (found.length > size) peer.say({ events: found.splice(0, size), cursor: question.after, more: true });
    peer.say({ events: found, cursor: this.cursorAt(numbers), more, positions: this.positions(numbers) });
    return true;
  }

  async run(one: Step): Promise<void> {
    if (one.do === "commit") this.commit(one.feed, one.push);
    else if (one.do === "answer") this.answer(one.most, one.parts);
    else if (one.do === "late") this.deliverLate();
    else if (one.do === "nudge") this.line?.nudge();
    else await this.connect();
  }

  /** The network heals: every question is answered, and one more ping asked. */
  heal(): void {
    let rounds = 0;
    const answerAll = () => {
      while (this.answer(4, 1)) if ((rounds += 1) > 200) throw new Error("it asks for ever");
    };
    answerAll();
    this.line?.nudge();
    answerAll();
  }
}

describe("a socket, whatever happens to its pushes", () => {
  it("C26 tells each commit once, in the order of its feed, and never moves its cursor over one that it has not told", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const world = new World();
        await world.connect();
        for (const one of steps) await world.run(one);
        world.heal();
        expect(world.told).toEqual(world.store);
      }),
      { numRuns: 200 },
    );
  }, 30_000);
});
