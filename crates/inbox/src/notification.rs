//! A notification: what its author wrote, and what became of it.

use crate::id::{Category, Channel, EventKey, NotificationId, UserId};
use crate::moment::Moment;
use crate::position::Seq;

/// How it is meant †.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// Something to know.
    Info,
    /// Something to look at.
    Warning,
    /// Something went well.
    Success,
    /// Something went wrong.
    Error,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Success, Self::Error];

    /// The word that stands for it everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Success => "success",
            Self::Error => "error",
        }
    }

    /// The severity of this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }
}

/// A button under a notification. The address was checked: `http:`, `https:`, `mailto:` or a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What the button says.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// What the author wrote, checked against the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// One line, plain text.
    pub title: String,
    /// Plain text.
    pub message: String,
    /// How it is meant.
    pub severity: Severity,
    /// The kind that a user may mute.
    pub category: Option<Category>,
    /// Replaces what came earlier under the same key.
    pub key: Option<EventKey>,
    /// At most two.
    pub actions: Vec<Action>,
    /// A JSON object as its text, kept byte for byte as its author's values.
    pub data: Option<String>,
    /// When the author wants it gone; the retention rules where this is later or missing.
    pub expires: Option<Moment>,
}

impl Content {
    /// A title and nothing else: information without a message.
    pub fn titled(title: impl Into<String>) -> Self {
        let (title, message) = (title.into(), String::new());
        Self { title, message, severity: Severity::Info, category: None, key: None, actions: Vec::new(), data: None, expires: None }
    }
}

/// Where it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// To one user.
    User,
    /// To a channel.
    Channel(Channel),
}

impl Audience {
    /// What clients call it: `user`, `everyone` or the topic's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::User => "user",
            Self::Channel(channel) => channel.as_str(),
        }
    }
}

/// Since when a notification is unread: a place in the order of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadSince {
    /// `user`, or the channel: whose watermark decides.
    pub feed: Audience,
    /// The commit of that feed.
    pub n: Seq,
}

/// A notification as one reader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// Its public name.
    pub id: NotificationId,
    /// The reader; `None` where one text serves many readers and each puts in their own.
    pub user: Option<UserId>,
    /// What the author wrote.
    pub content: Content,
    /// Where it was sent.
    pub audience: Audience,
    /// When it was committed.
    pub created: Moment,
    /// When it goes, at the latest.
    pub expires: Moment,
    /// Whether the reader put it away.
    pub archived: bool,
    /// Since when it is unread; `None` once it is read.
    pub unread_since: Option<UnreadSince>,
}

impl Notification {
    /// Read, or never unread.
    pub fn read(&self) -> bool {
        self.unread_since.is_none()
    }

    /// Whether it is gone by itself at `now`.
    pub fn expired(&self, now: Moment) -> bool {
        self.expires <= now
    }
}

#[cfg(test)]
mod tests;
