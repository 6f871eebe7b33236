import { describe, expect, it } from "vitest";
import { isBehind, judge, type Holding, type Places } from "../../src/transports/socket-feeds";
import { ALL, at, counts, seg, TAG } from "./support";

const places = (user: number, everyone = 7): Places =>
  new Map([
    ["user", { n: user, at: seg(TAG, user) }],
    ["everyone", { n: everyone, at: seg(ALL, everyone) }],
  ]);
const holding = (user: number, everyone = 7): Holding => ({ cursor: at(user, everyone), places: places(user, everyone) });
const push = (n: number, feed = "user", tag = TAG) => ({ feed, n, at: seg(tag, n), events: [counts(n)] });

describe("a push, judged by its number", () => {
  it("follows with the next number, and its segment takes the place of the one held", () => {
    expect(judge(holding(43), push(44))).toEqual(holding(44));
    expect(judge(holding(43), push(8, "everyone", ALL))).toEqual(holding(43, 8));
  });

  it("changes nothing with a number that is held", () => {
    expect(judge(holding(43), push(43))).toBe("known");
    expect(judge(holding(43), push(1))).toBe("known");
    expect(judge(holding(43), { feed: "user", n: 43 })).toBe("known");
  });

  it("case 8: tells of something missed with any other, without events, and of an unknown feed", () => {
    expect(judge(holding(1234), push(1237))).toBe("missed");
    expect(judge(holding(43), { feed: "user", n: 44 })).toBe("missed");
    expect(judge(holding(43), push(1, "team"))).toBe("missed");
    expect(judge(holding(43), push(1, "constructor"))).toBe("missed");
  });

  it("tells of a feed that has begun anew, whatever its number", () => {
    for (const n of [1, 43, 44, 60]) expect(judge(holding(43), push(n, "user", "OTHERTAG"))).toBe("missed");
  });

  it("takes the life that it is shown where nothing was held", () => {
    expect(judge(holding(0), push(1, "user", "OTHERTAG"))).toEqual({
      cursor: `1.${seg("OTHERTAG", 1)}~${seg(ALL, 7)}`,
      places: new Map([...places(0), ["user", { n: 1, at: seg("OTHERTAG", 1) }]]),
    });
    expect(judge(holding(0), push(2, "user", "OTHERTAG"))).toBe("missed");
  });

  it("tells of something missed where the cursor does not hold what the feed does", () => {
    expect(judge({ cursor: at(40), places: places(43) }, push(44))).toBe("missed");
  });

  it("finds the store ahead in any feed, and in another life", () => {
    expect(isBehind(places(43), places(43))).toBe(false);
    expect(isBehind(places(43), places(42, 7))).toBe(false);
    expect(isBehind(places(43), places(44))).toBe(true);
    expect(isBehind(places(43), places(43, 8))).toBe(true);
    expect(isBehind(places(43), new Map([["user", { n: 0, at: seg("OTHERTAG", 0) }]]))).toBe(true);
    expect(isBehind(places(0), new Map([["user", { n: 0, at: seg("OTHERTAG", 0) }]]))).toBe(false);
    expect(isBehind(places(43), new Map([["team", { n: 0, at: seg("OTHERTAG", 0) }]]))).toBe(true);
  });
});
