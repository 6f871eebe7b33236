/** Numbers, plurals and moments in a reader's language. Made once for each locale, since `Intl` objects are dear. */
import type { Locale, PluralForms } from "./texts";

/** The server counts no further: this many means that or more. */
export const COUNT_CAP = 1000;
const BADGE_CAP = 99;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** What components call to say a value. */
export interface Format {
  number(n: number): string;
  /** "1,000+" at the server's cap. */
  count(n: number): string;
  /** "99+" above what fits into a badge. */
  badge(n: number): string;
  percent(of100: number): string;
  plural(forms: PluralForms, n: number): string;
  /** "5 min. ago", or a date once a week has passed. `iso` is RFC 3339, `now` milliseconds since 1970. */
  ago(iso: string, now: number): string;
  /** Date and time in full, for a tooltip. */
  moment(iso: string): string;
}

const made = new WeakMap<Locale, Format>();

/** The formats of a locale; the same object each time. */
export function formatOf(locale: Locale): Format {
  const known = made.get(locale);
  if (known) return known;
  const format = make(locale);
  made.set(locale, format);
  return format;
}

function make({ code, texts }: Locale): Format {
  const numbers = new Intl.NumberFormat(code);
  const percents = new Intl.NumberFormat(code, { style: "percent", maximumFractionDigits: 0 });
  const rules = new Intl.PluralRules(code);
  const relative = new Intl.RelativeTimeFormat(code, { numeric: "auto", style: "short" });
  const days = new Intl.DateTimeFormat(code, { month: "short", day: "numeric" });
  const years = new Intl.DateTimeFormat(code, { year: "numeric", month: "short", day: "numeric" });
  const moments = new Intl.DateTimeFormat(code, { dateStyle: "medium", timeStyle: "short" });
  const number = (n: number) => numbers.format(n);
  const capped = (n: number, cap: number) => (n > cap ? `${number(cap)}+` : number(n));
  const count = (n: number) => (n >= COUNT_CAP ? `${number(COUNT_CAP)}+` : number(n));
  return {
    number,
    count,
    badge: (n) => capped(n, BADGE_CAP),
    percent: (of100) => percents.format(of100 / 100),
    plural: (forms, n) => fill(forms[rules.select(n)] ?? forms.other, { n: count(n) }),
    ago(iso, now) {
      const then = Date.parse(iso);
      if (Number.isNaN(then)) return "";
      // The server's clock may be ahead of ours: what is in the future has just happened.
      const past = Math.max(0, now - then);
      if (past < MINUTE_MS) return texts.justNow;
      if (past < HOUR_MS) return relative.format(-Math.floor(past / MINUTE_MS), "minute");
      if (past < DAY_MS) return relative.format(-Math.floor(past / HOUR_MS), "hour");
      if (past < 7 * DAY_MS) return relative.format(-Math.floor(past / DAY_MS), "day");
      return (past < 300 * DAY_MS ? days : years).format(then);
    },
    moment(iso) {
      const then = Date.parse(iso);
      return Number.isNaN(then) ? "" : moments.format(then);
    },
  };
}

/** Puts values in place of `{name}`. */
export function fill(text: string, values: Record<string, string>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
