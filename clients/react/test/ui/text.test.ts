import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clip, isLong } from "../../src/ui/text";

const borders = (text: string) => new Set([0, text.length, ...[...new Intl.Segmenter().segment(text)].map(({ index }) => index)]);
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;
const pieces = fc.array(
  fc.constantFrom("a", "é", "e\u0301", "👩‍👩‍👧‍👦", "🇩🇪", "🇫🇷", "👍🏽", "한", "नि", "\u202E", "م", " ", "\u200D", "𝒳", "\uFE0F", "\r\n"),
  { maxLength: 40 },
);

describe("case 67: text is cut where people see a border", () => {
  it("C50 never leaves half of a pair, a flag or a family, and cuts nothing that fits", () => {
    fc.assert(
      fc.property(fc.oneof(pieces.map((parts) => parts.join("")), fc.string({ unit: "grapheme", maxLength: 60 })), fc.integer({ min: 1, max: 45 }), (text, max) => {
        const count = [...new Intl.Segmenter().segment(text)].length;
        const cut = clip(text, max);
        expect(cut).not.toMatch(LONE);
        if (count <= max) {
          expect(cut).toBe(text);
          return;
        }
        const kept = cut.slice(0, -1);
        expect(cut.endsWith("…")).toBe(true);
        expect(text.startsWith(kept)).toBe(true);
        expect(borders(text).has(kept.length)).toBe(true);
        expect([...new Intl.Segmenter().segment(kept)].length).toBe(max - 1);
      }),
    );
  });

  it.each([
    ["Hello 👩‍👩‍👧‍👦 there", 7, "Hello …"],
    ["Hello 👩‍👩‍👧‍👦 there", 8, "Hello 👩‍👩‍👧‍👦…"],
    ["🇩🇪🇫🇷🇮🇹", 2, "🇩🇪…"],
    ["𝒳𝒴𝒵", 2, "𝒳…"],
    ["abc", 3, "abc"],
    ["abc", 0, ""],
  ])("cuts %j to %i", (text, max, cut) => expect(clip(text, max)).toBe(cut));

  it("offers more of a long message, and of one with many lines", () => {
    expect(isLong("short")).toBe(false);
    expect(isLong("a\nb\nc")).toBe(false);
    expect(isLong("a\nb\nc\nd")).toBe(true);
    expect(isLong("x".repeat(221))).toBe(true);
  });
});
