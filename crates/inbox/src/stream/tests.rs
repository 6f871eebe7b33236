use std::time::Duration;

use proptest::prelude::*;

use super::{Clockwork, Ending, Step};
use crate::moment::Moment;

fn at(seconds: i64) -> Moment {
    Moment::from_seconds(seconds)
}

/// Opened at 100 s, beating every 15 s, with a window of 60 s: to 160 s.
fn opened(token_expires: i64) -> Clockwork {
    Clockwork::new(at(100), Duration::from_secs(15), Duration::from_mins(1), at(token_expires))
}

fn check(clockwork: &Clockwork, steps: &[(i64, Step)]) {
    for (millis, step) in steps {
        assert_eq!(clockwork.step(Moment::from_millis(*millis)), *step, "at {millis}");
    }
}

#[test]
fn it_beats_a_period_after_what_was_sent_last() {
    let mut clockwork = opened(1_000);
    check(
        &clockwork,
        &[(100_000, Step::WaitUntil(at(115))), (114_999, Step::WaitUntil(at(115))), (115_000, Step::Beat), (116_000, Step::Beat)],
    );
    clockwork.sent(at(116));
    check(&clockwork, &[(116_000, Step::WaitUntil(at(131))), (131_000, Step::Beat)]);
    clockwork.sent(at(120));
    check(&clockwork, &[(134_999, Step::WaitUntil(at(135))), (135_000, Step::Beat)]);
}

#[test]
fn it_ends_with_its_window() {
    let mut clockwork = opened(161);
    clockwork.sent(at(150));
    let window = Step::End(Ending::Window);
    check(&clockwork, &[(159_999, Step::WaitUntil(at(160))), (160_000, window), (161_000, window), (i64::MAX, window)]);
}

#[test]
fn the_token_ends_it_first_or_with_the_window() {
    for expires in [130, 160] {
        let mut clockwork = opened(expires);
        clockwork.sent(at(expires - 1));
        let border = expires * 1_000;
        check(&clockwork, &[(border - 1, Step::WaitUntil(at(expires))), (border, Step::End(Ending::TokenExpired))]);
    }
}

/// Case 64: a token that is over already opens nothing.
#[test]
fn an_expired_token_ends_it_at_once() {
    for expires in [i64::MIN, 0, 70, 100] {
        check(&opened(expires), &[(100_000, Step::End(Ending::TokenExpired))]);
    }
}

#[test]
fn the_end_comes_before_a_beat_of_the_same_moment() {
    check(&opened(115), &[(115_000, Step::End(Ending::TokenExpired))]);
}

#[test]
fn an_earlier_ending_stands() {
    let mut clockwork = opened(1_000);
    clockwork.end_at(at(112), Ending::Shutdown);
    clockwork.end_at(at(113), Ending::SlowReader);
    clockwork.end_at(at(112), Ending::NewerTwin);
    check(&clockwork, &[(111_999, Step::WaitUntil(at(112))), (112_000, Step::End(Ending::Shutdown))]);
    clockwork.end_at(at(105), Ending::StoreFailed);
    check(&clockwork, &[(104_999, Step::WaitUntil(at(105))), (105_000, Step::End(Ending::StoreFailed))]);
}

#[test]
fn an_ending_after_the_window_changes_nothing() {
    let mut clockwork = opened(1_000);
    clockwork.end_at(at(161), Ending::Shutdown);
    check(&clockwork, &[(160_000, Step::End(Ending::Window)), (200_000, Step::End(Ending::Window))]);
    clockwork.end_at(at(160), Ending::Shutdown);
    check(&clockwork, &[(160_000, Step::End(Ending::Shutdown))]);
}

#[test]
fn the_longest_spans_do_not_overflow() {
    let clockwork = Clockwork::new(at(100), Duration::MAX, Duration::MAX, Moment::from_millis(i64::MAX));
    check(&clockwork, &[(i64::MAX - 1, Step::WaitUntil(Moment::from_millis(i64::MAX)))]);
}

proptest! {
    /// Whoever waits as told never waits past a beat or past the end, and gets to the end.
    #[test]
    fn a_stream_that_does_as_told_beats_in_time_and_ends(beat in 1_u64..20, window in 1_u64..99, token in 1_i64..99, off in 1_i64..99) {
        let mut clockwork = Clockwork::new(at(0), Duration::from_secs(beat), Duration::from_secs(window), at(token));
        clockwork.end_at(at(off), Ending::Shutdown);
        let end = i64::try_from(window).unwrap().min(token).min(off);
        let (mut now, mut sent) = (at(0), at(0));
        let why = loop {
            match clockwork.step(now) {
                Step::Beat => {
                    prop_assert_eq!(now.since(sent), Duration::from_secs(beat));
                    sent = now;
                    clockwork.sent(now);
                }
                Step::WaitUntil(next) => {
                    prop_assert!(next > now);
                    now = next;
                }
                Step::End(why) => break why,
            }
        };
        prop_assert_eq!(now, at(end));
        let expected = if off == end { Ending::Shutdown } else if token == end { Ending::TokenExpired } else { Ending::Window };
        prop_assert_eq!(why, expected);
    }
}
