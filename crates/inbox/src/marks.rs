//! What a user did with what they were sent: watermarks for "all", exact sets for single broadcasts.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{Channel, Slot};
use crate::journal::BroadcastMark;
use crate::limits;
use crate::moment::Moment;
use crate::notification::{Audience, UnreadSince};
use crate::position::{FeedTag, Seq};

/// Where "all" was last marked in a feed. Nothing at or below is unread, unseen, or there at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Watermarks {
    /// Read.
    pub read: Seq,
    /// Seen.
    pub seen: Seq,
    /// Deleted.
    pub deleted: Seq,
}

impl Watermarks {
    /// Raises the watermark of what was read.
    pub fn raise_read(&mut self, to: Seq) {
        self.read = self.read.max(to);
    }

    /// Raises the watermark of what was seen.
    pub fn raise_seen(&mut self, to: Seq) {
        self.seen = self.seen.max(to);
    }

    /// Raises the watermark of what is gone. Whatever became unread at or below was born there too, so it counts as read.
    pub fn raise_deleted(&mut self, to: Seq) {
        self.deleted = self.deleted.max(to);
        self.raise_read(to);
    }

    /// Whether something that is unread since `n` is unseen as well.
    pub fn unseen(&self, n: Seq) -> bool {
        n > self.seen
    }
}

/// A channel's watermarks, good for one epoch of the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelWatermarks {
    /// The channel's journal; another tag makes the rest void.
    pub tag: FeedTag,
    /// The numbers.
    pub marks: Watermarks,
    /// When the last broadcast at or below them expires: from then on they tell nothing apart.
    pub until: Moment,
}

/// A user's exact marks on a channel's live broadcasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelMarks {
    /// The channel's journal; another tag makes the sets void.
    pub tag: FeedTag,
    /// The commit of the user's feed that last wrote this; 0 from the first visit.
    pub rev: Seq,
    /// The user's first visit: broadcasts from `LOOKBACK` before are shown.
    pub since: Moment,
    /// Read one by one, above the watermark.
    pub read: BTreeSet<Slot>,
    /// Marked unread again, each with the number of the user's commit.
    pub unread: BTreeMap<Slot, Seq>,
    /// Put away.
    pub archived: BTreeSet<Slot>,
    /// Deleted, above the watermark.
    pub deleted: BTreeSet<Slot>,
}

/// A live broadcast, as far as marks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// Which one.
    pub slot: Slot,
    /// When it was committed.
    pub created: Moment,
}

/// What one user may do with one broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastAct {
    /// Mark read.
    Read,
    /// Mark unread again; brings it back from the archive.
    Unread,
    /// Put away; that reads it.
    Archive,
    /// Bring back; it stays read.
    Restore,
    /// Delete.
    Delete,
}

impl ChannelMarks {
    /// A user's first visit to a channel.
    pub fn first_visit(tag: FeedTag, since: Moment) -> Self {
        Self {
            tag,
            rev: Seq::ZERO,
            since,
            read: BTreeSet::new(),
            unread: BTreeMap::new(),
            archived: BTreeSet::new(),
            deleted: BTreeSet::new(),
        }
    }

    /// How a broadcast stands for the user; `None` where it is not shown at all.
    pub fn view(&self, channel: &Channel, live: Live, marks: Watermarks, own: Watermarks) -> Option<(Option<UnreadSince>, bool)> {
        let Live { slot, created } = live;
        if self.before_visit(created) || slot.born <= marks.deleted || self.deleted.contains(&slot) {
            return None;
        }
        let archived = self.archived.contains(&slot);
        let unread_since = match self.unread.get(&slot) {
            _ if archived => None,
            Some(&n) => (n > own.read).then_some(UnreadSince { feed: Audience::User, n }),
            None => (slot.born > marks.read && !self.read.contains(&slot))
                .then(|| UnreadSince { feed: Audience::Channel(channel.clone()), n: slot.born }),
        };
        Some((unread_since, archived))
    }

    fn before_visit(&self, created: Moment) -> bool {
        created < self.since.minus(limits::LOOKBACK)
    }

    /// Does one thing with one broadcast that is shown, in the user's commit `n`.
    /// `None` where it already was so: nothing changes.
    pub fn act(
        &mut self,
        act: BroadcastAct,
        channel: &Channel,
        live: Live,
        marks: Watermarks,
        own: Watermarks,
        n: Seq,
    ) -> Option<BroadcastMark> {
        let (unread_since, archived) = self.view(channel, live, marks, own)?;
        let slot = live.slot;
        let unread = unread_since.is_some();
        let changes = match act {
            BroadcastAct::Read => unread,
            BroadcastAct::Unread => !unread,
            BroadcastAct::Archive => !archived,
            BroadcastAct::Restore => archived,
            BroadcastAct::Delete => true,
        };
        if !changes {
            return None;
        }
        match act {
            BroadcastAct::Read => self.settle_read(slot),
            BroadcastAct::Unread => {
                self.archived.remove(&slot);
                self.read.remove(&slot);
                self.unread.insert(slot, n);
            }
            BroadcastAct::Archive => {
                self.settle_read(slot);
                self.archived.insert(slot);
            }
            BroadcastAct::Restore => {
                self.archived.remove(&slot);
            }
            BroadcastAct::Delete => {
                self.settle_read(slot);
                self.archived.remove(&slot);
                self.deleted.insert(slot);
            }
        }
        Some(match self.view(channel, live, marks, own) {
            // The new mark itself stands above every watermark of the commit before.
            Some((unread_since, archived)) => BroadcastMark::Shown { unread_since, archived },
            None => BroadcastMark::Deleted,
        })
    }

    /// Whether its own mark says how a broadcast stands, whatever the channel's watermark of what was read.
    /// One marked unread again is measured by the user's own watermark alone, so it holds up no fold.
    fn decided(&self, slot: Slot) -> bool {
        self.read.contains(&slot) || self.deleted.contains(&slot) || self.unread.contains_key(&slot)
    }

    fn settle_read(&mut self, slot: Slot) {
        self.unread.remove(&slot);
        self.read.insert(slot);
    }

    /// Folds `read` into the channel's watermark where it is contiguous over the live broadcasts (oldest first, known up to `known`),
    /// and forgets what is no longer live. What the user sees stays the same to the letter.
    pub fn fold(&mut self, live: &[Live], known: Seq, marks: &mut Watermarks) {
        let slots: BTreeSet<Slot> = live.iter().map(|live| live.slot).collect();
        let gone = |slot: &Slot| slot.born <= known && !slots.contains(slot);
        let mut up_to = marks.read;
        let mut stopped = false;
        for one in live.iter().filter(|one| one.slot.born > marks.read) {
            let done = self.before_visit(one.created) || self.decided(one.slot);
            if !done {
                stopped = true;
                // A commit's broadcasts stand or fall together: the watermark knows only its number.
                up_to = up_to.min(Seq(one.slot.born.0 - 1));
                break;
            }
            up_to = up_to.max(one.slot.born);
        }
        if !stopped {
            up_to = up_to.max(known);
        }
        marks.raise_read(up_to);
        let deleted = marks.deleted;
        self.read.retain(|slot| slot.born > up_to && !gone(slot));
        self.unread.retain(|slot, _| slot.born > deleted && !gone(slot));
        self.archived.retain(|slot| slot.born > deleted && !gone(slot));
        self.deleted.retain(|slot| slot.born > deleted && !gone(slot));
    }
}

#[cfg(test)]
mod tests;
