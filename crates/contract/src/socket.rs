//! Messages over WebSocket, in both directions. See the contract's "Over WebSocket".
//!
//! Nothing here is longer than [`limits::SOCKET_MESSAGE_BYTES`], since the gateway refuses what is.

use std::fmt;

use inbox::limits;
use inbox::position::{Segment, Seq};

use crate::event::{EncodedEvent, ReaderName};
use crate::fields::{self, BadBody, Fields};
use crate::problem::Problem;
use crate::query::After;
use crate::{cursor, json};

const ACTIONS: [&str; 2] = ["resume", "ping"];

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientMessage {
    /// Send what came since here.
    Resume {
        /// Since when.
        after: After,
    },
    /// Where do my feeds stand?
    Ping,
}

/// A message that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadMessage {
    /// It is longer than [`limits::SOCKET_FRAME_BYTES`].
    TooLarge,
    /// It is not text. Told by the gateway; [`parse`] never says so.
    Binary,
    /// It is no JSON, or its fields are wrong.
    Body(BadBody),
}

impl fmt::Display for BadMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the message may have {} bytes at most", limits::SOCKET_FRAME_BYTES),
            Self::Binary => f.write_str("the message is not text"),
            Self::Body(bad) => bad.fmt(f),
        }
    }
}

impl std::error::Error for BadMessage {}

impl From<BadMessage> for Problem {
    fn from(bad: BadMessage) -> Self {
        match bad {
            BadMessage::TooLarge => Self::TooLarge(limits::SOCKET_FRAME_BYTES),
            BadMessage::Binary => Self::MalformedJson(BadMessage::Binary.to_string()),
            BadMessage::Body(bad) => bad.into(),
        }
    }
}

/// Reads a client's message.
///
/// # Errors
/// [`BadMessage::TooLarge`], or [`BadMessage::Body`] naming what is wrong. A cursor is never wrong: one that cannot be read is [`After::Unreadable`].
pub fn parse(text: &str) -> Result<ClientMessage, BadMessage> {
    if text.len() > limits::SOCKET_FRAME_BYTES {
        return Err(BadMessage::TooLarge);
    }
    fields::read(text.as_bytes(), take).map_err(BadMessage::Body)
}

fn take(fields: &mut Fields<'_>) -> Option<ClientMessage> {
    let action = fields.required("action", |value| {
        let action = fields::string(value)?;
        ACTIONS.into_iter().find(|known| *known == action).ok_or_else(|| format!("must be one of {}", ACTIONS.join(", ")))
    });
    match action {
        Some("resume") => {
            let after = fields.optional("after", fields::string);
            Some(ClientMessage::Resume { after: cursor::after(after.as_deref().map(str::as_bytes)) })
        }
        Some(_) => Some(ClientMessage::Ping),
        None => {
            fields.ignore_the_rest();
            None
        }
    }
}

/// One commit of one feed, as one reader gets it: `{"feed":"user","n":43,"at":SEGMENT,"events":[…]}`, or [`notice`] where that is too large.
pub fn push<'a, E>(feed: &str, segment: &Segment, events: E, reader: &ReaderName) -> Vec<u8>
where
    E: IntoIterator<Item = &'a EncodedEvent, IntoIter: Clone>,
{
    let events = events.into_iter();
    let head = format!("{},\"at\":\"{}\",\"events\":[", named(feed, segment.n), cursor::segment_text(segment));
    let length = head.len() + "]}".len() + events.clone().map(|event| event.len(reader) + 1).sum::<usize>();
    if length > limits::SOCKET_MESSAGE_BYTES {
        return notice(feed, segment.n);
    }
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(head.as_bytes());
    list(&mut out, events, reader);
    out.extend_from_slice(b"]}");
    out
}

/// A commit too large to push: `{"feed":"user","n":43}`. Its reader resumes.
pub fn notice(feed: &str, n: Seq) -> Vec<u8> {
    (named(feed, n) + "}").into_bytes()
}

/// The answer to a ping, `{"positions":{"user":{"n":43,"at":SEGMENT},…}}`: for each feed by its name, where it stands.
pub fn positions(feeds: &[(&str, Segment)]) -> Vec<u8> {
    format!("{{\"positions\":{}}}", by_feed(feeds)).into_bytes()
}

/// `{"error":{…}}`, with the problem's document.
pub fn error(problem: &Problem) -> Vec<u8> {
    format!("{{\"error\":{}}}", problem.to_json()).into_bytes()
}

/// Events that belong together, mostly those of one commit, and the cursor behind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// In order.
    pub events: Vec<EncodedEvent>,
    /// The position behind them.
    pub cursor: String,
}

/// An answer to `resume`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The position before the first batch: the client's own, where it named one that can be read.
    pub before: String,
    /// What came since, in order; what brought nothing to show may be left out.
    pub batches: Vec<Batch>,
    /// The position behind all of it.
    pub cursor: String,
    /// The same position by feed, each under its name.
    pub positions: Vec<(&'a str, Segment)>,
    /// Whether there is more behind it: the client resumes again.
    pub more: bool,
}

impl Answer<'_> {
    /// The answer's messages, in order.
    ///
    /// Each is `{"events":[…],"cursor":…,"more":…}`. Where it does not fit into one message it is cut into parts, which say `more`; only the
    /// last one has `positions`, and its `more` is the answer's. A batch is cut only if it alone fills a message; the cursors of its parts
    /// stay before it until its last.
    pub fn messages(&self, reader: &ReaderName) -> Vec<Vec<u8>> {
        let end = format!(",\"more\":{},\"positions\":{}}}", self.more, by_feed(&self.positions));
        let room = limits::SOCKET_MESSAGE_BYTES.saturating_sub(OPENING.len() + CURSOR.len() + cursor::CURSOR_BYTES + 2 + end.len());
        let mut parts = Parts { room, out: Vec::new(), events: Vec::new(), length: 0, cursor: &self.before };
        for batch in &self.batches {
            parts.add(batch, reader);
        }
        let last = message(&parts.events, &self.cursor, &end, reader);
        parts.out.push(last);
        parts.out
    }
}

const OPENING: &str = "{\"events\":[";
const CURSOR: &str = "],\"cursor\":";
/// How a part ends that is not the last.
const MORE: &str = ",\"more\":true}";

/// The messages so far, and the one in the making.
struct Parts<'a> {
    /// Bytes that the events of one message may have.
    room: usize,
    out: Vec<Vec<u8>>,
    events: Vec<&'a EncodedEvent>,
    length: usize,
    /// The position behind the last whole batch.
    cursor: &'a str,
}

impl<'a> Parts<'a> {
    fn add(&mut self, batch: &'a Batch, reader: &ReaderName) {
        let length: usize = batch.events.iter().map(|event| event.len(reader) + 1).sum();
        if self.length + length > self.room && !self.events.is_empty() {
            self.flush(reader);
        }
        for event in &batch.events {
            let length = event.len(reader) + 1;
            if self.length + length > self.room && !self.events.is_empty() {
                self.flush(reader);
            }
            self.events.push(event);
            self.length += length;
        }
        self.cursor = &batch.cursor;
    }

    fn flush(&mut self, reader: &ReaderName) {
        self.out.push(message(&self.events, self.cursor, MORE, reader));
        self.events.clear();
        self.length = 0;
    }
}

fn message(events: &[&EncodedEvent], cursor: &str, end: &str, reader: &ReaderName) -> Vec<u8> {
    let mut out = OPENING.as_bytes().to_vec();
    list(&mut out, events.iter().copied(), reader);
    out.extend_from_slice(CURSOR.as_bytes());
    out.extend_from_slice(json::quote(cursor).as_bytes());
    out.extend_from_slice(end.as_bytes());
    out
}

fn list<'a>(out: &mut Vec<u8>, events: impl Iterator<Item = &'a EncodedEvent>, reader: &ReaderName) {
    for (index, event) in events.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        event.write(reader, out);
    }
}

fn named(feed: &str, n: Seq) -> String {
    format!("{{\"feed\":{},\"n\":{n}", json::quote(feed))
}

fn by_feed(feeds: &[(&str, Segment)]) -> String {
    let one = |(feed, at): &(&str, Segment)| format!("{}:{{\"n\":{},\"at\":\"{}\"}}", json::quote(feed), at.n, cursor::segment_text(at));
    format!("{{{}}}", feeds.iter().map(one).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests;
