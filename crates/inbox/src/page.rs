//! A page of an inbox: what was asked for, and where the next one begins.

use crate::id::{Category, Slot};
use crate::moment::Moment;
use crate::notification::{Notification, Severity};
use crate::position::{FeedTag, Seq};

/// Which notifications a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// Only unread ones.
    pub unread: bool,
    /// Only archived ones; otherwise only those that are not.
    pub archived: bool,
    /// Only of this severity.
    pub severity: Option<Severity>,
    /// Only of this category.
    pub category: Option<Category>,
}

impl Filter {
    /// Whether a notification belongs on the list.
    pub fn takes(&self, one: &Notification) -> bool {
        self.archived == one.archived
            && (!self.unread || !one.read())
            && self.severity.is_none_or(|severity| severity == one.content.severity)
            && (self.category.is_none() || self.category == one.content.category)
    }

    /// What a page cursor remembers of its filter: a hash (FNV-1a) that is the same in every process and build.
    pub fn fingerprint(&self) -> u32 {
        let severity = self.severity.map_or("", Severity::as_str);
        let category = self.category.as_ref().map_or("", Category::as_str);
        let flags = [u8::from(self.unread) | u8::from(self.archived) << 1];
        // 0xff is in no UTF-8 text, so fields cannot run into each other.
        let parts = [&flags[..], severity.as_bytes(), &[0xff], category.as_bytes()];
        parts.concat().into_iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// The order of a list, newest first: time, then feed (by its tag, so in no order that means anything), then the place in the feed.
/// Strict over all feeds, so that a page continues exactly behind the last one shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListKey {
    /// When it was committed.
    pub created: Moment,
    /// Which feed.
    pub feed: FeedTag,
    /// Where in the feed.
    pub slot: Slot,
}

impl ListKey {
    /// Where this notification stands in a list.
    pub fn of(one: &Notification) -> Self {
        Self { created: one.created, feed: one.id.feed, slot: one.id.slot }
    }
}

/// Where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageCursor {
    /// The last one that was looked at; the next page begins behind it.
    pub after: ListKey,
    /// The reader's own feed: another reader's walk is refused.
    pub own: FeedTag,
    /// How far the range of the own feed was read: the next range ends below this commit and place.
    pub below: Slot,
    /// The head of the reader's own feed when the first page was read: what came later is not part of the walk.
    pub head: Seq,
    /// Which filter the walk has, as a hash: another filter is another walk.
    pub filter: u32,
}

#[cfg(test)]
mod tests;
