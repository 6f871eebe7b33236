import { beforeEach, expect, it } from "vitest";
import { createWatchdog, type Watchdog } from "../../src/tabs/watchdog";
import { fakeBrowser, type FakeBrowser } from "../support/platform";

let browser: FakeBrowser;
let said: string[];
let watchdog: Watchdog;

beforeEach(() => {
  browser = fakeBrowser();
  said = [];
  const tab = { ...browser.tab(), random: () => 0 };
  watchdog = createWatchdog(
    tab,
    () => said.push("ping"),
    () => said.push("dead"),
  );
});

it("asks at once, again after 2 s, and after 3 s without an answer says that the leader is dead; then begins anew", async () => {
  watchdog.start();
  expect(said).toEqual(["ping"]);
  await browser.advance(2_999);
  expect(said).toEqual(["ping", "ping"]);
  await browser.advance(1);
  expect(said.filter(word => word === "dead")).toHaveLength(1);
  await browser.advance(2_999);
  expect(said.filter(word => word === "dead")).toHaveLength(1);
  await browser.advance(1);
  expect(said.filter(word => word === "dead")).toHaveLength(2);
});

it("an answer to either ping is enough", async () => {
  watchdog.start();
  for (let round = 0; round < 20; round++) {
    await browser.advance(2_900);
    watchdog.alive();
  }
  expect(said).not.toContain("dead");
});

it("C38 a timer that comes late says that it was us who slept", async () => {
  watchdog.start();
  await browser.sleep(60_000);
  expect(said).toEqual(["ping", "ping"]);
  watchdog.alive();
  await browser.sleep(60_000);
  expect(said).not.toContain("dead");
  await browser.advance(3_000);
  expect(said).toContain("dead");
});

it("C36 stops, and may be started twice", async () => {
  watchdog.start();
  watchdog.start();
  expect(said).toEqual(["ping"]);
  watchdog.stop();
  watchdog.stop();
  await browser.advance(60_000);
  expect(said).toEqual(["ping"]);
  expect(browser.clock.pending()).toBe(0);
});

it("ends its patience on whatever clock and chance", async () => {
  for (let chance = 0; chance < 1; chance += 0.0371) {
    const start = 1.8e12 + chance / 3;
    const other = fakeBrowser({ start });
    let dead = 0;
    createWatchdog({ ...other.tab(), random: () => chance }, () => {}, () => void dead++).start();
    await other.advance(3_400);
    expect(dead).toBe(1);
  }
});
