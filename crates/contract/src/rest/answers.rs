//! What is answered.

use inbox::event::Counts;
use inbox::preferences;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::event::Event;
use crate::wire::{Notification, Task};

/// One page of notifications, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsPage {
    /// The page.
    pub notifications: Vec<Notification>,
    /// Unread; 1000 means that or more.
    pub unread_count: u32,
    /// Unread and never shown; 1000 means that or more.
    pub unseen_count: u32,
    /// Which page; absent in a walk by cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub page: Option<u32>,
    /// Most items of a page.
    pub limit: u32,
    /// Whether there are more behind it.
    pub has_more: bool,
    /// Where they begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// A position from before the page was read: a stream opened from it misses nothing.
    pub stream_cursor: String,
}

/// One page of tasks, newest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TaskPage {
    /// The page.
    pub tasks: Vec<Task>,
    /// Which page; absent in a walk by cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub page: Option<u32>,
    /// Most items of a page.
    pub limit: u32,
    /// Whether there are more behind it.
    pub has_more: bool,
    /// Where they begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// A position from before the page was read: a stream opened from it misses nothing.
    pub stream_cursor: String,
}

/// What a PATCH did.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Marked {
    /// How many changed; absent for `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub updated: Option<u32>,
    /// Unread; 1000 means that or more.
    pub unread_count: u32,
    /// Unread and never shown; 1000 means that or more.
    pub unseen_count: u32,
    /// Whether the category has more: ask again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    pub more: bool,
}

/// What a DELETE did.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    /// How many were deleted; absent for `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deleted: Option<u32>,
    /// Unread; 1000 means that or more.
    pub unread_count: u32,
    /// Unread and never shown; 1000 means that or more.
    pub unseen_count: u32,
}

/// What was published: 202.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The event's id: by it, it can be withdrawn.
    pub id: String,
    /// To how many users it goes; absent for a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accepted: Option<usize>,
}

/// A credential for one socket or stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// Good once, as `?ticket=`.
    pub ticket: String,
    /// For how many seconds.
    pub expires_in: u64,
}

/// What happened since a cursor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Poll {
    /// The events that a stream would have sent.
    #[schema(value_type = Vec<Event>)]
    pub events: Vec<Box<RawValue>>,
    /// The position behind them.
    pub cursor: String,
    /// Whether there are more already: ask again at once.
    pub more: bool,
}

/// The counts.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Unread {
    /// Unread; 1000 means that or more.
    pub unread_count: u32,
    /// Unread and never shown; 1000 means that or more.
    pub unseen_count: u32,
}

/// What a user does not want to see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Preferences {
    /// Categories, in order.
    #[schema(max_items = 50)]
    pub muted: Vec<String>,
}

impl Marked {
    /// The answer to a PATCH.
    pub fn new(updated: Option<u32>, counts: Counts, more: bool) -> Self {
        Self { updated, unread_count: counts.unread, unseen_count: counts.unseen, more }
    }
}

impl Deleted {
    /// The answer to a DELETE.
    pub fn new(deleted: Option<u32>, counts: Counts) -> Self {
        Self { deleted, unread_count: counts.unread, unseen_count: counts.unseen }
    }
}

impl From<Counts> for Unread {
    fn from(counts: Counts) -> Self {
        Self { unread_count: counts.unread, unseen_count: counts.unseen }
    }
}

impl From<&preferences::Preferences> for Preferences {
    fn from(preferences: &preferences::Preferences) -> Self {
        Self { muted: preferences.muted.iter().map(ToString::to_string).collect() }
    }
}
