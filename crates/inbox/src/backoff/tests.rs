use std::time::Duration;

use proptest::prelude::*;

use super::Backoff;

const USUAL: Backoff = Backoff { base: Duration::from_millis(20), cap: Duration::from_secs(1) };

#[test]
fn the_ceiling_doubles_up_to_the_cap() {
    for (attempt, ceiling) in [(0, 20), (1, 40), (5, 640), (6, 1_000), (31, 1_000), (32, 1_000), (u32::MAX, 1_000)] {
        let ceiling = Duration::from_millis(ceiling);
        let micros = u64::try_from(ceiling.as_micros()).unwrap();
        assert_eq!(USUAL.wait(attempt, 0), Duration::ZERO, "{attempt}");
        assert_eq!(USUAL.wait(attempt, micros), ceiling, "{attempt}");
        assert_eq!(USUAL.wait(attempt, micros + 1), Duration::ZERO, "{attempt}");
    }
}

#[test]
fn without_a_base_there_is_no_wait() {
    assert_eq!(Backoff { base: Duration::ZERO, ..USUAL }.wait(9, u64::MAX), Duration::ZERO);
}

#[test]
fn the_longest_spans_do_not_overflow() {
    let endless = Backoff { base: Duration::MAX, cap: Duration::MAX };
    assert!(endless.wait(u32::MAX, u64::MAX) <= endless.cap);
    assert_eq!(endless.wait(0, 7), Duration::from_micros(7));
}

proptest! {
    #[test]
    fn a_wait_stays_within_its_bounds(base in any::<u64>(), cap in any::<u64>(), attempt in any::<u32>(), chance in any::<u64>()) {
        let backoff = Backoff { base: Duration::from_micros(base), cap: Duration::from_micros(cap) };
        let wait = backoff.wait(attempt, chance);
        prop_assert!(wait <= backoff.cap);
        if attempt < 64 {
            prop_assert!(wait.as_micros() <= u128::from(base) << attempt);
        }
    }

    #[test]
    fn the_same_chance_gives_the_same_wait(attempt in any::<u32>(), chance in any::<u64>()) {
        prop_assert_eq!(USUAL.wait(attempt, chance), USUAL.wait(attempt, chance));
    }
}
