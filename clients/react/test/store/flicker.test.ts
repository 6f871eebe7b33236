import fc from "fast-check";
import { expect, it } from "vitest";
import { asRead } from "../../src/core/store/documents";
import { cursorAt, inbox, NOON, openTab, own, told, type Tab } from "./tab";

const KNOWN = 6;

/** Marks of ours, one after the other, with everything that answers them on its way at once. */
class Marking {
  readonly tab: Tab = openTab();
  private readonly docs = Array.from({ length: KNOWN }, (_, index) => own(index + 1));
  private started = 0;
  private applied = 0;
  private heard = 0;
  private readonly replies = new Set<number>();

  /** `beyond`: how many more are unread behind the page that was read. */
  constructor(private readonly beyond: number) {
    const all = KNOWN + beyond;
    this.tab.refill([...this.docs].reverse(), { unreadCount: all, unseenCount: all, hasMore: beyond > 0, nextCursor: beyond > 0 ? "next" : null });
  }

  get expected(): number {
    return KNOWN + this.beyond - this.started;
  }

  /** What may happen next. */
  moves(): (() => void)[] {
    const moves: (() => void)[] = [() => this.page(), () => this.wait()];
    if (this.started < KNOWN) moves.push(() => this.start(), () => this.start());
    if (this.applied < this.started) moves.push(() => (this.applied += 1));
    if (this.heard < this.applied) moves.push(() => this.hear(this.heard + 1), () => this.hear(this.applied));
    if (this.heard > 0) moves.push(() => this.group(this.heard));
    for (const n of this.replies) if (n <= this.applied) moves.push(() => this.reply(n));
    return moves;
  }

  /** Less than ten seconds in all: what waits longer for its news is settled without it. */
  private wait(): void {
    if (this.tab.clock.now < NOON + 9_000) this.tab.tick(this.tab.clock.now + 700);
  }

  private start(): void {
    this.started += 1;
    this.replies.add(this.started);
    this.tab.start({ id: `t1-${this.started}`, target: { id: own(this.started).id } });
  }

  private reply(n: number): void {
    this.replies.delete(n);
    this.tab.done(`t1-${n}`);
  }

  /** One commit after the other, or several in one poll; the counts are always those of now. */
  private hear(upTo: number): void {
    const from = this.heard + 1;
    this.heard = upTo;
    this.group(from);
  }

  private group(from: number): void {
    const marked = this.docs.slice(from - 1, this.heard).map((doc) => told(asRead(doc)));
    this.tab.group([...marked, inbox(KNOWN + this.beyond - this.applied)], cursorAt(100 + this.heard));
  }

  /** A page that was read before any of it. */
  private page(): void {
    const page = { notifications: this.docs, unreadCount: 99, unseenCount: 99, hasMore: false, nextCursor: null, streamCursor: "1.other" };
    this.tab.dispatch({ type: "page", filter: { unread: true }, page, first: true, at: this.tab.clock.now });
  }
}

it("C5 the count falls by one with each mark of ours and stays, however replies, news, pages and duplicates cross", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 10, maxLength: 60, size: "max" }), fc.constantFrom(0, 40), (choices, beyond) => {
      const marking = new Marking(beyond);
      for (const choice of choices) {
        const moves = marking.moves();
        moves[choice % moves.length]?.();
        expect(marking.tab.unread()).toBe(marking.expected);
        expect(marking.tab.replica.list({ unread: true }).notifications).toHaveLength(marking.expected - beyond);
      }
    }),
  );
});
