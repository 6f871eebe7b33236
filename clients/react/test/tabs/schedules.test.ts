/** Random lives of tabs. Whatever happens: in the end one leads, and all have read the whole stream, each number once and in order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { World, type TestTab } from "./world";

type Step =
  | { do: "open"; hidden: boolean }
  | { do: "close" | "crash" | "freeze" | "hang" | "thaw" | "hide" | "show" | "change" | "resign" | "stand" | "nudge"; tab: number }
  | { do: "slow"; from: number; to: number; ms: number }
  | { do: "publish"; count: number }
  | { do: "pass"; ms: number };

const tab = fc.nat(9);
const one = (...what: Exclude<Step, { do: "open" | "slow" | "publish" | "pass" }>["do"][]) => fc.record({ do: fc.constantFrom(...what), tab });
const passes = fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 6_000 }) });
const publishes = fc.record({ do: fc.constant("publish" as const), count: fc.integer({ min: 1, max: 3 }) });
const opens = fc.record({ do: fc.constant("open" as const), hidden: fc.boolean() });
const slows = fc.record({ do: fc.constant("slow" as const), from: tab, to: tab, ms: fc.integer({ min: 0, max: 2_000 }) });

const anything: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: passes },
  { weight: 4, arbitrary: publishes },
  { weight: 3, arbitrary: opens },
  { weight: 2, arbitrary: slows },
  { weight: 2, arbitrary: one("close", "crash") },
  { weight: 4, arbitrary: one("freeze", "hang") },
  { weight: 4, arbitrary: one("thaw") },
  { weight: 3, arbitrary: one("hide", "show") },
  { weight: 2, arbitrary: one("change", "nudge") },
  { weight: 1, arbitrary: one("resign", "stand") },
);
/** Tabs come, go and talk, at any speed; none hangs, so what one tells is never forgotten before all have heard it. */
const calm: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 1_500 }) }) },
  { weight: 2, arbitrary: publishes },
  { weight: 2, arbitrary: opens },
  { weight: 2, arbitrary: slows },
  { weight: 1, arbitrary: one("close") },
  { weight: 5, arbitrary: one("change") },
);

class Life {
  readonly world: World;
  private readonly slow = new Map<string, number>();
  private readonly frozen = new Set<TestTab>();
  private told = 0;

  /** `ordered`: as in browsers, each tab gets what all others say in the order of saying. Else only what one other says. */
  constructor(seed: number, ordered: boolean) {
    const world = (this.world = new World(seed));
    const { browser } = world;
    const at = (fake: unknown) => world.all.findIndex(tab => tab.fake === fake);
    const arrivals = new Map<number, number>();
    browser.hub.delayMs = (from, to) => {
      const key = ordered ? `${at(to)}` : `${at(from)} ${at(to)}`;
      const due = Math.max(browser.now() + (this.slow.get(key) ?? 0), ordered ? (arrivals.get(at(to)) ?? 0) : 0);
      arrivals.set(at(to), due);
      return due - browser.now();
    };
    world.open();
  }

  async run(steps: Step[]): Promise<void> {
    for (const step of steps) {
      await this.step(step);
      // Those that hang may believe that they lead; of those that run only one does.
      expect(this.world.leaders.length).toBeLessThanOrEqual(1);
    }
  }

  /** Everybody wakes and listens for a while. */
  async end(): Promise<World> {
    const { world } = this;
    this.slow.clear();
    for (const tab of world.living) this.wake(tab);
    for (const tab of world.living) tab.tabs.stand();
    world.open();
    await world.pass(20_000);
    world.published++;
    await world.pass(2_000);
    for (const tab of world.living) tab.change(`last of ${tab.fake.name}`);
    await world.pass(2_000);
    return world;
  }

  private async step(step: Step): Promise<void> {
    const { world } = this;
    if (step.do === "pass") return world.pass(step.ms);
    if (step.do === "publish") world.published += step.count;
    else if (step.do === "open") {
      if (world.living.length < 6) world.open({ hidden: step.hidden });
    } else if (step.do === "slow") {
      this.slow.set(`${step.from % world.all.length} ${step.to % world.all.length}`, step.ms);
      this.slow.set(`${step.to % world.all.length}`, step.ms);
    } else {
      const tab = world.living[step.tab % Math.max(1, world.living.length)];
      if (tab) this.act(tab, step.do);
    }
    await world.browser.settle();
  }

  private act(tab: TestTab, what: string): void {
    if (what === "crash") return tab.crash();
    if (what === "thaw") return this.wake(tab);
    if (!tab.awake) return;
    if (what === "close") tab.close();
    else if (what === "freeze") {
      this.frozen.add(tab);
      tab.fake.freeze();
    } else if (what === "hang") tab.hang();
    else if (what === "hide") tab.fake.say("hidden");
    else if (what === "show") tab.fake.say("visible");
    else if (what === "change") tab.change(`change ${++this.told}`);
    else if (what === "resign") tab.tabs.resign();
    else if (what === "stand") tab.tabs.stand();
    else tab.tabs.nudge();
  }

  private wake(tab: TestTab): void {
    if (tab.gone || !tab.fake.frozen) return;
    if (this.frozen.delete(tab)) tab.fake.thaw();
    else tab.wake();
  }
}

const RUNS = Number(process.env["BELFRY_RUNS"] ?? 100);

it("C30 C31 C34 whatever tabs do, in the end one leads, and every tab has the whole stream, each number once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(anything, { maxLength: 40 }), async (seed, steps) => {
      const life = new Life(seed, false);
      await life.run(steps);
      const world = await life.end();
      expect(world.faults).toEqual([]);
      expect(world.leaders).toHaveLength(1);
      const whole = Array.from({ length: world.published }, (_, index) => index + 1);
      const last = world.living.map(tab => `last of ${tab.fake.name}`).sort();
      for (const tab of world.living) {
        expect(tab.stream).toEqual(whole);
        expect(tab.changes.filter(change => change.startsWith("last")).sort()).toEqual(last);
      }
    }),
    { numRuns: RUNS },
  );
}, 120_000);

it("C33 tabs that come, go and talk at any speed all hear every change, each once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.array(calm, { maxLength: 40 }), async (seed, steps) => {
      const life = new Life(seed, true);
      await life.run(steps);
      const world = await life.end();
      expect(world.faults).toEqual([]);
      const [first, ...others] = world.living.map(tab => [...tab.changes].sort());
      for (const other of others) expect(other).toEqual(first);
    }),
    { numRuns: RUNS },
  );
}, 120_000);
