import { describe, expect, it } from "vitest";
import type { Platform } from "../../src/core/types";
import { REPLACED_MS, World } from "./world";

describe("leading", () => {
  it("C30 case 23: of seven tabs one leads, and each gets all news", async () => {
    const world = new World();
    const tabs = await world.openAll(7);
    world.published = 3;
    await world.pass(1_000);
    expect(tabs.map(tab => tab.leads)).toEqual([true, false, false, false, false, false, false]);
    expect(tabs.map(tab => tab.stream)).toEqual(tabs.map(() => [1, 2, 3]));
    expect(tabs.flatMap(tab => tab.faults)).toEqual([]);
  });

  it("C30 when the leading tab closes, the next leads at once and goes on from its own place", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    world.published = 2;
    await world.pass(500);
    first.close();
    await world.pass(0);
    expect([second.leads, third.leads]).toEqual([true, false]);
    world.published = 4;
    await world.pass(500);
    expect([second.stream, third.stream]).toEqual([[1, 2, 3, 4], [1, 2, 3, 4]]);
    // Both knew all that the first knew: nothing was copied anew.
    expect(third.loads).toBe(1);
  });

  it("C30 a leading tab that is gone without a word is followed at once too", async () => {
    const world = new World();
    const [first, second] = await world.three();
    first.crash();
    await world.pass(0);
    expect(second.leads).toBe(true);
  });

  it("C30 case 24: a leader that hangs is replaced within seconds, and steps down when it wakes", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    first.hang();
    world.published = 2;
    await world.pass(REPLACED_MS);
    expect(world.leaders).toHaveLength(1);
    expect([second.stream, third.stream]).toEqual([[1, 2], [1, 2]]);
    first.wake();
    await world.pass(1_000);
    expect(first.leads).toBe(false);
    expect(first.followings).toBe(1);
    expect(first.stream).toEqual([1, 2]);
    expect(world.leaders).toHaveLength(1);
    expect(world.faults).toEqual([]);
  });

  it("case 24: a leader that the browser freezes gives up, and joins anew when it is thawed", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    first.fake.freeze();
    await world.pass(0);
    expect([first.leads, second.leads]).toEqual([false, true]);
    world.published = 5;
    await world.pass(500);
    first.fake.thaw();
    await world.pass(0);
    expect([first.stream, third.stream]).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
    second.close();
    third.close();
    await world.pass(0);
    expect(first.leads).toBe(true);
    expect(world.faults).toEqual([]);
  });

  it("a frozen follower never gets the lead", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    second.fake.freeze();
    first.close();
    await world.pass(0);
    expect([second.leads, third.leads]).toEqual([false, true]);
  });

  it("case 24: of two that steal at once one leads in the end, whichever came first", async () => {
    for (const order of [[1, 2], [2, 1]]) {
      const world = new World();
      // The same patience for all, and a word takes longer than the two are apart.
      const tabs = await world.openAll(3, { platform: platform => ({ ...platform, random: () => 0 }) });
      world.browser.hub.delayMs = () => 200;
      for (const at of order) tabs[at]?.fake.say("hidden");
      for (const at of order) {
        tabs[at]?.fake.say("visible");
        await world.pass(20);
      }
      tabs[0]?.hang();
      await world.pass(REPLACED_MS);
      expect(order.map(at => tabs[at]?.leadings)).toEqual([1, 1]);
      tabs[0]?.wake();
      world.published = 3;
      await world.pass(2_000);
      expect(world.leaders).toEqual([tabs[order[1] ?? 0]]);
      expect(tabs.map(tab => tab.stream)).toEqual([[1, 2, 3], [1, 2, 3], [1, 2, 3]]);
      expect(world.faults).toEqual([]);
    }
  });

  it("C32 a robbed leader steps down by its lock alone, though it hears nothing", async () => {
    const world = new World();
    const [first] = await world.three();
    world.browser.hub.delayMs = (_, to) => (to === first.fake ? 60_000 : 0);
    first.hang();
    await world.pass(REPLACED_MS);
    first.wake();
    await world.pass(0);
    expect([first.leads, first.followings]).toEqual([false, 1]);
  });

  it("C32 a robbed leader steps down by what it hears alone, though its lock says nothing", async () => {
    const world = new World();
    const deaf = (platform: Platform): Platform => ({ ...platform, locks: { request: deafRequest(platform) } as unknown as LockManager });
    const first = world.open({ platform: deaf });
    await world.pass(0);
    const second = world.open();
    first.hang();
    await world.pass(REPLACED_MS);
    expect(second.leads).toBe(true);
    first.wake();
    world.published = 2;
    await world.pass(500);
    expect([first.leads, first.followings, first.stream.length]).toEqual([false, 1, 2]);
    expect(world.faults).toEqual([]);
  });

  it("C39 a tab that is told to stand while it is frozen waits until it is thawed", async () => {
    const world = new World();
    const only = world.open();
    await world.pass(0);
    only.tabs.resign();
    only.fake.say("frozen");
    only.fake.say("resumed");
    await world.pass(0);
    expect(only.leads).toBe(false);
    only.fake.say("frozen");
    only.tabs.stand();
    await world.pass(0);
    expect([only.leads, only.fake.leaks().locks]).toEqual([false, 0]);
    only.fake.say("resumed");
    await world.pass(0);
    expect(only.leads).toBe(true);
  });

  it("C38 hidden tabs accuse nobody, and one that is shown looks at once", async () => {
    const world = new World();
    const [first, second] = await world.openAll(2, { hidden: true });
    if (!first || !second) throw new Error("two tabs");
    first.hang();
    await world.pass(60_000);
    expect(second.leads).toBe(false);
    second.fake.say("visible");
    await world.pass(3_500);
    expect(second.leads).toBe(true);
  });

  it("a visible tab looks at once when a leader takes its leave, though the next in line hangs", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    // Just after a ping was answered.
    await world.pass(2_000);
    second.hang();
    first.close();
    await world.pass(3_450);
    expect(third.leads).toBe(true);
  });

  it("C38 a tab that was itself asleep does not accuse the leader", async () => {
    const world = new World();
    const [first, second] = await world.three();
    second.hang();
    await world.pass(20_000);
    // Its timers run before it reads what it was told meanwhile.
    world.browser.hub.delayMs = (_, to) => (to === second.fake ? 500 : 0);
    second.wake();
    await world.pass(10_000);
    expect([first.leads, second.leads]).toEqual([true, false]);
    expect(first.followings).toBe(0);
  });

  it("case 16: hidden and shown three times while events arrive: one line, no gap, nothing twice", async () => {
    const world = new World();
    const [first, second] = await world.three();
    for (let round = 1; round <= 3; round++) {
      for (const tab of [first, second]) tab.fake.say("hidden");
      world.published += 2;
      await world.pass(1_000);
      for (const tab of [first, second]) tab.fake.say("visible");
      world.published += 2;
      await world.pass(1_000);
    }
    expect(second.stream).toHaveLength(12);
    expect([first.leadings, second.leadings]).toEqual([1, 0]);
    expect(world.faults).toEqual([]);
  });

  it("C39 a leader that resigns lets another lead and does not stand until it is told to", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    first.tabs.resign();
    expect(first.followings).toBe(1);
    await world.pass(0);
    expect(second.leads).toBe(true);
    second.tabs.resign();
    third.tabs.resign();
    await world.pass(60_000);
    expect(world.leaders).toEqual([]);
    first.tabs.stand();
    await world.pass(0);
    expect(first.leads).toBe(true);
    // Those who do not stand still hear it.
    world.published = 2;
    await world.pass(1_000);
    expect(third.stream).toEqual([1, 2]);
  });
});

/** Of a browser that does not tell whose lock was taken. */
function deafRequest({ locks }: Platform) {
  return (name: string, options: LockOptions, callback: () => Promise<void>) => {
    void locks?.request(name, options, callback).catch(() => {});
    return new Promise(() => {});
  };
}
