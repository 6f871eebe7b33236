//! A channel, what its user marked, and beside it the naive truth: flags on each broadcast.

use super::TAG;
use crate::id::{Channel, Slot};
use crate::journal::BroadcastMark;
use crate::marks::{BroadcastAct, ChannelMarks, Live, Watermarks};
use crate::moment::Moment;
use crate::notification::{Audience, UnreadSince};
use crate::position::Seq;

/// What one broadcast is to the user, by explicit flags.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flags {
    pub live: Live,
    pub hidden: bool,
    pub deleted: bool,
    pub archived: bool,
    pub unread: Option<UnreadSince>,
}

impl Flags {
    pub(super) fn shown(&self) -> Option<(Option<UnreadSince>, bool)> {
        (!self.hidden && !self.deleted).then(|| (self.unread.clone(), self.archived))
    }

    /// Whether the act changes anything; does it.
    fn act(&mut self, act: BroadcastAct, n: Seq) -> bool {
        if self.shown().is_none() {
            return false;
        }
        let before = self.clone();
        match act {
            BroadcastAct::Read => self.unread = None,
            BroadcastAct::Unread if self.unread.is_none() => {
                self.unread = Some(UnreadSince { feed: Audience::User, n });
                self.archived = false;
            }
            BroadcastAct::Unread => {}
            BroadcastAct::Archive => {
                self.unread = None;
                self.archived = true;
            }
            BroadcastAct::Restore => self.archived = false,
            BroadcastAct::Delete => self.deleted = true,
        }
        *self != before
    }

    /// "All read", up to these places of the channel and of the user's own feed.
    fn all_read(&mut self, channel_to: Seq, own_to: Seq) {
        let read = self.unread.as_ref().is_some_and(|since| match &since.feed {
            Audience::User => since.n <= own_to,
            Audience::Channel(_) => since.n <= channel_to,
        });
        if read {
            self.unread = None;
        }
    }
}

/// Both, side by side.
#[derive(Debug)]
pub(super) struct World {
    pub channel: Channel,
    pub marks: ChannelMarks,
    pub watermarks: Watermarks,
    pub own: Watermarks,
    /// The heads of the user's feed and of the channel's, and the clock.
    pub n: Seq,
    pub head: Seq,
    pub now: Moment,
    /// Everything live, oldest first: the truth.
    pub flags: Vec<Flags>,
    /// The process's copy of the channel: what was live at which head.
    pub copy: (Vec<Live>, Seq),
}

impl World {
    pub(super) fn new(now: Moment, visit: Moment) -> Self {
        Self {
            channel: Channel::Everyone,
            marks: ChannelMarks::first_visit(TAG, visit),
            watermarks: Watermarks::default(),
            own: Watermarks::default(),
            n: Seq::ZERO,
            head: Seq::ZERO,
            now,
            flags: Vec::new(),
            copy: (Vec::new(), Seq::ZERO),
        }
    }

    /// A commit of the channel with so many broadcasts; with none it is a withdrawal or the like.
    pub(super) fn broadcast(&mut self, count: u8, lookback: std::time::Duration) {
        self.head = self.head.next();
        for place in 0..count {
            let live = Live { slot: Slot { born: self.head, place }, created: self.now };
            let unread = Some(UnreadSince { feed: Audience::Channel(self.channel.clone()), n: self.head });
            let hidden = self.now < self.marks.since.minus(lookback);
            self.flags.push(Flags { live, hidden, deleted: false, archived: false, unread });
        }
    }

    pub(super) fn refresh(&mut self) {
        self.copy = (self.flags.iter().map(|one| one.live).collect(), self.head);
    }

    pub(super) fn view(&self, live: Live) -> Option<(Option<UnreadSince>, bool)> {
        self.marks.view(&self.channel, live, self.watermarks, self.own)
    }

    /// Does it to both; what the marks tell, and what they should.
    pub(super) fn act(&mut self, act: BroadcastAct, index: usize) -> (Option<BroadcastMark>, Option<BroadcastMark>) {
        let n = self.n.next();
        let live = self.flags[index].live;
        let told = self.marks.act(act, &self.channel, live, self.watermarks, self.own, n);
        let truth = &mut self.flags[index];
        let expected = truth.act(act, n).then(|| match truth.shown() {
            Some((unread_since, archived)) => BroadcastMark::Shown { unread_since, archived },
            None => BroadcastMark::Deleted,
        });
        if expected.is_some() {
            self.n = n;
        }
        (told, expected)
    }

    pub(super) fn all_read(&mut self, channel_to: Seq, own_to: Seq) {
        self.watermarks.raise_read(channel_to);
        self.own.raise_read(own_to);
        self.flags.iter_mut().for_each(|one| one.all_read(channel_to, own_to));
    }

    pub(super) fn all_deleted(&mut self, channel_to: Seq, own_to: Seq) {
        self.watermarks.raise_deleted(channel_to);
        self.own.raise_deleted(own_to);
        for one in &mut self.flags {
            one.all_read(channel_to, own_to);
            one.deleted |= one.live.slot.born <= channel_to;
        }
    }

    /// Folds over the process's copy.
    pub(super) fn fold(&mut self) {
        self.marks.fold(&self.copy.0, self.copy.1, &mut self.watermarks);
    }
}
