//! A stream as a browser reads it.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use contract::sse::{Frame, Parser};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::{Caller, document};

/// A stream that brings nothing for so long has nothing to bring; a look at the store takes less.
const QUIET: Duration = Duration::from_secs(2);

/// An open stream and what came of it.
pub(crate) struct Listener {
    pub(crate) headers: HeaderMap,
    pub(crate) raw: Vec<u8>,
    pub(crate) ended: bool,
    body: Body,
    parser: Parser,
    waiting: VecDeque<Value>,
}

impl Listener {
    pub(crate) async fn open(caller: &Caller<'_>, query: &str, headers: &[(&str, &str)]) -> Self {
        let request = caller.request("GET", &format!("/api/stream/events{query}"), headers, "");
        Self::of(caller.site.open(request).await)
    }

    /// Listens to a response.
    pub(crate) fn of((status, headers, body): (StatusCode, HeaderMap, Body)) -> Self {
        assert_eq!(status, 200);
        Self { headers, raw: Vec::new(), ended: false, body, parser: Parser::new(""), waiting: VecDeque::new() }
    }

    /// The cursor that a browser would come back with.
    pub(crate) fn last_event_id(&self) -> &str {
        self.parser.last_event_id()
    }

    /// Reads one bit of the body; `false` where there is none now.
    async fn read(&mut self) -> bool {
        // Time stands still but when all others wait for it, so whatever is under way comes first.
        let frame = tokio::time::timeout(QUIET, self.body.frame()).await;
        match frame {
            Err(_) => false,
            Ok(None) => {
                self.ended = true;
                false
            }
            Ok(Some(frame)) => {
                let bytes = frame.unwrap().into_data().unwrap();
                self.raw.extend_from_slice(&bytes);
                for frame in self.parser.feed(&bytes) {
                    if let Frame::Message { data, .. } = frame {
                        let event = serde_json::from_str(&data).unwrap();
                        document::check_event(&event);
                        self.waiting.push_back(event);
                    }
                }
                true
            }
        }
    }

    /// Everything that there is now.
    pub(crate) async fn news(&mut self) -> Vec<Value> {
        while self.read().await {}
        self.waiting.drain(..).collect()
    }

    /// The titles of the news.
    pub(crate) async fn titles(&mut self) -> Vec<String> {
        let title = |event: Value| event["notification"]["title"].as_str().map(str::to_owned);
        self.news().await.into_iter().filter_map(title).collect()
    }
}
