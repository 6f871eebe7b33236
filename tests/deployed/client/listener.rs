//! A stream, as an `EventSource` reads it.

use std::collections::VecDeque;

use contract::sse::{Frame, Parser};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;

use crate::wait::in_time;

/// An open stream.
pub(crate) struct Listener {
    response: Response,
    parser: Parser,
    waiting: VecDeque<Frame>,
}

impl Listener {
    /// Reads up to where the stream says its place: what is published from now on, comes.
    pub(crate) async fn open(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &"text/event-stream".parse().unwrap()));
        let mut listener = Self { response, parser: Parser::new(""), waiting: VecDeque::new() };
        listener.read().await;
        assert!(!listener.place().is_empty());
        listener
    }

    /// The cursor with which a browser would come back.
    pub(crate) fn place(&self) -> &str {
        self.parser.last_event_id()
    }

    async fn read(&mut self) {
        let bytes = in_time("something on the stream", self.response.chunk()).await.unwrap().expect("it ended");
        self.waiting.extend(self.parser.feed(&bytes));
    }

    /// The next event that is this.
    pub(crate) async fn event(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            while let Some(frame) = self.waiting.pop_front() {
                let Frame::Message { data, .. } = frame else { continue };
                let event = serde_json::from_str(&data).unwrap();
                if wanted(&event) {
                    return event;
                }
            }
            self.read().await;
        }
    }
}
