import { describe, expect, it } from "vitest";
import broadcast from "../../../../crates/contract/golden/event-broadcast.json";
import { cleared, EMPTY, heardEvent, heardLine, heardStatus, KEPT_MAX, type Log } from "../../dashboard/src/events/log";
import type { BelfryEvent, Heard } from "../../src/core";

const heard = (part: Partial<Heard> = {}): Heard => ({ event: broadcast as BelfryEvent, live: true, isNew: true, leads: true, ...part });
const opened = (transport: "sse" | "websocket" | "polling", after: string | null = null) => ({ kind: "opened", transport, after }) as const;

describe("the event log", () => {
  it("shows the newest first and forgets the oldest", () => {
    let log: Log = EMPTY;
    for (let at = 1; at <= KEPT_MAX + 5; at++) log = heardEvent(log, heard({ cursor: `1.${at}` }), "sse", at);
    expect(log.entries).toHaveLength(KEPT_MAX);
    expect([log.entries[0]?.at, log.entries.at(-1)?.at]).toEqual([KEPT_MAX + 5, 6]);
    expect(log.cursor).toBe(`1.${KEPT_MAX + 5}`);
  });

  it("counts lines, and polls in a row as one", () => {
    let log = heardLine(EMPTY, opened("sse", "1.a"), 1);
    log = heardLine(log, { kind: "cut" }, 2);
    log = heardLine(log, opened("sse", "1.b"), 3);
    log = heardLine(log, opened("polling", "1.b"), 4);
    log = heardLine(log, opened("polling", "1.c"), 5);
    expect([log.opened, log.entries.length, log.cursor]).toEqual([3, 4, "1.c"]);
    log = heardLine(log, { kind: "offline" }, 6);
    log = heardLine(log, opened("polling", "1.c"), 7);
    expect(log.opened).toBe(4);
  });

  it("knows whether another tab holds the line", () => {
    const follower = heardEvent(EMPTY, heard({ leads: false }), "sse", 1);
    expect(follower.follows).toBe(true);
    expect(heardLine(follower, opened("sse"), 2).follows).toBe(false);
  });

  it("takes the beginning for no news", () => {
    expect(heardStatus(EMPTY, "offline", null, 1)).toBe(EMPTY);
    expect(heardStatus(heardStatus(EMPTY, "live", "sse", 1), "offline", null, 2).entries).toHaveLength(2);
  });

  it("keeps what it counted when it is cleared", () => {
    const log = heardStatus(heardLine(EMPTY, opened("sse", "1.a"), 1), "live", "sse", 2);
    expect(cleared(log)).toMatchObject({ entries: [], opened: 1, cursor: "1.a", next: 3 });
  });
});
