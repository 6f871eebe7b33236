//! The client's side of a stream: bytes in, cut anywhere; frames out.

use std::time::Duration;

/// Something that a stream said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An event.
    Message {
        /// Its name; `message` where the stream gave none.
        event: String,
        /// Its text.
        data: String,
        /// The last id as of this event.
        last_event_id: String,
    },
    /// A comment, such as a heartbeat.
    Comment(String),
    /// How long to wait before connecting again.
    Retry(Duration),
    /// The last id moved without an event.
    Id(String),
}

/// Reads a stream as the HTML standard says. What is unfinished when the stream ends is dropped with the parser.
#[derive(Clone, Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    begun: bool,
    after_cr: bool,
    event: String,
    data: String,
    has_data: bool,
    id: String,
    dispatched_id: String,
}

impl Parser {
    /// At the beginning of a stream, where `last_event_id` came from the one before, or is empty.
    pub fn new(last_event_id: &str) -> Self {
        Self { id: last_event_id.to_owned(), dispatched_id: last_event_id.to_owned(), ..Self::default() }
    }

    /// The id to resume from: that of the last finished event.
    pub fn last_event_id(&self) -> &str {
        &self.dispatched_id
    }

    /// Takes the next bytes, and gives what they finish.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<Frame> {
        let mut frames = Vec::new();
        for &byte in bytes {
            // A pair of CR and LF is one line end, even when a chunk ends between them.
            let second_half = byte == b'\n' && std::mem::take(&mut self.after_cr);
            self.after_cr = byte == b'\r';
            match byte {
                b'\n' if second_half => {}
                b'\r' | b'\n' => self.end_line(&mut frames),
                other => self.line.push(other),
            }
        }
        frames
    }

    fn end_line(&mut self, frames: &mut Vec<Frame>) {
        let line = std::mem::take(&mut self.line);
        let line = if self.begun { &line[..] } else { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) };
        self.begun = true;
        // Line ends are ASCII, so decoding line by line gives what decoding the whole would.
        let line = String::from_utf8_lossy(line);
        if line.is_empty() {
            return self.dispatch(frames);
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => frames.push(Frame::Comment(value.to_owned())),
            "event" => value.clone_into(&mut self.event),
            "data" => {
                self.data.push_str(value);
                self.data.push('\n');
                self.has_data = true;
            }
            "id" if !value.contains('\0') => value.clone_into(&mut self.id),
            "retry" => frames.extend(parse_retry(value)),
            _ => {}
        }
    }

    fn dispatch(&mut self, frames: &mut Vec<Frame>) {
        let moved = self.dispatched_id != self.id;
        self.id.clone_into(&mut self.dispatched_id);
        let event = std::mem::take(&mut self.event);
        let mut data = std::mem::take(&mut self.data);
        if !std::mem::take(&mut self.has_data) {
            frames.extend(moved.then(|| Frame::Id(self.id.clone())));
            return;
        }
        data.pop();
        let event = if event.is_empty() { "message".to_owned() } else { event };
        frames.push(Frame::Message { event, data, last_event_id: self.id.clone() });
    }
}

fn parse_retry(value: &str) -> Option<Frame> {
    let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| value.parse().ok()).flatten().map(|ms| Frame::Retry(Duration::from_millis(ms)))
}
