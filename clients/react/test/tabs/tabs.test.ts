import { describe, expect, it } from "vitest";
import type { Action, Platform } from "../../src/core/types";
import { NOTHING } from "../support/platform";
import { group, World } from "./world";

/** A follower that is seen notices within two pings and the patience after them. */
const REPLACED_MS = 5_500;

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
    const [first, second, third] = await three(world);
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
    const [first, second] = await three(world);
    first.crash();
    await world.pass(0);
    expect(second.leads).toBe(true);
  });

  it("C30 case 24: a leader that hangs is replaced within seconds, and steps down when it wakes", async () => {
    const world = new World();
    const [first, second, third] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first] = await three(world);
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
    const [first, second, third] = await three(world);
    // Just after a ping was answered.
    await world.pass(2_000);
    second.hang();
    first.close();
    await world.pass(3_450);
    expect(third.leads).toBe(true);
  });

  it("C38 a tab that was itself asleep does not accuse the leader", async () => {
    const world = new World();
    const [first, second] = await three(world);
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
    const [first, second] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first, second] = await three(world);
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
    const [first, second] = await three(world);
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

describe("telling", () => {
  it("C33 case 26: a change in one tab reaches all others, whoever leads", async () => {
    const world = new World();
    const [first, second, third] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first, second, third] = await three(world);
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
    const [first, second] = await three(world);
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
    const [first, second, third] = await three(world);
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

/** A leader and two that follow. */
async function three(world: World) {
  const [first, second, third] = await world.openAll(3);
  if (!first || !second || !third) throw new Error("three tabs");
  return [first, second, third] as const;
}

/** Of a browser that does not tell whose lock was taken. */
function deafRequest({ locks }: Platform) {
  return (name: string, options: LockOptions, callback: () => Promise<void>) => {
    void locks?.request(name, options, callback).catch(() => {});
    return new Promise(() => {});
  };
}
