//! A stream as its reader sees it, with the time at which each piece came.

use std::collections::VecDeque;
use std::time::Instant;

use contract::sse::{Frame, Parser};
use serde_json::Value;
use testkit::lambda::{Function, Streamed};

/// One stream, from its head to its end.
pub(crate) struct Follow {
    pub(crate) streamed: Streamed,
    /// When each heartbeat came.
    pub(crate) beats: Vec<Instant>,
    /// Everything as it came.
    pub(crate) raw: String,
    parser: Parser,
    waiting: VecDeque<(Instant, Value)>,
}

impl Follow {
    /// Opens one by this event, and insists on a 200.
    pub(crate) async fn open(function: &Function, event: &[u8]) -> Self {
        let streamed = function.invoke(event).streamed().await.unwrap();
        assert_eq!(streamed.status, 200, "{}", function.log());
        Self { streamed, beats: Vec::new(), raw: String::new(), parser: Parser::new(""), waiting: VecDeque::new() }
    }

    /// The id that a browser would come back with.
    pub(crate) fn last_event_id(&self) -> String {
        self.parser.last_event_id().to_owned()
    }

    /// The next event that carries something, with its time; `None` at the end.
    pub(crate) async fn event(&mut self) -> Option<(Instant, Value)> {
        while self.waiting.is_empty() && self.read().await {}
        self.waiting.pop_front()
    }

    /// The title of the next notification or broadcast; `None` at the end.
    pub(crate) async fn title(&mut self) -> Option<String> {
        loop {
            let (_, event) = self.event().await?;
            if let Some(title) = event["notification"]["title"].as_str() {
                return Some(title.to_owned());
            }
        }
    }

    /// Reads until it knows its place, so that nothing that comes from now on is missed.
    pub(crate) async fn placed(mut self) -> Self {
        while self.last_event_id().is_empty() && self.read().await {}
        self
    }

    /// Reads to the end.
    pub(crate) async fn until_end(&mut self) -> Vec<Value> {
        while self.read().await {}
        self.waiting.drain(..).map(|(_, event)| event).collect()
    }

    /// Reads one piece; `false` at the end.
    pub(crate) async fn read(&mut self) -> bool {
        let Some(chunk) = self.streamed.chunk().await else { return false };
        self.raw.push_str(std::str::from_utf8(&chunk.bytes).unwrap());
        for frame in self.parser.feed(&chunk.bytes) {
            match frame {
                Frame::Message { data, .. } => self.waiting.push_back((chunk.at, serde_json::from_str(&data).unwrap())),
                Frame::Comment(text) if text.trim() == "heartbeat" => self.beats.push(chunk.at),
                Frame::Comment(_) | Frame::Retry(_) | Frame::Id(_) => {}
            }
        }
        true
    }
}
