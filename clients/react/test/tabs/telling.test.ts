import { describe, expect, it } from "vitest";
import { NOTHING } from "../support/platform";
import { group, World } from "./world";

describe("telling", () => {
  it("C33 case 26: a change in one tab reaches all others, whoever leads", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    third.change("a");
    first.change("b");
    await world.pass(0);
    for (const tab of [first, second, third]) expect([...tab.changes].sort()).toEqual(["a", "b"]);
  });

  it("C33 a change that crosses with a joining tab is applied once, early or late", async () => {
    for (const delay of [0, 100, 300, 900])
      for (const slow of [0, 1, 2]) {
        const world = new World();
        const [leader, follower] = await world.openAll(2);
        if (!leader || !follower) throw new Error("two tabs");
        const joins = world.open();
        const tabs = [leader, follower, joins];
        world.browser.hub.delayMs = (from, to) => (from === follower.fake && to === tabs[slow]?.fake ? delay : 50);
        follower.change("before");
        await world.pass(60);
        follower.change("amid");
        await world.pass(60);
        follower.change("after");
        joins.change("own");
        await world.pass(2_000);
        for (const tab of tabs) expect([...tab.changes].sort()).toEqual(["after", "amid", "before", "own"]);
        expect(world.faults).toEqual([]);
      }
  });

  it("news goes out from the leader alone; time and errors stay at home", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    second.tabs.tell(group(1));
    second.tabs.tell({ type: "status", status: "offline", transport: null });
    first.tabs.tell({ type: "tick", at: 1 });
    first.tabs.tell({ type: "error", error: null });
    await world.pass(500);
    expect([first.stream, third.stream, first.other, third.other]).toEqual([[], [], [], []]);
    first.tabs.tell({ type: "status", status: "live", transport: "sse" });
    second.tabs.tell({ type: "clear" });
    await world.pass(500);
    expect(third.other).toEqual([{ type: "status", status: "live", transport: "sse" }, { type: "clear" }]);
  });

  it("after a sign-out nothing of before comes back, not even by a leader that has not heard of it", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    third.change("secret");
    await world.pass(0);
    expect([first.changes, second.changes]).toEqual([["secret"], ["secret"]]);
    world.browser.hub.delayMs = (from, to) => (from === third.fake && to === first.fake ? 1_000 : 0);
    third.say({ type: "clear" });
    await world.pass(0);
    second.fake.say("resumed");
    await world.pass(100);
    expect([first.changes, second.changes, second.loads]).toEqual([["secret"], [], 2]);
    await world.pass(1_000);
    expect(world.all.map(tab => tab.changes)).toEqual([[], [], []]);
  });

  it("a nudge comes to the leader, from itself too", async () => {
    const world = new World();
    const [first, second] = await world.three();
    const before = first.nudges;
    second.tabs.nudge();
    first.tabs.nudge();
    await world.pass(0);
    expect([first.nudges - before, second.nudges]).toEqual([2, 0]);
  });

  it("C35 tabs of another scope or another version never hear of each other", async () => {
    const world = new World();
    const anna = world.open({ scope: "anna" });
    const ben = world.open({ scope: "ben" });
    await world.pass(0);
    expect([anna.leads, ben.leads]).toEqual([true, true]);
    anna.change("hers");
    const stranger = new (world.browser.tab().BroadcastChannel ?? BroadcastChannel)("belfry:1:anna");
    for (const rubbish of [null, 7, "x", {}, { v: 2, from: "z", kind: "share", seq: 1, action: { type: "clear" } }, { v: 1, kind: "ping" }]) stranger.postMessage(rubbish);
    await world.pass(0);
    expect([anna.changes, ben.changes, anna.other]).toEqual([["hers"], [], []]);
  });
});

describe("leaving", () => {
  it("C36 close leaves nothing, in whatever state it comes", async () => {
    for (const when of ["at once", "leading", "following", "resigned", "asking"]) {
      const world = new World();
      const first = world.open();
      if (when !== "at once") await world.pass(50);
      const second = world.open();
      if (when === "following") await world.pass(50);
      if (when === "resigned") second.tabs.resign();
      if (when === "asking") {
        first.hang();
        await world.pass(2_500);
      }
      const closing = when === "leading" || when === "at once" ? first : second;
      closing.close();
      closing.close();
      closing.tabs.tell({ type: "clear" });
      closing.tabs.nudge();
      closing.tabs.stand();
      closing.tabs.resign();
      await world.pass(0);
      expect({ when, ...closing.fake.leaks() }).toEqual({ when, ...NOTHING });
      await world.pass(30_000);
      expect({ when, ...closing.fake.leaks() }).toEqual({ when, ...NOTHING });
    }
  });

  it("C36 a tab that closes over something that it hears hears nothing more", async () => {
    const world = new World();
    const [first, second, third] = await world.three();
    // The leader has not heard of either change, so both are applied again to the state that it sends.
    world.browser.hub.delayMs = (from, to) => (from === third.fake && to === first.fake ? 1_000 : 0);
    third.change("a");
    third.change("b");
    await world.pass(0);
    second.closesOn = "a";
    second.fake.say("resumed");
    await world.pass(100);
    expect([second.gone, second.changes, world.faults]).toEqual([true, ["a"], []]);
  });

  it("C36 create, close and create again at once (StrictMode): it leads once and misses nothing", async () => {
    const world = new World();
    const only = world.open();
    const other = world.open();
    other.close();
    other.begin();
    await world.pass(500);
    other.change("one");
    other.close();
    other.begin();
    other.change("two");
    world.published = 2;
    await world.pass(1_000);
    expect([...only.changes]).toEqual(["one", "two"]);
    expect(other.stream).toEqual([1, 2]);
    expect([only.leadings, other.leadings]).toEqual([1, 0]);
    only.close();
    only.begin();
    await world.pass(0);
    expect([only.leads, other.leads]).toEqual([false, true]);
    expect(only.fake.leaks()).toMatchObject({ channels: 1, locks: 1, watchers: 1 });
  });
});
