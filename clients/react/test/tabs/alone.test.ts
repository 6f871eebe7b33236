import { expect, it } from "vitest";
import type { Platform } from "../../src/core/types";
import { NOTHING } from "../support/platform";
import { group, World, type TabSettings } from "./world";

const lacking: [string, TabSettings][] = [
  ["no Web Locks", { without: ["locks"] }],
  ["no BroadcastChannel", { without: ["BroadcastChannel"] }],
  ["neither", { without: ["locks", "BroadcastChannel"] }],
  ["locks that are refused", { platform: platform => ({ ...platform, locks: refusing() }) }],
  ["channels that are refused", { platform: platform => ({ ...platform, BroadcastChannel: refused() }) }],
];

for (const [name, settings] of lacking) {
  it(`C37 ${name}: each tab leads itself, and says nothing`, async () => {
    const world = new World();
    const [first, second] = await world.openAll(2, settings);
    expect([first?.leads, second?.leads]).toEqual([true, true]);
    world.published = 3;
    first?.change("a");
    await world.pass(1_000);
    expect([first?.stream, second?.stream]).toEqual([[1, 2, 3], [1, 2, 3]]);
    expect(second?.changes).toEqual([]);
    expect(() => first?.tabs.tell(group(4))).not.toThrow();
    expect([first?.leadings, world.faults]).toEqual([1, []]);
  });

  it(`C39 ${name}: resigns or is frozen, and stands again when told to or thawed`, async () => {
    const world = new World();
    const tab = world.open(settings);
    await world.pass(0);
    const before = tab.nudges;
    tab.tabs.nudge();
    tab.tabs.resign();
    tab.tabs.nudge();
    expect([tab.leads, tab.followings, tab.nudges - before]).toEqual([false, 1, 1]);
    await world.pass(60_000);
    expect(tab.leads).toBe(false);
    tab.tabs.stand();
    await world.pass(0);
    expect([tab.leads, tab.leadings]).toEqual([true, 2]);
    tab.fake.freeze();
    expect([tab.leads, tab.followings]).toEqual([false, 2]);
    tab.fake.thaw();
    await world.pass(0);
    expect([tab.leads, tab.leadings]).toEqual([true, 3]);
  });

  it(`C36 ${name}: nothing is called before creation is over, and close leaves nothing`, async () => {
    const world = new World();
    const tab = world.open(settings);
    expect(tab.leadings).toBe(0);
    tab.close();
    await world.pass(0);
    expect([tab.leadings, tab.fake.leaks()]).toEqual([0, NOTHING]);
    tab.begin();
    await world.pass(0);
    expect(tab.leads).toBe(true);
    tab.close();
    await world.pass(0);
    expect(tab.fake.leaks()).toEqual(NOTHING);
  });
}

function refusing(): LockManager {
  const request = () => Promise.reject(new DOMException("Access to the Locks API is denied in this context.", "SecurityError"));
  return { request } as unknown as LockManager;
}

function refused(): Platform["BroadcastChannel"] {
  return class {
    constructor() {
      throw new DOMException("denied", "SecurityError");
    }
  } as unknown as typeof BroadcastChannel;
}
