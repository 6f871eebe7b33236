//! Events as JSON: one object each, `type` says what it is. The same bytes go over SSE, sockets and polling.

use std::collections::BTreeMap;

use inbox::event::{self, EventKind};
use inbox::id::UserId;
use inbox::notification::Audience;
use inbox::position::Seq;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::wire::{Notification, Task, TaskStatus};
use crate::{cursor, json};

/// What a user is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Something new for everyone, or for a topic.
    Broadcast {
        /// It.
        notification: Box<Notification>,
    },
    /// A background task ended; `status` tells how.
    #[serde(rename_all = "camelCase")]
    TaskCompleted {
        /// Whose it is.
        user_id: String,
        /// The job's own name for it.
        task_id: String,
        /// How it ended.
        status: TaskStatus,
        /// All of it.
        task: Box<Task>,
    },
    /// Something new for this user, or a change of one: upsert by `id`.
    Notification {
        /// It.
        notification: Box<Notification>,
    },
    /// Deleted, replaced or withdrawn.
    NotificationDeleted {
        /// Which one.
        id: String,
    },
    /// A task is queued or running: upsert by `id`.
    TaskProgress {
        /// It.
        task: Box<Task>,
    },
    /// "All" was marked: read is whatever has `unreadSince.n` at or below its feed's number, gone whatever was `born` at or below its audience's.
    Watermark {
        /// By feed, up to which number all is read.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        read: Option<BTreeMap<String, u64>>,
        /// By feed, up to which number all is gone.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[schema(nullable = false)]
        deleted: Option<BTreeMap<String, u64>>,
    },
    /// The server's counts.
    #[serde(rename_all = "camelCase")]
    Inbox {
        /// Unread; 1000 means that or more.
        unread_count: u32,
        /// Unread and never shown; 1000 means that or more.
        unseen_count: u32,
    },
    /// Fetch the lists again, then go on.
    Reset,
}

/// An event's JSON, made once for all its readers: each puts in their own name where there is a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedEvent {
    /// Its `type`.
    pub kind: EventKind,
    /// All of it, or what stands before the reader's name.
    pub before: Vec<u8>,
    /// Whether the reader's `userId` goes between `before` and `after`.
    pub hole: bool,
    /// What stands behind the reader's name.
    pub after: Vec<u8>,
}

/// A reader's name as JSON, made once for all the events that they are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderName(Vec<u8>);

impl ReaderName {
    /// The name of this user.
    pub fn new(user: &UserId) -> Self {
        Self(json::quote(user.as_str()).into_bytes())
    }
}

impl EncodedEvent {
    /// Writes the event as this reader gets it. Never a line end, so it fits one line of SSE.
    pub fn write(&self, reader: &ReaderName, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        if self.hole {
            out.extend_from_slice(&reader.0);
            out.extend_from_slice(&self.after);
        }
    }

    /// The bytes that [`EncodedEvent::write`] writes.
    pub fn len(&self, reader: &ReaderName) -> usize {
        self.before.len() + if self.hole { reader.0.len() + self.after.len() } else { 0 }
    }

    /// The event as this reader gets it, for splicing into a larger document.
    pub fn to_raw(&self, reader: &ReaderName) -> Box<RawValue> {
        let mut out = Vec::with_capacity(self.len(reader));
        self.write(reader, &mut out);
        let text = String::from_utf8(out).unwrap_or_default();
        RawValue::from_string(text).unwrap_or_else(|_| RawValue::NULL.to_owned())
    }
}

/// An event for any number of readers.
pub fn encode(event: &event::Event) -> EncodedEvent {
    let kind = event.kind();
    let bytes = to_bytes(&wire(event, ""));
    match hole(event, &bytes) {
        Some(at) => {
            let (before, after) = bytes.split_at(at);
            EncodedEvent { kind, before: before.to_vec(), hole: true, after: after[EMPTY.len()..].to_vec() }
        }
        None => EncodedEvent { kind, before: bytes, hole: false, after: Vec::new() },
    }
}

/// An event as one reader gets it.
pub fn to_json(event: &event::Event, reader: &UserId) -> Box<RawValue> {
    encode(event).to_raw(&ReaderName::new(reader))
}

/// The JSON of an empty name: what stands where the reader's will.
const EMPTY: &[u8] = b"\"\"";

/// Where the reader's name goes. Only an id of base64url stands before it, so the first empty `userId` is the place.
fn hole(event: &event::Event, bytes: &[u8]) -> Option<usize> {
    let one = match event {
        event::Event::Broadcast(one) | event::Event::Notification(one) => one,
        event::Event::NotificationDeleted(_)
        | event::Event::TaskProgress(_)
        | event::Event::TaskCompleted(_)
        | event::Event::Watermark(..)
        | event::Event::Inbox(_)
        | event::Event::Reset => return None,
    };
    let label = b"\"userId\":\"\"";
    let at = bytes.windows(label.len()).position(|window| window == label)?;
    one.user.is_none().then_some(at + label.len() - EMPTY.len())
}

fn to_bytes(event: &Event) -> Vec<u8> {
    // Maps have text keys and raw values were checked, so nothing here can fail.
    serde_json::to_vec(event).unwrap_or_else(|_| b"{\"type\":\"reset\"}".to_vec())
}

fn wire(event: &event::Event, user: &str) -> Event {
    let shown =
        |one: &inbox::notification::Notification| Box::new(Notification::with_user(one, one.user.as_ref().map_or(user, UserId::as_str)));
    match event {
        event::Event::Broadcast(one) => Event::Broadcast { notification: shown(one) },
        event::Event::Notification(one) => Event::Notification { notification: shown(one) },
        event::Event::NotificationDeleted(id) => Event::NotificationDeleted { id: cursor::id_text(*id) },
        event::Event::TaskProgress(task) => Event::TaskProgress { task: Box::new(task.into()) },
        event::Event::TaskCompleted(task) => Event::TaskCompleted {
            user_id: task.user.to_string(),
            task_id: task.id.to_string(),
            status: task.status.into(),
            task: Box::new(task.into()),
        },
        event::Event::Watermark(event::Watermark::Read, places) => Event::Watermark { read: Some(by_feed(places)), deleted: None },
        event::Event::Watermark(event::Watermark::Deleted, places) => Event::Watermark { read: None, deleted: Some(by_feed(places)) },
        event::Event::Inbox(counts) => Event::Inbox { unread_count: counts.unread, unseen_count: counts.unseen },
        event::Event::Reset => Event::Reset,
    }
}

fn by_feed(places: &[(Audience, Seq)]) -> BTreeMap<String, u64> {
    places.iter().map(|(feed, n)| (feed.as_str().to_owned(), n.0)).collect()
}

#[cfg(test)]
mod tests;
