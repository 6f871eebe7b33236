import { describe, expect, it } from "vitest";
import type { Action } from "../../src/core/types";
import { REPLACED_MS, World } from "./world";

describe("joining", () => {
  it("C31 a tab that joins takes the leader's state, and news from there on", async () => {
    const world = new World();
    const first = world.open();
    world.published = 3;
    await world.pass(500);
    const second = world.open();
    world.published = 4;
    await world.pass(500);
    expect(second.stream).toEqual([1, 2, 3, 4]);
    expect(second.loads).toBe(1);
    // The newcomer has just read the first page; the leader looks for what it has not yet.
    expect(first.nudges).toBe(1);
  });

  it("C31 a tab that joins while nobody answers gets the state of whoever leads next", async () => {
    const world = new World();
    const [first, second] = await world.openAll(2);
    if (!first || !second) throw new Error("two tabs");
    world.published = 2;
    await world.pass(500);
    first.hang();
    const late = world.open({ hidden: true });
    await world.pass(REPLACED_MS);
    expect(second.leads).toBe(true);
    expect(late.stream).toEqual([1, 2]);
    expect(world.faults).toEqual([]);
  });

  it("C31 what an old leader says after a newer one has begun is dropped", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    world.published = 1;
    await world.pass(500);
    // Its words take long, and it is gone before they arrive.
    world.browser.hub.delayMs = from => (from === first.fake ? 3_000 : 0);
    world.published = 2;
    await world.pass(300);
    expect(first.stream).toEqual([1, 2]);
    first.close();
    await world.pass(5_000);
    expect([second.stream, third.stream]).toEqual([[1, 2], [1, 2]]);
    expect(world.faults).toEqual([]);
  });

  it("C31 a leader whose news cannot be copied does not throw, and its followers ask for its state", async () => {
    const world = new World();
    const [first, second] = await world.three();
    const broken = { type: "status", status: "live", transport: () => {} } as unknown as Action;
    expect(() => first.say(broken)).not.toThrow();
    world.published = 1;
    await world.pass(500);
    expect(second.stream).toEqual([1]);
    expect(second.loads).toBe(2);
  });

  it("C31 a leader that has not heard of a greater term is told of it, and takes a greater one still", async () => {
    const world = new World();
    const first = world.open();
    const [follower] = await world.openAll(1, { hidden: true });
    world.published = 1;
    await world.pass(500);
    first.hang();
    // The machine's clock is set back, and a tab opens that never heard of the old leader.
    const fresh = world.open({ platform: platform => ({ ...platform, now: () => platform.now() - 3_600_000 }) });
    await world.pass(REPLACED_MS);
    expect(fresh.leads).toBe(true);
    world.published = 4;
    await world.pass(1_000);
    expect(follower?.stream).toEqual([1, 2, 3, 4]);
    first.wake();
    world.published = 5;
    await world.pass(1_000);
    expect([first, follower, fresh].map(tab => tab?.stream)).toEqual([[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]);
    expect(world.leaders).toEqual([fresh]);
    expect(world.faults).toEqual([]);
  });

  it("C31 a follower that is out of step asks once, not with every news that it cannot take", async () => {
    const world = new World();
    const [first, second] = await world.three();
    second.fake.say("hidden");
    await world.pass(0);
    let asked = 0;
    const listener = new (world.browser.tab().BroadcastChannel ?? BroadcastChannel)("belfry:1:anna");
    listener.onmessage = ({ data }: MessageEvent<{ kind: string }>) => void (asked += Number(data.kind === "join"));
    world.browser.hub.delayMs = from => (from === first.fake ? 400 : 0);
    for (let count = 1; count <= 10; count++) {
      if (count === 2) first.say({ type: "status", status: "live", transport: () => {} } as unknown as Action);
      world.published++;
      await world.pass(200);
    }
    await world.pass(2_000);
    expect(second.stream).toHaveLength(10);
    // Both followers, once each.
    expect(asked).toBe(2);
  });
});
