import { describe, expect, it } from "vitest";
import { windowMs } from "../../src/core/backoff";
import { createClient } from "../../src/core/client";
import { seeded } from "../support/fake-clock";
import { fakeBrowser } from "../support/platform";
import { Server } from "./server";
import { Driver } from "./driver";

/** How many lie in each tenth of the window; what lies outside is in none. */
function tenths(values: number[], from: number, windowMs: number): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const value of values) {
    const tenth = Math.floor(((value - from) / windowMs) * 10);
    counts[tenth] = (counts[tenth] ?? 0) + 1;
  }
  return counts;
}

describe("a thousand clients", () => {
  it("C13 dropped in one second, each round of their attempts is spread over its whole window", () => {
    const chance = seeded(5);
    const rounds: number[][] = [[], [], [], [], [], [], []];
    for (let i = 0; i < 1_000; i++) {
      const driver = new Driver(seeded(i)).live();
      driver.advance(Math.floor(chance() * 1_000)).lost();
      for (const round of rounds) {
        const from = driver.now;
        while (driver.name === "waiting") {
          driver.now = Math.max(driver.now, driver.timer ?? driver.now);
          driver.fire();
        }
        round.push(driver.now - from);
        driver.lost();
      }
    }
    rounds.forEach((waits, failures) => {
      const counts = tenths(waits, 0, windowMs(failures + 1));
      expect(counts.length, "nobody comes after the window").toBe(10);
      expect(counts.reduce((sum, count) => sum + count)).toBe(1_000);
      expect(Math.max(...counts), `round ${failures}: ${counts.join(" ")}`).toBeLessThanOrEqual(200);
      // The floor of a tenth of a second takes its part of the first window.
      expect(Math.min(...counts), `round ${failures}: ${counts.join(" ")}`).toBeGreaterThan(40);
    });
  });

  it("C13 whole, with tabs and lists and all, come back over the whole window when the server is up again", { timeout: 60_000 }, async () => {
    const browser = fakeBrowser({ seed: 3 });
    const server = new Server(browser.now);
    const clients = Array.from({ length: 1_000 }, () => {
      const tab = server.serve(browser.tab({ without: ["locks"] }));
      const client = createClient({ transports: ["sse"] }, tab);
      client.start();
      return { tab, client };
    });
    await browser.advance(6_000);
    expect(server.open.length).toBe(1_000);

    const dropped = browser.now();
    for (let i = 0; i < 1_000; i += 100) {
      for (const { stream } of server.open.slice(0, 100)) stream.fail();
      await browser.advance(100);
    }
    await browser.advance(2_000);
    const back = server.tries.slice(1_000);
    expect(back.length).toBe(1_000);
    expect(server.open.length).toBe(1_000);
    expect(new Set(clients.map(({ client }) => client.snapshot().status))).toEqual(new Set(["live"]));
    const counts = tenths(back, dropped, 3_000);
    expect(counts.length).toBe(10);
    expect(Math.max(...counts), counts.join(" ")).toBeLessThanOrEqual(200);
  });
});
