/** A browser tab and a server, and a random history between them. */
import fc from "fast-check";
import { expect } from "vitest";
import type { Action, Filter, Mark, Op, Target } from "../../src/core/types";
import { CHANNELS, CHANNELS_FIRST, ModelServer, type Feed, type Position } from "./model-server";
import { openTab, type Tab } from "./tab";

/** One step of a random history: what happens, and three numbers that say to which. */
const KINDS = ["send", "send", "broadcast", "phone", "own", "own", "apply", "reply", "hear", "hear", "poll", "again", "ask", "arrive", "wait", "withdraw", "refuse", "reset"] as const;
export type Step = { kind: (typeof KINDS)[number]; a: number; b: number };
export const step: fc.Arbitrary<Step> = fc.record({ kind: fc.constantFrom(...KINDS), a: fc.nat(1_000), b: fc.nat(1_000) });
export const FILTERS: Filter[] = [{}, { unread: true }, { archived: true }, { category: "builds" }];
const MARKS: (Mark | "remove")[] = [{ read: true }, { read: true }, { read: false }, { archived: true }, { archived: false }, "remove"];
const ORDERS: (readonly Feed[])[] = [CHANNELS_FIRST, ["user", "everyone", "ops"], ["user"], ["ops", "user"], ["everyone"]];
const LIMIT = 4;

interface Waiting { op: Op; applied: boolean }

/** A user's browser and the server, with everything between them on its way. */
export class World {
  readonly server = new ModelServer();
  readonly tab: Tab = openTab();
  private at: Position | null = null;
  /** All that was dispatched, in order; a copy of a replica needs no more. */
  readonly log: Action[] = [];
  private readonly taken: Action[] = [];
  private ops: Waiting[] = [];
  private pages: Action[] = [];
  private opened = 0;

  run(steps: Step[], refillAt: number): void {
    steps.forEach((one, index) => {
      if (index === refillAt) this.refill();
      if (this.at || ["send", "broadcast", "phone", "wait"].includes(one.kind)) this.step(one);
    });
    if (!this.at) this.refill();
    this.finish();
  }

  private dispatch(action: Action): void {
    this.tab.clock.now = this.server.now;
    this.tab.dispatch(action);
    this.log.push(action);
    const { unreadCount, unseenCount } = this.tab.replica.snapshot();
    expect(unreadCount).toBeGreaterThanOrEqual(0);
    expect(unseenCount).toBeGreaterThanOrEqual(0);
    expect(unseenCount).toBeLessThanOrEqual(unreadCount);
  }

  private refill(): void {
    const page = this.server.page({}, undefined, LIMIT);
    this.at = this.server.head();
    // The line begins anew: what the old one brought cannot come again.
    this.taken.length = 0;
    this.dispatch({ type: "refill", page, tasks: [], at: this.server.now });
  }

  /** Something that the server has, or had. */
  private pick(n: number): string | undefined {
    const all = [...this.server.list({}), ...this.server.list({ archived: true })];
    return all[n % Math.max(1, all.length)]?.id;
  }

  private target(a: number, b: number, mark: Mark | "remove"): Target | null {
    const one = this.pick(a);
    const other = this.pick(a + b);
    const all = mark === "remove" || (typeof mark === "object" && "read" in mark && mark.read);
    if (b % 5 === 0 && all) return { all: true };
    if (b % 5 === 1 && mark !== "remove" && !("archived" in mark && !mark.archived)) return { category: "builds" };
    if (!one || !other) return null;
    return b % 2 === 0 ? { id: one } : { ids: [...new Set([one, other])] };
  }

  private step({ kind, a, b }: Step): void {
    const { server } = this;
    const mark: Mark | "remove" = b % 11 === 0 ? { seen: true } : (MARKS[a % MARKS.length] ?? "remove");
    switch (kind) {
      case "send":
        server.send("user", { ...(a % 3 === 0 && { category: "builds" }), ...(b % 4 === 0 && { key: `k${a % 2}` }), ...(b % 5 === 0 && { lives: 3_000 }) });
        break;
      case "broadcast":
        server.send(CHANNELS[a % 2] ?? "ops", { ...(b % 3 === 0 && { category: "builds" }), ...(b % 5 === 0 && { lives: 3_000 }) });
        break;
      case "withdraw": {
        const id = this.pick(a);
        if (id) server.withdraw(id);
        break;
      }
      case "phone": {
        const target = mark !== "remove" && "seen" in mark ? { all: true as const } : this.target(a, b, mark);
        if (target) server.mark(target, mark);
        break;
      }
      case "own":
        this.own(a, b, mark);
        break;
      case "apply":
        this.apply(this.ops.filter((one) => !one.applied)[0]);
        break;
      case "reply":
        this.reply(a);
        break;
      case "refuse": {
        const refused = this.ops.find((one) => !one.applied);
        if (!refused) break;
        this.ops = this.ops.filter((one) => one !== refused);
        this.dispatch({ type: "op-failed", id: refused.op.id, error: { type: "urn:belfry:problem:busy", title: "Busy" } });
        break;
      }
      case "hear":
        // A live line may bring a user's own commit before a channel's that the server knew already; who catches up hears channels first.
        if (b % 2 === 0) this.hear(1 + (a % 3), true, ORDERS[a % ORDERS.length]);
        else this.hear(1 + (a % 3), false);
        break;
      case "poll":
        this.poll();
        break;
      case "again": {
        const old = this.taken[a % Math.max(1, this.taken.length)];
        if (old) this.dispatch(old);
        break;
      }
      case "ask":
        this.ask(FILTERS[a % FILTERS.length] ?? {});
        break;
      case "arrive": {
        const [page] = this.pages.splice(a % Math.max(1, this.pages.length), 1);
        if (page) this.dispatch(page);
        break;
      }
      case "reset":
        if (a % 4 === 0) this.refill();
        break;
      case "wait":
        this.server.now += 1 + (a % 2_000);
        if (this.at) this.dispatch({ type: "tick", at: this.server.now });
        break;
    }
  }

  private own(a: number, b: number, mark: Mark | "remove"): void {
    const cursor = this.tab.replica.cursor();
    const seen = mark !== "remove" && "seen" in mark;
    let target = seen ? { all: true as const } : this.target(a, b, mark);
    if (!target || !cursor) return;
    if ("all" in target && b % 3 !== 0) target = { all: true, upTo: cursor };
    // Nobody marks what they cannot see.
    const ids = "id" in target ? [target.id] : "ids" in target ? target.ids : [];
    const visible = FILTERS.flatMap((filter) => this.tab.replica.list(filter).notifications.map((doc) => doc.id));
    if (!ids.every((id) => visible.includes(id))) return;
    this.opened += 1;
    const op: Op = { id: `t1-${this.opened}`, target, at: this.server.now, cursor, ...(mark !== "remove" && { mark }) };
    this.ops.push({ op, applied: false });
    this.dispatch({ type: "op-start", op });
  }

  private apply(one: Waiting | undefined): void {
    if (!one) return;
    one.applied = true;
    this.server.mark(one.op.target, one.op.mark ?? "remove");
  }

  private reply(n: number): void {
    const applied = this.ops.filter((one) => one.applied);
    const one = applied[n % Math.max(1, applied.length)];
    if (!one) return;
    this.ops = this.ops.filter((other) => other !== one);
    this.dispatch({ type: "op-done", id: one.op.id, at: this.server.now });
  }

  private hear(most: number, live: boolean, order?: readonly Feed[]): void {
    if (!this.at) return;
    for (const { events, cursor, at } of this.server.groups(this.at, most, order)) {
      this.at = at;
      const action: Action = { type: "group", events, cursor, live, at: this.server.now };
      this.taken.push(action);
      this.dispatch(action);
    }
  }

  private poll(): void {
    if (!this.at) return;
    const groups = this.server.groups(this.at, 1_000);
    const last = groups.at(-1);
    if (!last) return;
    this.at = last.at;
    const events = groups.flatMap((group) => group.events);
    const told = events.filter((event) => event.type !== "inbox");
    const counted = events.filter((event) => event.type === "inbox").slice(-1);
    const action: Action = { type: "group", events: [...told, ...counted], cursor: last.cursor, live: true, at: this.server.now };
    this.taken.push(action);
    this.dispatch(action);
  }

  private ask(filter: Filter): void {
    const after = this.tab.replica.nextCursor(filter);
    if (after === null) return;
    const page = this.server.page(filter, after, LIMIT);
    this.pages.push({ type: "page", filter, page, first: after === undefined, basis: this.tab.replica.basis(), ...(after !== undefined && { after }), at: this.server.now });
  }

  /** Everything that is on its way arrives, and time passes. */
  private finish(): void {
    for (const one of this.ops.filter(({ applied }) => !applied)) this.apply(one);
    this.hear(2, true);
    while (this.ops.length > 0) this.reply(0);
    this.hear(1_000, true);
    for (const old of this.taken.filter((_, index) => index % 3 === 0)) this.dispatch(old);
    for (const page of this.pages) this.dispatch(page);
    for (const filter of FILTERS) {
      for (let pages = 0; pages < 100 && this.tab.replica.nextCursor(filter) !== null; pages += 1) {
        this.ask(filter);
        this.dispatch(this.pages.at(-1) ?? { type: "tick", at: this.server.now });
      }
    }
    // What was acknowledged settles, what is in doubt is asked for.
    for (const ms of [15_000, 65_000]) {
      this.server.now += ms;
      this.dispatch({ type: "tick", at: this.server.now });
    }
    if (this.tab.replica.needsCounts()) {
      this.dispatch({ type: "counts", counts: this.server.counts(), cursor: this.tab.replica.cursor() });
    }
  }
}

