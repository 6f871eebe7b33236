//! Notifications and tasks as JSON. Names marked † in the contract have a test of their own.

use inbox::id::UserId;
use inbox::{notification, task};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::{cursor, time};

/// A notification as its reader sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its name: opaque.
    pub id: String,
    /// The reader, broadcasts included.
    pub user_id: String,
    /// One line, plain text.
    #[schema(max_length = 200)]
    pub title: String,
    /// Plain text.
    #[schema(max_length = 4000)]
    pub message: String,
    /// How it is meant.
    #[serde(rename = "type")]
    pub severity: Severity,
    /// Whether it was read.
    pub read: bool,
    /// The time of its commit: RFC 3339, UTC, milliseconds.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Whether it was put away.
    pub archived: bool,
    /// The kind that a user may mute.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub category: Option<String>,
    /// A later notification under this key replaces it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub key: Option<String>,
    /// Buttons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, max_items = 2)]
    pub actions: Vec<Action>,
    /// Whatever its author added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, required = false)]
    pub data: Option<Box<RawValue>>,
    /// When it goes, at the latest.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// Its number in its audience's feed.
    pub born: u64,
    /// Since when it is unread; absent once it is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub unread_since: Option<UnreadSince>,
    /// `user`, `everyone` or a topic's name.
    pub audience: String,
}

/// How a notification is meant.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
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

/// A button.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Action {
    /// What it says.
    #[schema(max_length = 100)]
    pub label: String,
    /// `https:`, `http:`, `mailto:` or a path.
    #[schema(max_length = 2048)]
    pub url: String,
}

/// A place in the order of a feed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnreadSince {
    /// `user`, `everyone` or a topic's name: whose watermark decides.
    pub feed: String,
    /// The number in it.
    pub n: u64,
}

/// A background task as its user sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The job's own name for it.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// What people call it.
    pub name: String,
    /// Where it stands.
    pub status: TaskStatus,
    /// Per cent.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "percent")]
    #[schema(minimum = 0, maximum = 100, nullable = false)]
    pub progress: Option<f64>,
    /// What came out: any JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = serde_json::Value, required = false)]
    pub result: Option<Box<RawValue>>,
    /// What went wrong: plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// The commit of its first report.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The commit of its last report.
    #[schema(format = DateTime)]
    pub updated_at: String,
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TaskStatus {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Running,
    /// Ended well.
    Completed,
    /// Ended badly.
    Failed,
    /// Called off.
    Cancelled,
}

impl Notification {
    /// The notification for this reader, where it does not name its own.
    pub fn of(one: &notification::Notification, reader: &UserId) -> Self {
        Self::with_user(one, one.user.as_ref().unwrap_or(reader).as_str())
    }

    pub(crate) fn with_user(one: &notification::Notification, user: &str) -> Self {
        let content = &one.content;
        Self {
            id: cursor::id_text(one.id),
            user_id: user.to_owned(),
            title: content.title.clone(),
            message: content.message.clone(),
            severity: content.severity.into(),
            read: one.read(),
            created_at: time::text(one.created),
            archived: one.archived,
            category: content.category.as_ref().map(ToString::to_string),
            key: content.key.as_ref().map(ToString::to_string),
            actions: content.actions.iter().map(Action::from).collect(),
            data: content.data.as_deref().and_then(raw),
            expires_at: time::text(one.expires),
            born: one.id.slot.born.0,
            unread_since: one.unread_since.as_ref().map(|since| UnreadSince { feed: since.feed.as_str().to_owned(), n: since.n.0 }),
            audience: one.audience.as_str().to_owned(),
        }
    }
}

impl From<&notification::Action> for Action {
    fn from(action: &notification::Action) -> Self {
        Self { label: action.label.clone(), url: action.url.clone() }
    }
}

impl From<notification::Severity> for Severity {
    fn from(severity: notification::Severity) -> Self {
        match severity {
            notification::Severity::Info => Self::Info,
            notification::Severity::Warning => Self::Warning,
            notification::Severity::Success => Self::Success,
            notification::Severity::Error => Self::Error,
        }
    }
}

impl From<&task::Task> for Task {
    fn from(task: &task::Task) -> Self {
        Self {
            id: task.id.to_string(),
            user_id: task.user.to_string(),
            name: task.name.clone(),
            status: task.status.into(),
            progress: task.progress,
            result: task.result.as_deref().and_then(raw),
            error: task.error.clone(),
            created_at: time::text(task.created),
            updated_at: time::text(task.updated),
        }
    }
}

impl From<task::TaskStatus> for TaskStatus {
    fn from(status: task::TaskStatus) -> Self {
        match status {
            task::TaskStatus::Queued => Self::Queued,
            task::TaskStatus::Running => Self::Running,
            task::TaskStatus::Completed => Self::Completed,
            task::TaskStatus::Failed => Self::Failed,
            task::TaskStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// JSON that is kept as text, on one line as SSE needs it: a line end can only be white space there. What is no JSON is left out; nothing
/// that came in through this crate is.
fn raw(text: &str) -> Option<Box<RawValue>> {
    RawValue::from_string(text.replace(['\r', '\n'], " ")).ok()
}

/// Whole numbers without a point, as JSON from other languages has them.
#[expect(clippy::ref_option, reason = "the signature is serde's")]
pub(crate) fn percent<S: Serializer>(percent: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match percent {
        Some(whole) if (0.0..=100.0).contains(whole) && whole.fract() == 0.0 => serializer.serialize_u8(to_u8(*whole)),
        Some(other) => serializer.serialize_f64(*other),
        None => serializer.serialize_none(),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole, and from 0 to 100")]
fn to_u8(whole: f64) -> u8 {
    whole as u8
}
