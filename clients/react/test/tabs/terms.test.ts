import { describe, expect, it } from "vitest";
import { judge, nextTerm, rank, type Claim, type Place } from "../../src/tabs/terms";

const place: Place = { term: 5, leader: "m", n: 3 };
const from = (term: number, leader: string, what: { kind: "hello"; after: Place | null } | { kind: "news" | "pong"; n: number } | { kind: "welcome"; n: number; mine: boolean }): Claim =>
  ({ from: leader, term, ...what }) as Claim;

describe("judge", () => {
  const cases: [string, Place | null, Claim, string, Place | null][] = [
    ["the next news is taken", place, from(5, "m", { kind: "news", n: 4 }), "take", { term: 5, leader: "m", n: 4 }],
    ["news that was taken is not taken again", place, from(5, "m", { kind: "news", n: 3 }), "heed", place],
    ["after a gap we are out of step", place, from(5, "m", { kind: "news", n: 5 }), "ask", { term: 5, leader: "m", n: -1 }],
    ["out of step no news is taken", { ...place, n: -1 }, from(5, "m", { kind: "news", n: 4 }), "ask", { term: 5, leader: "m", n: -1 }],
    ["a pong that knows no more", place, from(5, "m", { kind: "pong", n: 3 }), "heed", place],
    ["a pong that knows more", place, from(5, "m", { kind: "pong", n: 4 }), "ask", { term: 5, leader: "m", n: -1 }],
    ["news of an older term", place, from(4, "z", { kind: "news", n: 4 }), "ignore", place],
    ["a pong of an older term", place, from(4, "z", { kind: "pong", n: 9 }), "ignore", place],
    ["a state of an older term", place, from(4, "z", { kind: "welcome", n: 9, mine: true }), "ignore", place],
    ["one that begins in an older term is told so", place, from(4, "z", { kind: "hello", after: place }), "ask", place],
    ["the same term, another name below", place, from(5, "a", { kind: "news", n: 4 }), "ignore", place],
    ["the same term, another name above", place, from(5, "z", { kind: "news", n: 4 }), "ask", { term: 5, leader: "z", n: -1 }],
    ["one that goes on from where we are", place, from(6, "a", { kind: "hello", after: place }), "heed", { term: 6, leader: "a", n: 0 }],
    ["one that knows more than we", place, from(6, "a", { kind: "hello", after: { ...place, n: 4 } }), "ask", { term: 6, leader: "a", n: -1 }],
    ["one that knows less than we", place, from(6, "a", { kind: "hello", after: { ...place, n: 2 } }), "ask", { term: 6, leader: "a", n: -1 }],
    ["one that followed another", place, from(6, "a", { kind: "hello", after: { ...place, term: 4 } }), "ask", { term: 6, leader: "a", n: -1 }],
    ["neither of us was in step", { ...place, n: -1 }, from(6, "a", { kind: "hello", after: { ...place, n: -1 } }), "ask", { term: 6, leader: "a", n: -1 }],
    ["the state that we asked for", null, from(5, "m", { kind: "welcome", n: 3, mine: true }), "load", place],
    ["the state that another asked for, in step", place, from(5, "m", { kind: "welcome", n: 3, mine: false }), "heed", place],
    ["the state that another asked for, out of step", null, from(5, "m", { kind: "welcome", n: 3, mine: false }), "ask", { term: 5, leader: "m", n: -1 }],
    ["the first that we hear of", null, from(5, "m", { kind: "hello", after: null }), "ask", { term: 5, leader: "m", n: -1 }],
  ];
  for (const [name, before, claim, verdict, after] of cases)
    it(`C31 ${name}: ${verdict}`, () => {
      expect(judge(before, claim)).toEqual({ place: after, verdict });
    });
});

it("terms grow, whatever the clock says", () => {
  expect(nextTerm(null, 1_000)).toBe(1_000);
  expect(nextTerm({ ...place, term: 1_000 }, 1_000)).toBe(1_001);
  expect(nextTerm({ ...place, term: 5_000 }, 1_000)).toBe(5_001);
});

it("any two leaders are told apart, the same by all", () => {
  const some = [1, 2].flatMap(term => ["a", "b"].map(leader => ({ term, leader })));
  for (const a of some) for (const b of some) expect(Math.sign(rank(a, b))).toBe(a === b ? 0 : -Math.sign(rank(b, a)));
  expect(rank({ term: 2, leader: "a" }, { term: 1, leader: "b" })).toBeGreaterThan(0);
  expect(rank({ term: 0, leader: "a" }, null)).toBeGreaterThan(0);
});
