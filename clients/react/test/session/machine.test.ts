import { describe, expect, it } from "vitest";
import { ALL, Driver } from "./driver";

const lines = (driver: Driver) => driver.attempts.map(({ transport }) => transport);

describe("which transport", () => {
  it("C17 one that is lost twice before it lived makes room for the next, and the last one for all", () => {
    const driver = new Driver().start();
    while (lines(driver).length < 7) {
      driver.lost();
      while (driver.name === "waiting") driver.advance(100);
    }
    expect(lines(driver)).toEqual(["sse", "sse", "websocket", "websocket", "polling", "polling", "sse"]);
  });

  it("C17 climbs after half a minute, then ever more rarely, each time back at once to what works", () => {
    const driver = new Driver(() => 0).start();
    driver.end({ kind: "unsupported" }).lost().advance(2_000).lost().advance(10_000);
    expect(driver.line).toBe("polling");
    driver.opened();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      const from = driver.now;
      driver.advance(3_000_000, () => {
        if (driver.line === "polling") driver.feed({ type: driver.name === "live" ? "alive" : "opened" });
        else if (driver.line) {
          waits.push(driver.now - from);
          driver.lost();
        }
      });
      if (waits.length >= 6) break;
    }
    const gaps = waits.slice(0, 6).map((wait, i) => Math.round((wait - (waits[i - 1] ?? 0)) / 10_000) * 10);
    expect(gaps).toEqual([20, 60, 120, 240, 480, 600]);
    expect(driver.told).not.toContain("live by websocket");
    expect(driver.status).toBe("polling by polling");
  });

  it("C18 keeps what it showed while it looks whether a better one works", () => {
    const driver = new Driver(() => 0).start();
    driver.end({ kind: "unsupported" }).advance(10_000);
    expect(driver.line).toBe("polling");
    driver.opened().advance(30_000);
    expect([driver.line, driver.name, driver.status]).toEqual(["websocket", "connecting", "polling by polling"]);
    driver.advance(4_000);
    expect([driver.line, driver.status]).toEqual(["polling", "polling by polling"]);
    driver.opened().advance(60_000);
    expect(driver.line).toBe("websocket");
    driver.opened();
    expect(driver.status).toBe("live by websocket");
  });
});

describe("when", () => {
  it("case 22: a wait ends early once, however often the user looks", () => {
    const driver = new Driver(() => 0.999).start("c", ["sse"]);
    for (let i = 0; i < 6; i++) driver.lost().advance(60_000);
    driver.lost();
    while (driver.name === "waiting") driver.advance(100);
    const tried = driver.attempts.length;
    const at = driver.now;
    driver.lost();
    for (let i = 0; i < 5; i++) driver.feed({ type: "visible" }).feed({ type: "resumed" }).feed({ type: "online" });
    driver.advance(4_800);
    expect(driver.attempts.length).toBe(tried);
    driver.advance(200);
    expect(driver.attempts.length).toBe(tried + 1);
    expect((driver.attempts.at(-1)?.at ?? 0) - at).toBeLessThanOrEqual(5_000);
  });

  it("C16 a timer that fires long after its time tells of a sleep: a quiet line is asked, one that beats is opened anew", () => {
    const socket = new Driver().start("c", ["websocket"]).opened();
    socket.advance(60_000, () => socket.feed({ type: "alive" }));
    socket.now += 120_000;
    socket.fire();
    expect([socket.nudged, socket.attempts.length]).toEqual([1, 1]);

    const late = new Driver().start("c", ["sse"]).opened();
    late.advance(60_000, () => late.feed({ type: "alive" }));
    late.now += 125_000;
    late.fire();
    expect([late.attempts.length, late.attempts.at(-1)?.at]).toEqual([2, late.now]);
  });

  it("C16 a page that is shown looks at once: at a line that has missed two beats by opening it anew, else not at all", () => {
    const driver = new Driver().live();
    driver.advance(20_000).feed({ type: "visible" });
    expect(driver.attempts.length).toBe(1);
    driver.advance(11_000);
    for (let i = 0; i < 5; i++) driver.feed({ type: "visible" }).feed({ type: "online" });
    expect(driver.attempts.length).toBe(2);
  });

  it("C18 shows nothing new through a planned end, and the truth when it takes longer than 5 s", () => {
    const driver = new Driver(() => 0.999).live().end({ kind: "clean", retryMs: 1_000 });
    expect(driver.told).toEqual(["live by sse"]);
    driver.advance(1_000);
    expect(driver.name).toBe("connecting");
    driver.advance(3_900);
    expect(driver.told).toEqual(["live by sse"]);
    driver.advance(200);
    expect(driver.told).toEqual(["live by sse", "offline"]);
  });

  it("C13 a wait that the server asked for holds for the user's impatience too", () => {
    const driver = new Driver().start().end({ kind: "busy", retryAfterMs: 60_000 });
    driver.advance(30_000).feed({ type: "visible" }).feed({ type: "nudge" }).feed({ type: "offline" }).feed({ type: "online" });
    expect(driver.attempts.length).toBe(1);
    driver.advance(30_000);
    expect(driver.attempts.length).toBe(2);
  });

  it("sets one timer for many signs of life", () => {
    const driver = new Driver().live();
    const before = driver.timersSet;
    for (let i = 0; i < 1_000; i++) {
      driver.now += 10;
      driver.feed({ type: "alive" });
    }
    expect(driver.timersSet).toBe(before);
    expect(ALL).toContain(driver.line);
  });
});
