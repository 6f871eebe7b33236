//! What one commit says, and when a reader may believe that it has seen all of it.

use crate::id::{Channel, Slot};
use crate::limits;
use crate::moment::Moment;
use crate::notification::{Audience, UnreadSince};
use crate::position::Seq;

/// One commit of a feed, as its journal tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub n: Seq,
    /// When it was made; never before the entry before it.
    pub at: Moment,
    /// What changed, in order.
    pub changes: Vec<Change>,
}

/// A document of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doc {
    /// A notification, or a channel's broadcast.
    Notification(Slot),
    /// A task.
    Task(Slot),
}

/// One thing that a commit changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A document was made or changed: its present state is read where it stands.
    Upsert(Doc),
    /// A notification was deleted, replaced or withdrawn.
    Gone(Slot),
    /// What a user did with a broadcast: it has no document in the user's feed, so it stands here.
    Broadcast {
        /// The broadcast's channel.
        channel: Channel,
        /// The broadcast.
        slot: Slot,
        /// What it became for this user.
        became: BroadcastMark,
    },
    /// All up to these places was read.
    ReadUpTo(Vec<(Audience, Seq)>),
    /// All up to these places was seen; clients learn it by the counts.
    SeenUpTo(Vec<(Audience, Seq)>),
    /// All up to these places was deleted.
    DeletedUpTo(Vec<(Audience, Seq)>),
    /// Preferences changed: what the user may see is another set now.
    Preferences,
}

/// What a broadcast became for one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BroadcastMark {
    /// It is not shown any more.
    Deleted,
    /// It is shown so.
    Shown {
        /// `None` once read.
        unread_since: Option<UnreadSince>,
        /// Put away.
        archived: bool,
    },
}

impl Entry {
    /// Whether it is old enough to count as settled for whoever labels something with its number.
    pub fn settled_by_age(&self, now: Moment) -> bool {
        now.since(self.at) >= limits::SETTLE_AGE
    }
}

/// How many entries from `after` on follow without a hole. A reader stops at the first missing number.
pub fn unbroken(after: Seq, entries: &[Entry]) -> usize {
    let mut expected = after.next();
    entries
        .iter()
        .take_while(|entry| {
            let follows = entry.n == expected;
            expected = expected.next();
            follows
        })
        .count()
}

#[cfg(test)]
mod tests;
