import { describe, expect, it } from "vitest";
import { formatOf, fill } from "../../src/ui/format";
import { ar } from "../../src/ui/locales/ar";
import { en } from "../../src/ui/locales/en";
import type { Locale, PluralForms } from "../../src/ui/texts";

const HOUR_MS = 3_600_000;
const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const isPlural = (text: unknown): text is PluralForms => typeof text === "object" && text !== null && "other" in text;

describe.each([
  ["English", en],
  ["Arabic", ar],
])("%s", (_, locale: Locale) => {
  it("C52 has a form for every plural that its language knows", () => {
    const needed = [...new Intl.PluralRules(locale.code).resolvedOptions().pluralCategories].sort();
    const plurals = Object.entries(locale.texts).filter(([, text]) => isPlural(text));
    expect(plurals.length).toBeGreaterThan(3);
    for (const [name, forms] of plurals) expect([name, Object.keys(forms).sort()]).toEqual([name, needed]);
  });

  it("leaves no text empty", () => {
    const walk = (text: unknown): string[] => (typeof text === "string" ? [text] : Object.values(text as object).flatMap(walk));
    for (const text of walk(locale.texts)) expect(text.trim()).not.toBe("");
  });
});

describe("formats", () => {
  const format = formatOf(en);

  it("case 29: says 1,000+ at the server's cap, and 99+ in a badge", () => {
    expect([0, 12, 999, 1000].map(format.count)).toEqual(["0", "12", "999", "1,000+"]);
    expect([1, 99, 100, 1000].map(format.badge)).toEqual(["1", "99", "99+", "99+"]);
  });

  it("says how long ago, and the date of what is older than a week", () => {
    const ago = (ms: number) => format.ago(new Date(NOW - ms).toISOString(), NOW);
    expect(ago(5000)).toBe("now");
    expect(ago(-5000)).toBe("now");
    expect(ago(5 * 60_000)).toBe("5 min. ago");
    expect(ago(3 * HOUR_MS)).toBe("3 hr. ago");
    expect(ago(25 * HOUR_MS)).toBe("yesterday");
    expect(ago(9 * 24 * HOUR_MS)).toBe("Nov 16");
    expect(ago(400 * 24 * HOUR_MS)).toBe("Oct 21, 2025");
    expect(format.ago("rubbish", NOW)).toBe("");
  });

  it("counts in Arabic by its six forms", () => {
    const arabic = formatOf(ar);
    expect([1, 2, 3, 11, 100].map((n) => arabic.plural(ar.texts.arrived, n))).toEqual([
      "إشعار جديد واحد",
      "إشعاران جديدان",
      "3 إشعارات جديدة",
      "11 إشعارًا جديدًا",
      "100 إشعار جديد",
    ]);
  });

  it("makes its formats once, and fills in what it is given", () => {
    expect(formatOf(en)).toBe(format);
    expect(fill("Receive {name} {other}", { name: "a{name}$&" })).toBe("Receive a{name}$& {other}");
  });
});
