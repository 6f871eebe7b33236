//! Server-sent events: frames out, and a parser for what comes in, as the HTML standard says (section 9.2, 2026).

mod parser;

use std::time::Duration;

pub use parser::{Frame, Parser};

use crate::event::{EncodedEvent, ReaderName};
use crate::query::Types;

/// The media type of a stream.
pub const MEDIA_TYPE: &str = "text/event-stream";
/// A comment that keeps proxies from cutting a quiet stream †.
pub const HEARTBEAT: &[u8] = b": heartbeat\n\n";

/// A comment that carries what was sent before it past whoever waits for more.
pub const FLUSH: &[u8] = b":\n\n";

/// A comment that keeps proxies from cutting a quiet stream †.
pub fn heartbeat(out: &mut Vec<u8>) {
    out.extend_from_slice(HEARTBEAT);
}

/// A comment that fills `out` up to `bytes`; nothing where it has as many.
pub fn pad(out: &mut Vec<u8>, bytes: usize) {
    let missing = bytes.saturating_sub(out.len());
    if missing > 0 {
        out.push(b':');
        out.resize(out.len() + missing.saturating_sub(3), b' ');
        out.extend_from_slice(b"\n\n");
    }
}

/// How long a plain `EventSource` waits before it connects again.
pub fn retry(out: &mut Vec<u8>, wait: Duration) {
    out.extend_from_slice(format!("retry: {}\n\n", wait.as_millis()).as_bytes());
}

/// A position without an event: no message for a script, but the client resumes from here.
pub fn id_only(out: &mut Vec<u8>, cursor: &str) {
    id_line(out, cursor);
    out.push(b'\n');
}

/// What a stream begins with: how long to wait before the next one, and where it stands.
pub fn opening(out: &mut Vec<u8>, wait: Duration, cursor: &str) {
    retry(out, wait);
    id_only(out, cursor);
}

/// What one commit brought, as one reader gets it. Only the last event carries the position; where `types` leaves that event out, the
/// position stands alone. So a group cut in half comes again whole.
pub fn group(out: &mut Vec<u8>, events: &[EncodedEvent], reader: &ReaderName, types: &Types, cursor: &str) {
    let Some((last, rest)) = events.split_last() else { return id_only(out, cursor) };
    for event in rest.iter().filter(|event| types.take(event.kind)) {
        data(out, event, reader);
    }
    id_line(out, cursor);
    if types.take(last.kind) { data(out, last, reader) } else { out.push(b'\n') }
}

fn id_line(out: &mut Vec<u8>, cursor: &str) {
    out.extend_from_slice(b"id: ");
    out.extend_from_slice(cursor.as_bytes());
    out.push(b'\n');
}

fn data(out: &mut Vec<u8>, event: &EncodedEvent, reader: &ReaderName) {
    out.extend_from_slice(b"data: ");
    event.write(reader, out);
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
