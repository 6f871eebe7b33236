//! Positions, page cursors and ids as opaque text. Printable ASCII, versioned; each value has exactly one text.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use inbox::id::{NotificationId, Slot};
use inbox::limits;
use inbox::moment::Moment;
use inbox::page::{ListKey, PageCursor};
use inbox::position::{FeedTag, Position, Segment, Seq};

use crate::query::After;

/// A cursor is shorter than this, so that it fits a header and an address.
pub const CURSOR_BYTES: usize = 512;
/// Between the segments of a position.
pub const SEPARATOR: char = '~';
const POSITION: &str = "1.";
const PAGE: &str = "1p";
const TASKS: &str = "1t";
const SEGMENT_BYTES: usize = 14;
const HOUR_MAX: u32 = (1 << 24) - 1;

/// A text that is no cursor of its kind: garbled, too long, of another version, or not as we would write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be read")
    }
}

impl std::error::Error for Unreadable {}

/// The text of a position: `1.` and the segments, joined by `~`.
pub fn position_text(position: &Position) -> String {
    let segments: Vec<String> = position.0.iter().map(segment_text).collect();
    format!("{POSITION}{}", segments.join(&SEPARATOR.to_string()))
}

/// Reads a position.
///
/// # Errors
/// [`Unreadable`] for any text that [`position_text`] would not write, the empty position and one that names a feed twice included.
pub fn parse_position(text: &str) -> Result<Position, Unreadable> {
    if text.len() >= CURSOR_BYTES {
        return Err(Unreadable);
    }
    let segments = text.strip_prefix(POSITION).ok_or(Unreadable)?;
    let mut position = Position::default();
    for segment in segments.split(SEPARATOR) {
        let segment = parse_segment(segment)?;
        if position.of(segment.feed).is_some() {
            return Err(Unreadable);
        }
        position.0.push(segment);
    }
    Ok(position)
}

/// What a `Last-Event-ID` header or an `after` asks for: bytes that are no text of ours are [`After::Unreadable`], never "now".
pub fn after(raw: Option<&[u8]>) -> After {
    let Some(raw) = raw else { return After::Now };
    let parsed = std::str::from_utf8(raw).map_err(|_| Unreadable).and_then(parse_position);
    parsed.map_or(After::Unreadable, After::Position)
}

/// The text of one segment: 19 characters, the first 8 of which name the feed. It is what a socket's push carries as `at`.
pub fn segment_text(segment: &Segment) -> String {
    let mut bytes = Vec::with_capacity(SEGMENT_BYTES);
    bytes.extend(segment.feed.0);
    push_seq(&mut bytes, segment.n);
    bytes.extend(&segment.hour.min(HOUR_MAX).to_be_bytes()[1..]);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads one segment.
///
/// # Errors
/// [`Unreadable`].
pub fn parse_segment(text: &str) -> Result<Segment, Unreadable> {
    let mut bytes = Bytes(decode(text)?);
    let segment = Segment { feed: bytes.tag()?, n: bytes.seq()?, hour: bytes.number(3)?.try_into().map_err(|_| Unreadable)? };
    bytes.end(segment)
}

/// The text of a place in a walk through notifications.
pub fn page_text(cursor: &PageCursor) -> String {
    let mut bytes = Vec::with_capacity(41);
    bytes.extend(cursor.after.created.millis().to_be_bytes());
    bytes.extend(cursor.after.feed.0);
    push_slot(&mut bytes, cursor.after.slot);
    bytes.extend(cursor.own.0);
    push_slot(&mut bytes, cursor.below);
    push_seq(&mut bytes, cursor.head);
    bytes.extend(cursor.filter.to_be_bytes());
    format!("{PAGE}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a place in a walk through notifications.
///
/// # Errors
/// [`Unreadable`].
pub fn parse_page(text: &str) -> Result<PageCursor, Unreadable> {
    let mut bytes = Bytes(decode(text.strip_prefix(PAGE).ok_or(Unreadable)?)?);
    let after = ListKey { created: bytes.moment()?, feed: bytes.tag()?, slot: bytes.slot()? };
    let (own, below, head) = (bytes.tag()?, bytes.slot()?, bytes.seq()?);
    let filter = bytes.number(4)?.try_into().map_err(|_| Unreadable)?;
    bytes.end(PageCursor { after, own, below, head, filter })
}

/// The text of a place in a list of tasks: the last one shown, and whose feed it is.
pub fn task_page_text(after: Slot, feed: FeedTag) -> String {
    let mut bytes = Vec::with_capacity(12);
    push_slot(&mut bytes, after);
    bytes.extend(feed.0);
    format!("{TASKS}{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Reads a place in a list of tasks.
///
/// # Errors
/// [`Unreadable`].
pub fn parse_task_page(text: &str) -> Result<(Slot, FeedTag), Unreadable> {
    let mut bytes = Bytes(decode(text.strip_prefix(TASKS).ok_or(Unreadable)?)?);
    let place = (bytes.slot()?, bytes.tag()?);
    bytes.end(place)
}

/// The public text of a notification's id: 16 characters.
pub fn id_text(id: NotificationId) -> String {
    let mut bytes = Vec::with_capacity(12);
    bytes.extend(id.feed.0);
    push_slot(&mut bytes, id.slot);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a notification's id.
///
/// # Errors
/// [`Unreadable`]: no notification has such an id.
pub fn parse_id(text: &str) -> Result<NotificationId, Unreadable> {
    let mut bytes = Bytes(decode(text)?);
    let id = NotificationId { feed: bytes.tag()?, slot: bytes.slot()? };
    bytes.end(id)
}

fn push_seq(bytes: &mut Vec<u8>, n: Seq) {
    bytes.extend(&n.0.min(limits::SEQ_MAX).to_be_bytes()[3..]);
}

fn push_slot(bytes: &mut Vec<u8>, slot: Slot) {
    push_seq(bytes, slot.born);
    bytes.push(slot.place);
}

fn decode(text: &str) -> Result<Vec<u8>, Unreadable> {
    if text.len() >= CURSOR_BYTES {
        return Err(Unreadable);
    }
    // This engine refuses padding and stray bits at the end, so a value has one text.
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Unreadable)
}

/// Bytes that are taken from the front.
struct Bytes(Vec<u8>);

impl Bytes {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let taken = *self.0.first_chunk::<N>().ok_or(Unreadable)?;
        self.0.drain(..N);
        Ok(taken)
    }

    fn number(&mut self, bytes: usize) -> Result<u64, Unreadable> {
        (0..bytes).try_fold(0, |number, _| self.take::<1>().map(|[byte]| number << 8 | u64::from(byte)))
    }

    fn seq(&mut self) -> Result<Seq, Unreadable> {
        self.number(5).map(Seq)
    }

    fn tag(&mut self) -> Result<FeedTag, Unreadable> {
        self.take().map(FeedTag)
    }

    fn slot(&mut self) -> Result<Slot, Unreadable> {
        let born = self.seq()?;
        self.take::<1>().map(|[place]| Slot { born, place })
    }

    fn moment(&mut self) -> Result<Moment, Unreadable> {
        self.take().map(|bytes| Moment::from_millis(i64::from_be_bytes(bytes)))
    }

    fn end<T>(self, value: T) -> Result<T, Unreadable> {
        if self.0.is_empty() { Ok(value) } else { Err(Unreadable) }
    }
}

#[cfg(test)]
mod tests;
