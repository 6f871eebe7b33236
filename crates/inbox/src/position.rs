//! A place in everything that a user can see: one number a feed.

use std::fmt;

use crate::id::{Channel, Tenant, UserId};
use crate::limits;
use crate::moment::Moment;

/// The number of a commit in its feed: 1 for the first; 0 stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Seq(pub u64);

impl Seq {
    /// Before the first commit.
    pub const ZERO: Self = Self(0);

    /// The one after.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A journal: a user's own, or a channel's; each within its tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Feed {
    /// Whose deployment within the deployment; `None` where tenants are off.
    pub tenant: Option<Tenant>,
    /// The user or the channel.
    pub of: FeedOf,
}

/// Whose journal it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeedOf {
    /// A user's own.
    User(UserId),
    /// A channel's.
    Channel(Channel),
}

impl Feed {
    /// A user's own feed.
    pub fn user(tenant: Option<Tenant>, user: UserId) -> Self {
        Self { tenant, of: FeedOf::User(user) }
    }

    /// A channel's feed.
    pub fn channel(tenant: Option<Tenant>, channel: Channel) -> Self {
        Self { tenant, of: FeedOf::Channel(channel) }
    }

    /// What clients call it: `user`, `everyone`, or the topic's name.
    pub fn name(&self) -> &str {
        match &self.of {
            FeedOf::User(_) => "user",
            FeedOf::Channel(channel) => channel.as_str(),
        }
    }
}

/// 48 bits that stand for a feed in one epoch of one generation: equal only for the same journal.
/// Derived where keys are spelled; opaque here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedTag(pub [u8; 6]);

/// A place in one feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Which journal.
    pub feed: FeedTag,
    /// The last commit that was shown.
    pub n: Seq,
    /// Hours since the epoch: when this was last known to be the feed's head, else when its entry was made.
    pub hour: u32,
}

/// A place in every feed of a user: the user's own first, then the channels in the order of the token.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Position(pub Vec<Segment>);

/// Where a feed stands now, as one read of its state tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The journal's tag; of the unborn feed while `n` is 0.
    pub tag: FeedTag,
    /// The tag that the feed had before its first commit: position 0 of every epoch.
    pub unborn: FeedTag,
    /// The number of the last commit.
    pub n: Seq,
}

/// What a segment of a cursor is worth against its feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything after this number is still to be shown.
    At(Seq),
    /// It claims a number that the feed has not reached, as far as this read tells: look again, consistently.
    Ahead,
    /// It cannot be honoured: another epoch, too old, or too far behind.
    Lost,
}

impl Segment {
    /// What this segment is worth, `head` being where the feed stands at `now`.
    pub fn standing(&self, head: &Head, now: Moment) -> Standing {
        let from_zero = self.feed == head.unborn && self.n == Seq::ZERO;
        if self.feed != head.tag && !from_zero {
            // A state that was read late looks unborn although the feed is not.
            return if head.n == Seq::ZERO && head.tag == head.unborn { Standing::Ahead } else { Standing::Lost };
        }
        if self.n > head.n {
            return Standing::Ahead;
        }
        let behind = head.n.0 - self.n.0;
        let age_h = u64::from(now.hours().saturating_sub(self.hour));
        if behind > limits::CURSOR_COMMITS || (behind > 0 && age_h * 3_600 > limits::CURSOR_LIFE.as_secs()) {
            return Standing::Lost;
        }
        Standing::At(self.n)
    }
}

impl Position {
    /// The segment of the journal with this tag.
    pub fn of(&self, tag: FeedTag) -> Option<&Segment> {
        self.0.iter().find(|segment| segment.feed == tag)
    }
}

#[cfg(test)]
mod tests;
