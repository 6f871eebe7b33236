//! Marks on broadcasts by example; `model` compares them with a naive one.

use super::{BroadcastAct, ChannelMarks, Live, Watermarks};
use crate::id::{Channel, Slot};
use crate::journal::BroadcastMark;
use crate::limits::{LIVE_BROADCASTS, LOOKBACK};
use crate::moment::Moment;
use crate::notification::{Audience, UnreadSince};
use crate::position::{FeedTag, Seq};

mod model;
mod world;

const TAG: FeedTag = FeedTag([1; 6]);
const VISIT: Moment = Moment::from_seconds(1_000_000_000);
const NONE: Watermarks = Watermarks { read: Seq::ZERO, seen: Seq::ZERO, deleted: Seq::ZERO };

fn live(born: u64, place: u8) -> Live {
    Live { slot: Slot { born: Seq(born), place }, created: VISIT }
}

fn marks() -> ChannelMarks {
    ChannelMarks::first_visit(TAG, VISIT)
}

fn act(marks: &mut ChannelMarks, act: BroadcastAct, one: Live, n: u64) -> Option<BroadcastMark> {
    marks.act(act, &Channel::Everyone, one, NONE, NONE, Seq(n))
}

fn in_channel(n: u64) -> UnreadSince {
    UnreadSince { feed: Audience::Channel(Channel::Everyone), n: Seq(n) }
}

fn in_own(n: u64) -> UnreadSince {
    UnreadSince { feed: Audience::User, n: Seq(n) }
}

#[test]
fn a_visitor_sees_a_week_back_to_the_millisecond() {
    let border = VISIT.minus(LOOKBACK);
    for (created, shown) in [(border.millis() - 1, false), (border.millis(), true), (VISIT.millis(), true)] {
        let one = Live { created: Moment::from_millis(created), ..live(1, 0) };
        assert_eq!(marks().view(&Channel::Everyone, one, NONE, NONE).is_some(), shown, "{created}");
        assert_eq!(act(&mut marks(), BroadcastAct::Read, one, 1).is_some(), shown, "{created}");
    }
}

#[test]
fn what_each_act_makes_of_a_fresh_one() {
    let shown = |unread_since, archived| Some(BroadcastMark::Shown { unread_since, archived });
    for (what, became) in [
        (BroadcastAct::Read, shown(None, false)),
        (BroadcastAct::Unread, None),
        (BroadcastAct::Archive, shown(None, true)),
        (BroadcastAct::Restore, None),
        (BroadcastAct::Delete, Some(BroadcastMark::Deleted)),
    ] {
        assert_eq!(act(&mut marks(), what, live(3, 0), 1), became, "{what:?}");
    }
}

/// Case 28.
#[test]
fn read_twice_changes_once() {
    let mut marks = marks();
    assert!(act(&mut marks, BroadcastAct::Read, live(3, 0), 1).is_some());
    assert_eq!(act(&mut marks, BroadcastAct::Read, live(3, 0), 2), None);
}

/// Case 31: it lies under the watermark, yet it is unread.
#[test]
fn one_marked_unread_below_the_watermark_counts_until_all_is_read_again() {
    let mut marks = marks();
    let channel = Watermarks { read: Seq(9), ..NONE };
    let own = |read| Watermarks { read: Seq(read), ..NONE };
    let became = marks.act(BroadcastAct::Unread, &Channel::Everyone, live(3, 0), channel, own(4), Seq(5));
    assert_eq!(became, Some(BroadcastMark::Shown { unread_since: Some(in_own(5)), archived: false }));
    let mut folded = channel;
    marks.fold(&[live(2, 0), live(3, 0)], Seq(9), &mut folded);
    for (read, unread_since) in [(4, Some(in_own(5))), (5, None), (6, None)] {
        assert_eq!(marks.view(&Channel::Everyone, live(3, 0), folded, own(read)), Some((unread_since, false)), "{read}");
    }
}

/// The watermark knows only the commit's number, so one unread broadcast of a commit holds its twins.
#[test]
fn broadcasts_of_one_commit_are_folded_together() {
    let (mut marks, mut channel) = (marks(), NONE);
    let all = [live(3, 0), live(3, 1), live(5, 0)];
    act(&mut marks, BroadcastAct::Read, all[0], 1);
    marks.fold(&all, Seq(5), &mut channel);
    assert_eq!((channel.read, marks.read.len()), (Seq(2), 1));
    assert_eq!(marks.view(&Channel::Everyone, all[1], channel, NONE), Some((Some(in_channel(3)), false)));
    act(&mut marks, BroadcastAct::Read, all[1], 2);
    marks.fold(&all, Seq(5), &mut channel);
    assert_eq!((channel.read, marks.read.len()), (Seq(3), 0));
}

/// Its number is of the user's own feed: unread or read by now, it does not keep what was read after it in the set.
#[test]
fn one_marked_unread_again_holds_up_no_fold() {
    let (mut marks, mut channel) = (marks(), NONE);
    let all = [live(1, 0), live(2, 0), live(3, 0)];
    act(&mut marks, BroadcastAct::Read, all[0], 1);
    act(&mut marks, BroadcastAct::Unread, all[0], 2);
    act(&mut marks, BroadcastAct::Read, all[1], 3);
    marks.fold(&all, Seq(3), &mut channel);
    assert_eq!((channel.read, marks.read.len(), marks.unread.len()), (Seq(2), 0, 1));
    assert_eq!(marks.view(&Channel::Everyone, all[0], channel, NONE), Some((Some(in_own(2)), false)));
}

#[test]
fn all_read_folds_to_the_channels_head() {
    let (mut marks, mut channel) = (marks(), NONE);
    act(&mut marks, BroadcastAct::Archive, live(3, 0), 1);
    marks.fold(&[live(3, 0)], Seq(8), &mut channel);
    assert_eq!(channel.read, Seq(8));
    assert!(marks.read.is_empty());
    assert_eq!(marks.archived.len(), 1);
    marks.fold(&[], Seq(9), &mut channel);
    assert_eq!(marks, self::marks());
}

#[test]
fn deleting_all_reads_all() {
    let mut own = NONE;
    own.raise_seen(Seq(2));
    own.raise_deleted(Seq(5));
    own.raise_deleted(Seq(3));
    own.raise_read(Seq(4));
    assert_eq!(own, Watermarks { read: Seq(5), seen: Seq(2), deleted: Seq(5) });
    assert!(own.unseen(Seq(3)) && !own.unseen(Seq(2)));
}

/// Case 61: the marks stay exact, and no longer than what is live; a request carries up to 100 ids.
#[test]
fn a_thousand_live_every_second_read() {
    let count = u64::try_from(LIVE_BROADCASTS).unwrap();
    let all: Vec<Live> = (1..=count).map(|born| live(born, 0)).collect();
    let (mut marks, mut channel) = (marks(), NONE);
    let read = |marks: &mut ChannelMarks, channel: &mut Watermarks, even: bool| {
        let (every_second, mut n) = (all.iter().filter(|one| (one.slot.born.0 % 2 == 0) == even), 0);
        let every_second: Vec<Live> = every_second.copied().collect();
        for request in every_second.chunks(100) {
            n += 1;
            for one in request {
                assert!(marks.act(BroadcastAct::Read, &Channel::Everyone, *one, *channel, NONE, Seq(n)).is_some());
            }
            marks.fold(&all, Seq(count), channel);
        }
    };
    read(&mut marks, &mut channel, true);
    assert_eq!((marks.read.len(), channel.read), (LIVE_BROADCASTS / 2, Seq::ZERO));
    for one in &all {
        let (unread_since, _) = marks.view(&Channel::Everyone, *one, channel, NONE).unwrap();
        assert_eq!(unread_since, (one.slot.born.0 % 2 == 1).then(|| in_channel(one.slot.born.0)));
    }
    read(&mut marks, &mut channel, false);
    assert_eq!((marks.read.len(), channel.read), (0, Seq(count)));
}
