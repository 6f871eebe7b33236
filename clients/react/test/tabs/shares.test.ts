import { expect, it } from "vitest";
import { createShares } from "../../src/tabs/shares";

const op = (id: string) => ({ type: "op-done" as const, id, at: 0 });

it("C33 what was taken is not taken again", () => {
  const [anna, ben] = [createShares("anna"), createShares("ben")];
  const first = anna.give(op("1"), 0);
  const second = anna.give(op("2"), 0);
  expect([ben.take(first, 0), ben.take(first, 0), ben.take(second, 0), ben.take(first, 0)]).toEqual([true, false, true, false]);
});

it("C33 a loaded replica gets what it lacks, ours too, and refuses what it holds", () => {
  const [anna, ben, carl] = [createShares("anna"), createShares("ben"), createShares("carl")];
  const shared = [anna.give(op("1"), 0), anna.give(op("2"), 0)] as const;
  carl.take(shared[0], 0);
  const late = createShares("late");
  const own = late.give(op("own"), 0);
  late.take(shared[1], 0);
  expect(late.merge(carl.heard(), 0)).toEqual([own.action, op("2")]);
  ben.give(op("3"), 0);
  const bens = ben.give(op("4"), 0);
  expect(late.merge({ ben: 2 }, 0)).toHaveLength(2);
  expect(late.take(bens, 0)).toBe(false);
});

it("what is old, or more than enough, is not kept", () => {
  const shares = createShares("anna");
  shares.give(op("old"), 0);
  expect(shares.merge({}, 10_000)).toEqual([]);
  for (let count = 0; count < 1_000; count++) shares.give(op(`${count}`), 20_000);
  expect(shares.merge({}, 20_000).length).toBeLessThanOrEqual(64);
  for (let sender = 0; sender < 1_000; sender++) shares.take({ from: `tab${sender}`, seq: 1, action: op("x") }, 20_000);
  expect(Object.keys(shares.heard())).toHaveLength(100);
  expect(shares.heard()).toHaveProperty("tab999", 1);
});

it("what was told before a sign-out is not kept", () => {
  const [anna, ben] = [createShares("anna"), createShares("ben")];
  ben.take(anna.give(op("secret"), 0), 0);
  ben.take(anna.give({ type: "clear" }, 0), 0);
  expect([anna.merge({}, 0), ben.merge({}, 0)]).toEqual([[{ type: "clear" }], [{ type: "clear" }]]);
});
