import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Event, EventName, StateName } from "../../src/core/machine";
import { TABLE } from "../../src/core/machine-table";
import type { LineEnd } from "../../src/core/types";
import { ALL, Driver } from "./driver";
import { seeded } from "../support/fake-clock";

const ends: fc.Arbitrary<LineEnd> = fc.oneof(
  fc.record({ kind: fc.constant("clean" as const), retryMs: fc.option(fc.integer({ min: 1, max: 5_000 }), { nil: undefined }) }),
  fc.constant<LineEnd>({ kind: "lost" }),
  fc.record({ kind: fc.constant("busy" as const), retryAfterMs: fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined }) }),
  fc.constant<LineEnd>({ kind: "unauthorized" }),
  fc.constant<LineEnd>({ kind: "unsupported" }),
);
type Act = { event: Exclude<EventName, "ended"> } | { event: "ended"; end: LineEnd } | { event: "pass"; ms: number };
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom<Act>({ event: "opened" }, { event: "group" }, { event: "alive" }, { event: "loaded" }) },
  { weight: 4, arbitrary: fc.record({ event: fc.constant("ended" as const), end: ends }) },
  { weight: 6, arbitrary: fc.record({ event: fc.constant("pass" as const), ms: fc.oneof(fc.nat(2_000), fc.nat(120_000), fc.nat(900_000)) }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Act>(
      { event: "start" },
      { event: "stop" },
      { event: "loadFailed" },
      { event: "reset" },
      { event: "timer" },
      { event: "online" },
      { event: "offline" },
      { event: "visible" },
      { event: "hidden" },
      { event: "resumed" },
      { event: "nudge" },
      { event: "tokenRefused" },
    ),
  },
);

/** Plays what a session could hear: a line tells only while it is open, a load answers only while it runs. */
function play(driver: Driver, acts: Act[], withCursor: boolean): void {
  let given = withCursor ? "c0" : "";
  let count = 0;
  driver.start(withCursor ? given : null);
  for (const what of acts) {
    const before = driver.attempts.length;
    const { name, online } = driver.state;
    if (what.event === "pass") driver.advance(what.ms);
    else driver.feed(eventOf(what));
    for (const attempt of driver.attempts.slice(before)) {
      expect(attempt.cursor).toBe(given);
      expect(driver.state.online || what.event === "pass").toBe(true);
    }
    if (what.event !== "pass" && what.event !== "start" && what.event !== "online") {
      if (name === "unauthorized" || name === "idle" || (name === "offline" && !online)) expect(driver.attempts.length).toBe(before);
    }
  }

  function eventOf(what: Exclude<Act, { event: "pass" }>): Event {
    const telling = driver.line !== null;
    switch (what.event) {
      case "ended":
        return { type: "ended", end: what.end };
      case "group":
        if (telling) given = `c${++count}`;
        return { type: "group", cursor: given };
      case "loaded":
        if (driver.loading) given = `c${++count}`;
        return { type: "loaded", cursor: given, order: ALL };
      case "start":
        return { type: "start", cursor: given || null, order: ALL, online: true };
      default:
        return { type: what.event };
    }
  }
}

describe("any sequence of events", () => {
  it("C10 C11 C12 has one line, one load and one timer at most, goes on from the last cursor, and tries nothing while it may not", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), fc.nat(), (acts, withCursor, seed) => {
        play(new Driver(seeded(seed)), acts, withCursor);
      }),
      { numRuns: 400 },
    );
  });

  it("C11 leaves nothing behind a stop", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), fc.boolean(), fc.nat(), (acts, withCursor, seed) => {
        const driver = new Driver(seeded(seed));
        play(driver, acts, withCursor);
        driver.feed({ type: "stop" });
        const { attempts, loads } = driver;
        const tried = attempts.length + loads.length;
        expect([driver.line, driver.loading, driver.timer, driver.name]).toEqual([null, false, null, "idle"]);
        driver.advance(10_000_000);
        for (const type of ["opened", "alive", "timer", "online", "offline", "visible", "hidden", "resumed", "nudge"] as const)
          driver.feed({ type });
        expect(driver.attempts.length + driver.loads.length).toBe(tried);
        expect(driver.timer).toBe(null);
      }),
      { numRuns: 300 },
    );
  });

  it("C10 reaches every cell of the table", () => {
    const cells = new Set<string>();
    fc.assert(
      fc.property(fc.array(act, { minLength: 20, maxLength: 80 }), fc.boolean(), fc.nat(), (acts, withCursor, seed) => {
        const driver = new Driver(seeded(seed));
        play(driver, acts, withCursor);
        for (const cell of driver.cells) cells.add(cell);
      }),
      { numRuns: 400, seed: 11 },
    );
    const all = (Object.keys(TABLE) as StateName[]).flatMap((name) => Object.keys(TABLE[name]).map((event) => `${name} ${event}`));
    expect(all.length).toBe(7 * 17);
    expect(all.filter((cell) => !cells.has(cell))).toEqual([]);
  });

  it("C13 every failed attempt is followed by a wait or by another transport", () => {
    fc.assert(
      fc.property(fc.array(ends, { minLength: 1, maxLength: 60 }), fc.boolean(), fc.nat(), (all, opens, seed) => {
        const driver = new Driver(seeded(seed)).start();
        for (const end of all) {
          if (opens) driver.opened();
          const failed = driver.attempts.at(-1);
          const endedAt = driver.now;
          driver.end(end);
          while (driver.name === "waiting") driver.now = Math.max(driver.now, driver.timer ?? driver.now), driver.fire();
          const next = driver.attempts.at(-1);
          if (!failed || !next || driver.refused > 0) return;
          const leastMs = (end.kind === "busy" ? end.retryAfterMs : 0) ?? 0;
          if (next.transport === failed.transport) expect(next.at - endedAt).toBeGreaterThanOrEqual(Math.max(100, leastMs));
          else expect(next.at).toBeGreaterThanOrEqual(endedAt);
        }
      }),
      { numRuns: 300 },
    );
  });
});
