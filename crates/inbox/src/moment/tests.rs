use std::time::Duration;

use proptest::prelude::*;

use super::Moment;

const START: Moment = Moment::from_millis(i64::MIN);
const END: Moment = Moment::from_millis(i64::MAX);

#[test]
fn seconds_and_hours_are_rounded_down() {
    for (millis, seconds, hours) in [
        (0, 0, 0),
        (999, 0, 0),
        (1_000, 1, 0),
        (3_599_999, 3_599, 0),
        (3_600_000, 3_600, 1),
        (-1, -1, 0),
        (-3_600_001, -3_601, 0),
        (i64::MAX, i64::MAX / 1_000, u32::MAX),
        (i64::MIN, i64::MIN / 1_000 - 1, 0),
    ] {
        let moment = Moment::from_millis(millis);
        assert_eq!((moment.seconds(), moment.hours()), (seconds, hours), "{millis}");
    }
}

#[test]
fn seconds_beyond_time_stop_at_its_end() {
    assert_eq!(Moment::from_seconds(2).millis(), 2_000);
    assert_eq!(Moment::from_seconds(i64::MAX), END);
    assert_eq!(Moment::from_seconds(i64::MIN), START);
}

#[test]
fn the_longest_spans_stop_at_the_ends() {
    for moment in [START, Moment::default(), END] {
        assert_eq!(moment.plus(Duration::MAX), END);
        assert_eq!(moment.minus(Duration::MAX), START);
    }
    assert_eq!(END.since(START), Duration::from_millis(u64::MAX));
    assert_eq!(START.since(END), Duration::ZERO);
}

/// What is right in numbers that cannot overflow, brought back into time.
fn clamped(millis: i128) -> i64 {
    i64::try_from(millis.clamp(i64::MIN.into(), i64::MAX.into())).unwrap()
}

proptest! {
    #[test]
    fn arithmetic_saturates(at in any::<i64>(), span in any::<u64>()) {
        let (moment, wide) = (Moment::from_millis(at), i128::from(at));
        prop_assert_eq!(moment.plus(Duration::from_millis(span)).millis(), clamped(wide + i128::from(span)));
        prop_assert_eq!(moment.minus(Duration::from_millis(span)).millis(), clamped(wide - i128::from(span)));
    }

    #[test]
    fn since_is_what_plus_adds(at in any::<i64>(), other in any::<i64>()) {
        let (one, two) = (Moment::from_millis(at.min(other)), Moment::from_millis(at.max(other)));
        prop_assert_eq!(one.plus(two.since(one)), two);
        prop_assert_eq!(two.minus(two.since(one)), one);
        prop_assert_eq!(one.since(two), Duration::ZERO);
    }
}
