import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../../src/core/types";
import { openTab, type Tab } from "./tab";
import { FILTERS, step, World } from "./world";

const steps = fc.array(step, { minLength: 5, maxLength: 80, size: "max" });
/** Busy machines take a while. */
const PATIENCE_MS = 120_000;
// `RUNS=20000 npx vitest run …` looks longer, and does not shrink.
const settings = { numRuns: Number(process.env.RUNS ?? 200), endOnFailure: Boolean(process.env.RUNS) };

function shown({ replica }: Tab): unknown {
  const { unreadCount, unseenCount } = replica.snapshot();
  return { unreadCount, unseenCount, lists: FILTERS.map((filter) => replica.list(filter)) };
}

describe("a random history of one inbox", () => {
  it("C1 C2 C3 ends with exactly the server's lists and counts", { timeout: PATIENCE_MS }, () => {
    fc.assert(
      fc.property(steps, fc.nat(40), (history, refillAt) => {
        const world = new World();
        world.run(history, refillAt);
        for (const filter of FILTERS) expect(world.tab.replica.list(filter).notifications).toEqual(world.server.list(filter));
        const { unreadCount, unseenCount } = world.tab.replica.snapshot();
        expect({ unreadCount, unseenCount }).toEqual(world.server.counts());
      }),
      settings,
    );
  });

  it("C4 ends alike in tabs that heard of each other's changes in other orders", { timeout: PATIENCE_MS }, () => {
    const calm = steps.map((history) => history.filter(({ kind }) => kind !== "reset"));
    fc.assert(
      fc.property(calm, fc.infiniteStream(fc.boolean()), (history, choices) => {
        const world = new World();
        world.run(history, 0);
        const other = replay(world.log, () => choices.next().value ?? true);
        other.clock.now = world.tab.clock.now;
        for (const at of [other.clock.now, other.clock.now + 65_000]) other.tick(at);
        if (other.replica.needsCounts()) other.dispatch({ type: "counts", counts: world.server.counts() });
        expect(shown(other)).toEqual(shown(world.tab));
      }),
      settings,
    );
  });
});

/** The same actions in a tab where what the leader tells and what another tab tells come in an order of their own. */
function replay(log: Action[], leaderFirst: () => boolean): Tab {
  const tab = openTab();
  const [refill, ...rest] = log.filter(({ type }) => type !== "tick" && type !== "counts");
  const byLeader = rest.filter(({ type }) => type === "group");
  const byOther = rest.filter(({ type }) => type !== "group");
  for (let next = refill; next; next = (leaderFirst() ? byLeader : byOther).shift() ?? byLeader.shift() ?? byOther.shift()) {
    if ("at" in next) tab.clock.now = Math.max(tab.clock.now, next.at);
    tab.dispatch(next);
  }
  return tab;
}
