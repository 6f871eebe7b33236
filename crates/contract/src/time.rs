//! Times as text: RFC 3339, UTC, always three digits of milliseconds.

use inbox::moment::Moment;
use jiff::Timestamp;

/// 0000-01-01T00:00:00Z: RFC 3339 has no year before it.
const FIRST_MS: i64 = -62_167_219_200_000;
/// Digits of a second's fraction that are read; what lies below a millisecond is dropped anyway.
const FRACTION_DIGITS: usize = 9;

/// `2026-11-25T04:37:33.120Z`. A time that four digits of year cannot tell becomes the nearest one that they can.
pub fn text(moment: Moment) -> String {
    let within = moment.millis().clamp(FIRST_MS, Timestamp::MAX.as_millisecond());
    let stamp = Timestamp::from_millisecond(within).unwrap_or(Timestamp::MAX);
    format!("{stamp:.3}")
}

/// Reads RFC 3339 with any offset, to the millisecond below; `None` for anything else, other spellings of ISO 8601 included.
pub fn parse(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let (clock, rest) = rest.split_at_checked(9)?;
    if !shaped(date, "0000-00-00") || !(shaped(clock, "T00:00:00") || shaped(clock, "t00:00:00")) {
        return None;
    }
    let (fraction, offset) = split_fraction(rest)?;
    let known = matches!(offset, "Z" | "z") || shaped(offset, "+00:00") || shaped(offset, "-00:00");
    let hours_fit = offset.len() == 1 || offset.get(1..3)? < "24";
    if !known || !hours_fit {
        return None;
    }
    let offset = if offset == "-00:00" || offset == "z" { "Z" } else { offset };
    let digits = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let dot = if digits.is_empty() { "" } else { "." };
    let stamp: Timestamp = format!("{date}T{}{dot}{digits}{offset}", &clock[1..]).parse().ok()?;
    Some(Moment::from_millis(i64::try_from(stamp.as_nanosecond().div_euclid(1_000_000)).ok()?))
}

/// Whether `text` is `pattern` with any digit for each `0`.
fn shaped(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(|(b, p)| if p == b'0' { b.is_ascii_digit() } else { b == p })
}

fn split_fraction(rest: &str) -> Option<(&str, &str)> {
    let Some(after) = rest.strip_prefix('.') else { return Some(("", rest)) };
    let end = after.bytes().position(|b| !b.is_ascii_digit()).filter(|end| *end > 0)?;
    after.split_at_checked(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn always_three_digits() {
        assert_eq!(text(Moment::from_millis(1_795_581_453_120)), "2026-11-25T04:37:33.120Z");
        assert_eq!(text(Moment::from_millis(0)), "1970-01-01T00:00:00.000Z");
        assert!(text(Moment::from_millis(i64::MAX)).starts_with("9999-"));
        assert_eq!(text(Moment::from_millis(i64::MIN)), "0000-01-01T00:00:00.000Z");
    }

    #[test]
    fn any_offset_is_read() {
        let noon = parse("2026-11-25T12:00:00Z");
        assert!(noon.is_some());
        for same in ["2026-11-25T13:30:00+01:30", "2026-11-25t12:00:00z", "2026-11-25T12:00:00.0009999999999Z", "2026-11-25T12:00:00-00:00"]
        {
            assert_eq!(parse(same), noon, "{same}");
        }
    }

    #[test]
    fn nothing_else_is_read() {
        for odd in [
            "",
            "2026-11-25",
            "2026-11-25 12:00:00Z",
            "2026-11-25T12:00Z",
            "2026-11-25T12:00:00",
            "2026-11-25T12:00:00.Z",
            "2026-11-25T12:00:00Z[UTC]",
            "2026-13-25T12:00:00Z",
            "2026-11-25T12:00:00+25:00",
            "2026-11-25T12:00:00+00:0é",
            "20261125T120000Z",
        ] {
            assert_eq!(parse(odd), None, "{odd}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(millis in FIRST_MS..253_402_000_000_000_i64) {
            let moment = Moment::from_millis(millis);
            prop_assert_eq!(parse(&text(moment)), Some(moment));
        }

        #[test]
        fn no_text_panics(any in "\\PC{0,40}") {
            let _ = parse(&any);
        }
    }
}
