use proptest::prelude::*;

use super::{FeedTag, Head, Position, Segment, Seq, Standing};
use crate::limits::CURSOR_COMMITS;
use crate::moment::Moment;

const UNBORN: FeedTag = FeedTag([0; 6]);
const LIFE: FeedTag = FeedTag([1; 6]);
const OTHER: FeedTag = FeedTag([2; 6]);

/// The hour of the cursors below, and the moment of so many hours later.
const HOUR: u32 = 480_000;

fn later(hours: i64) -> Moment {
    Moment::from_seconds((i64::from(HOUR) + hours) * 3_600)
}

fn head(n: u64) -> Head {
    Head { tag: if n == 0 { UNBORN } else { LIFE }, unborn: UNBORN, n: Seq(n) }
}

fn segment(feed: FeedTag, n: u64) -> Segment {
    Segment { feed, n: Seq(n), hour: HOUR }
}

fn check(rows: &[(FeedTag, u64, u64, i64, Standing)]) {
    for (feed, n, head_n, hours, standing) in rows {
        assert_eq!(segment(*feed, *n).standing(&head(*head_n), later(*hours)), *standing, "{feed:?} {n} of {head_n}, {hours} h");
    }
}

#[test]
fn in_the_same_life_it_stands_where_it_stood() {
    check(&[(LIFE, 1, 1, 0, Standing::At(Seq(1))), (LIFE, 41, 60, 0, Standing::At(Seq(41))), (LIFE, 0, 60, 0, Standing::At(Seq(0)))]);
}

#[test]
fn before_the_first_commit_every_life_accepts_zero() {
    check(&[
        (UNBORN, 0, 0, 0, Standing::At(Seq(0))),
        (UNBORN, 0, 0, 9_999, Standing::At(Seq(0))),
        (UNBORN, 0, 1, 0, Standing::At(Seq(0))),
        (UNBORN, 0, 60, 144, Standing::At(Seq(0))),
        (UNBORN, 0, 60, 145, Standing::Lost),
    ]);
}

/// A low or absent number may be an old read: it is looked at again before it is a reset.
#[test]
fn a_number_that_was_not_reached_is_ahead() {
    check(&[
        (LIFE, 61, 60, 0, Standing::Ahead),
        (LIFE, 61, 60, 9_999, Standing::Ahead),
        (LIFE, 41, 0, 0, Standing::Ahead),
        (UNBORN, 1, 0, 0, Standing::Ahead),
        (OTHER, 0, 0, 0, Standing::Ahead),
    ]);
}

/// Case 9: a feed that started again at 1 is another one, however far it got.
#[test]
fn another_life_is_lost() {
    check(&[
        (OTHER, 41, 1, 0, Standing::Lost),
        (OTHER, 41, 41, 0, Standing::Lost),
        (OTHER, 41, 60, 0, Standing::Lost),
        (OTHER, 0, 60, 0, Standing::Lost),
        (UNBORN, 1, 60, 0, Standing::Lost),
    ]);
}

#[test]
fn too_old_is_lost_only_where_it_is_behind() {
    check(&[
        (LIFE, 59, 60, 144, Standing::At(Seq(59))),
        (LIFE, 59, 60, 145, Standing::Lost),
        (LIFE, 60, 60, 145, Standing::At(Seq(60))),
        (LIFE, 60, 60, 100_000, Standing::At(Seq(60))),
        // A clock behind the one that wrote the hour.
        (LIFE, 59, 60, -5, Standing::At(Seq(59))),
    ]);
    assert_eq!(segment(LIFE, 59).standing(&head(60), Moment::from_millis(i64::MAX)), Standing::Lost);
}

#[test]
fn too_far_behind_is_lost() {
    check(&[
        (LIFE, 500, 500 + CURSOR_COMMITS, 0, Standing::At(Seq(500))),
        (LIFE, 500, 501 + CURSOR_COMMITS, 0, Standing::Lost),
        (UNBORN, 0, CURSOR_COMMITS, 0, Standing::At(Seq(0))),
        (UNBORN, 0, CURSOR_COMMITS + 1, 0, Standing::Lost),
    ]);
}

#[test]
fn a_position_knows_its_feeds() {
    let position = Position(vec![segment(LIFE, 5), segment(OTHER, 7)]);
    assert_eq!(position.of(OTHER), Some(&segment(OTHER, 7)));
    assert_eq!(position.of(FeedTag([9; 6])), None);
}

proptest! {
    /// It never panics, and never says a place other than its own.
    #[test]
    fn standing_is_total(n in any::<u64>(), head_n in any::<u64>(), hour in any::<u32>(), now in any::<i64>()) {
        let standing = Segment { feed: LIFE, n: Seq(n), hour }.standing(&head(head_n), Moment::from_millis(now));
        prop_assert!(standing == Standing::At(Seq(n)) || standing == Standing::Ahead || standing == Standing::Lost);
        prop_assert_eq!(standing == Standing::Ahead, n > head_n || head_n == 0);
    }
}
