import { describe, expect, it } from "vitest";
import { orderOf } from "../../src/core/transport-order";
import { Driver } from "./driver";

describe("a trial of a better transport", () => {
  it("C18 is not told to the user as a break, however it fails", () => {
    for (const fails of ["held back", "refused"]) {
      const line = new Driver().start();
      // The stream is held back, the socket too: polls.
      line.advance(20_000).opened();
      expect(line.status).toBe("polling by polling");
      const told = line.told.length;
      const tries = line.attempts.length;
      for (let second = 0; second < 120; second += 1) {
        line.advance(1_000);
        const openingMs = line.now - (line.attempts.at(-1)?.at ?? 0);
        if (line.name === "live") line.feed({ type: "alive" });
        // On a slow network the answer to a poll takes its time.
        else if (line.line === "polling" && openingMs >= 3_000) line.opened();
        else if (line.line !== "polling" && fails === "refused") line.lost();
      }
      const tried = line.attempts.slice(tries).map(({ transport }) => transport);
      expect(tried).toEqual(expect.arrayContaining(["sse", "websocket", "polling"]));
      expect(line.told.slice(told), fails).toEqual([]);
    }
  });

  it("C18 whose end finds the lower one gone is told at once", () => {
    const line = new Driver().start().advance(20_000).opened();
    const polls = () => line.line === "polling";
    while (polls()) line.advance(1_000).feed({ type: "alive" });
    while (!polls()) line.lost();
    line.lost();
    expect(line.status).toBe("offline");
  });
});

describe("which transport comes first", () => {
  it("case 23: a socket where each tab has a line of its own, unless the application chose", () => {
    expect(orderOf(undefined, ["sse", "websocket", "polling"], true)).toEqual(["websocket", "sse", "polling"]);
    expect(orderOf(undefined, null, true)).toEqual(["websocket", "sse", "polling"]);
    expect(orderOf(undefined, ["sse", "polling"], true)).toEqual(["sse", "polling"]);
    expect(orderOf(["sse", "websocket"], null, true)).toEqual(["sse", "websocket"]);
    expect(orderOf(undefined, ["sse", "websocket", "polling"])).toEqual(["sse", "websocket", "polling"]);
  });
});
