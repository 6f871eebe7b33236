use proptest::prelude::*;

use super::{Entry, unbroken};
use crate::moment::Moment;
use crate::position::Seq;

fn entries(numbers: &[u64]) -> Vec<Entry> {
    numbers.iter().map(|n| Entry { n: Seq(*n), at: Moment::default(), changes: Vec::new() }).collect()
}

#[test]
fn a_reader_stops_at_the_first_missing_number() {
    for (after, numbers, follow) in [
        (0, &[][..], 0),
        (0, &[1], 1),
        (0, &[1, 2, 3], 3),
        (0, &[2, 3], 0),
        (4, &[5, 6, 8, 9], 2),
        (4, &[5, 7, 6], 1),
        (4, &[4, 5], 0),
        (4, &[5, 5, 6], 1),
        (4, &[3, 5], 0),
    ] {
        assert_eq!(unbroken(Seq(after), &entries(numbers)), follow, "{after} {numbers:?}");
    }
}

#[test]
fn an_entry_is_settled_from_ten_seconds_on() {
    let entry = Entry { n: Seq(1), at: Moment::from_millis(50_000), changes: Vec::new() };
    for (now, settled) in [(0, false), (50_000, false), (59_999, false), (60_000, true), (60_001, true)] {
        assert_eq!(entry.settled_by_age(Moment::from_millis(now)), settled, "{now}");
    }
}

proptest! {
    #[test]
    fn what_follows_is_numbered_without_a_hole(after in 0_u64..5, numbers in prop::collection::vec(0_u64..9, 0..9)) {
        let follow = unbroken(Seq(after), &entries(&numbers));
        let expected: Vec<u64> = (after + 1..).take(follow).collect();
        prop_assert_eq!(&numbers[..follow], &expected);
        prop_assert_ne!(numbers.get(follow).copied(), Some(after + 1 + follow as u64));
    }
}
