//! What a user may be told.

use crate::id::NotificationId;
use crate::notification::{Audience, Notification};
use crate::position::Seq;
use crate::task::Task;

/// How many are unread, and how many of those were never shown. Each stops at [`crate::limits::COUNT_CAP`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Unread.
    pub unread: u32,
    /// Unread and not yet seen.
    pub unseen: u32,
}

/// Which "all" was marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watermark {
    /// All read.
    Read,
    /// All deleted.
    Deleted,
}

/// One thing that a user is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something new for a channel.
    Broadcast(Notification),
    /// Something new for this user, or a change of one.
    Notification(Notification),
    /// Deleted, replaced or withdrawn.
    NotificationDeleted(NotificationId),
    /// A task is queued or running.
    TaskProgress(Task),
    /// A task ended.
    TaskCompleted(Task),
    /// "All" was marked, at this place in the order of each feed.
    Watermark(Watermark, Vec<(Audience, Seq)>),
    /// The server's counts.
    Inbox(Counts),
    /// Fetch the lists again.
    Reset,
}

/// The `type` of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// `broadcast`
    Broadcast,
    /// `task-completed`
    TaskCompleted,
    /// `notification`
    Notification,
    /// `notification-deleted`
    NotificationDeleted,
    /// `task-progress`
    TaskProgress,
    /// `watermark`
    Watermark,
    /// `inbox`
    Inbox,
    /// `reset`
    Reset,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Broadcast,
        Self::TaskCompleted,
        Self::Notification,
        Self::NotificationDeleted,
        Self::TaskProgress,
        Self::Watermark,
        Self::Inbox,
        Self::Reset,
    ];

    /// The word that stands for it on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Broadcast => "broadcast",
            Self::TaskCompleted => "task-completed",
            Self::Notification => "notification",
            Self::NotificationDeleted => "notification-deleted",
            Self::TaskProgress => "task-progress",
            Self::Watermark => "watermark",
            Self::Inbox => "inbox",
            Self::Reset => "reset",
        }
    }

    /// The kind of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Event {
    /// Its `type`.
    pub const fn kind(&self) -> EventKind {
        match self {
            Self::Broadcast(_) => EventKind::Broadcast,
            Self::Notification(_) => EventKind::Notification,
            Self::NotificationDeleted(_) => EventKind::NotificationDeleted,
            Self::TaskProgress(_) => EventKind::TaskProgress,
            Self::TaskCompleted(_) => EventKind::TaskCompleted,
            Self::Watermark(..) => EventKind::Watermark,
            Self::Inbox(_) => EventKind::Inbox,
            Self::Reset => EventKind::Reset,
        }
    }
}

#[cfg(test)]
mod tests;
