//! A stream over a real socket, as an `EventSource` reads it.

use std::collections::VecDeque;

use contract::sse::{Frame, Parser};
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use super::PATIENCE;

/// An open stream and what came of it.
pub(crate) struct Listener {
    response: Response,
    parser: Parser,
    waiting: VecDeque<Frame>,
    /// The last bytes, enough to see how it ended.
    pub(crate) tail: Vec<u8>,
    ended: bool,
}

impl Listener {
    /// Reads up to where the stream says its place: what is published from now on, comes.
    pub(crate) async fn open(request: RequestBuilder, place: &str) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/event-stream".parse().unwrap()));
        let mut listener = Self { response, parser: Parser::new(place), waiting: VecDeque::new(), tail: Vec::new(), ended: false };
        listener.read().await;
        assert!(!listener.place().is_empty());
        listener
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// The cursor with which a browser would come back.
    pub(crate) fn place(&self) -> &str {
        self.parser.last_event_id()
    }

    /// Takes what comes next. A stream that breaks instead of ending fails the test.
    async fn read(&mut self) {
        let read = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("nothing comes, and it does not end");
        match read.expect("the stream broke instead of ending") {
            Some(bytes) => {
                assert!(!bytes.contains(&b'\r'), "a line ended as ours do not: {}", String::from_utf8_lossy(&bytes));
                self.waiting.extend(self.parser.feed(&bytes));
                self.tail = bytes[bytes.len().saturating_sub(16)..].to_vec();
            }
            None => self.ended = true,
        }
    }

    /// The next frame; nothing at the end.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        while self.waiting.is_empty() && !self.ended {
            self.read().await;
        }
        self.waiting.pop_front()
    }

    /// The next event; nothing at the end.
    pub(crate) async fn event(&mut self) -> Option<Value> {
        self.event_that("an event", |_| true).await
    }

    /// The next event of this type.
    pub(crate) async fn event_of(&mut self, kind: &str) -> Value {
        self.event_that(kind, |event| event["type"] == kind).await.expect("it ended")
    }

    /// The title of the next notification; nothing at the end.
    pub(crate) async fn title(&mut self) -> Option<String> {
        let event = self.event_that("a notification", |event| event["notification"]["title"].is_string()).await?;
        event["notification"]["title"].as_str().map(str::to_owned)
    }

    /// The next event of this kind. Heartbeats and other events do not make waiting for it endless.
    async fn event_that(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Option<Value> {
        let coming = async {
            loop {
                if let Frame::Message { data, .. } = self.frame().await? {
                    let event = serde_json::from_str(&data).unwrap();
                    if wanted(&event) {
                        return Some(event);
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, coming).await.unwrap_or_else(|_| panic!("{what} does not come"))
    }

    /// The titles up to this one, which is the last.
    pub(crate) async fn titles_to(&mut self, last: &str) -> Vec<String> {
        let mut titles = Vec::new();
        while titles.last().is_none_or(|title| title != last) {
            titles.push(self.title().await.unwrap_or_else(|| panic!("it ended after {titles:?}")));
        }
        titles
    }

    /// The titles until the stream ends, which it must do between two events.
    pub(crate) async fn titles_to_the_end(&mut self) -> Vec<String> {
        let mut titles = Vec::new();
        while let Some(title) = self.title().await {
            titles.push(title);
        }
        assert!(self.tail.ends_with(b"\n\n"), "cut in the middle: {}", String::from_utf8_lossy(&self.tail));
        titles
    }
}
