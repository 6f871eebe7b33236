//! What came of an invocation, as it came.

use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use serde_json::Value;
use tokio::sync::mpsc::UnboundedReceiver;

/// A function that says nothing for so long is stuck: a test that waits on fails instead.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between the prelude of a streamed response and its body.
const DELIMITER: &[u8] = &[0; 8];

/// A piece of a response.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// When it came.
    pub at: Instant,
    /// What came.
    pub bytes: Bytes,
}

/// How a response ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// Whether the connection broke in the middle.
    pub broken: bool,
    /// `Lambda-Runtime-Function-Error-Type`, where the trailers named one.
    pub error_type: Option<String>,
}

/// An invocation that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// `errorType`: the function's own word.
    pub error_type: String,
    /// `errorMessage`.
    pub message: String,
}

pub(super) enum Part {
    Begun { streaming: bool },
    Chunk(Chunk),
    Ended(End),
    Failed(Failure),
}

/// One event under way.
pub struct Invocation {
    parts: UnboundedReceiver<Part>,
    patience: Duration,
}

impl Invocation {
    pub(super) fn new(parts: UnboundedReceiver<Part>) -> Self {
        Self { parts, patience: PATIENCE }
    }

    /// Waits so long for each piece, instead of half a minute.
    #[must_use]
    pub fn patient(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What the function returned, as JSON.
    ///
    /// # Errors
    /// The function failed, and said how.
    ///
    /// # Panics
    /// It streamed, returned no JSON, or said nothing in time.
    pub async fn returned(mut self) -> Result<Value, Failure> {
        assert!(!self.begun().await?, "the function streamed");
        let (bytes, end) = self.rest().await;
        assert_eq!(end, End::default(), "the response did not end well");
        let returned = serde_json::from_slice(&bytes);
        Ok(returned.unwrap_or_else(|error| panic!("no JSON ({error}): {}", String::from_utf8_lossy(&bytes))))
    }

    /// A streamed response, from the first byte after its prelude.
    ///
    /// # Errors
    /// The function failed, and said how.
    ///
    /// # Panics
    /// It did not stream, its prelude is none, or it said nothing in time.
    pub async fn streamed(mut self) -> Result<Streamed, Failure> {
        assert!(self.begun().await?, "the function did not stream");
        let mut head = BytesMut::new();
        loop {
            if let Some(at) = head.windows(DELIMITER.len()).position(|window| window == DELIMITER) {
                let body = head.split_off(at + DELIMITER.len()).freeze();
                head.truncate(at);
                return Ok(Streamed::new(&head, body, self));
            }
            match self.part().await {
                Part::Chunk(chunk) => head.extend_from_slice(&chunk.bytes),
                Part::Begun { .. } | Part::Ended(_) | Part::Failed(_) => panic!("a prelude without its end: {head:?}"),
            }
        }
    }

    async fn begun(&mut self) -> Result<bool, Failure> {
        match self.part().await {
            Part::Begun { streaming } => Ok(streaming),
            Part::Failed(failure) => Err(failure),
            Part::Chunk(_) | Part::Ended(_) => unreachable!("a response begins with its head"),
        }
    }

    #[expect(clippy::expect_used, reason = "a function that says nothing fails its test")]
    async fn part(&mut self) -> Part {
        let part = tokio::time::timeout(self.patience, self.parts.recv()).await.expect("the function says nothing");
        part.expect("the stand-in is gone")
    }

    async fn rest(&mut self) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        loop {
            match self.part().await {
                Part::Chunk(chunk) => bytes.extend_from_slice(&chunk.bytes),
                Part::Ended(end) => return (bytes, end),
                Part::Begun { .. } | Part::Failed(_) => unreachable!("a response begins once"),
            }
        }
    }
}

/// A response that is being streamed.
pub struct Streamed {
    /// Its HTTP status.
    pub status: u16,
    /// Its headers: each one string, since API Gateway takes nothing else.
    pub headers: serde_json::Map<String, Value>,
    /// Its `Set-Cookie` lines.
    pub cookies: Vec<String>,
    early: Option<Bytes>,
    end: Option<End>,
    rest: Invocation,
}

impl Streamed {
    fn new(head: &[u8], body: Bytes, rest: Invocation) -> Self {
        let prelude: Value = serde_json::from_slice(head).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(head)));
        let status = prelude["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
        let headers = prelude["headers"].as_object().cloned().unwrap_or_default();
        let odd: Vec<_> = headers.iter().filter(|(_, value)| !value.is_string()).collect();
        assert!(odd.is_empty(), "API Gateway takes one string a header: {odd:?}");
        let cookies = prelude["cookies"].as_array().into_iter().flatten().filter_map(|cookie| cookie.as_str().map(str::to_owned));
        Self {
            status: status.unwrap_or_else(|| panic!("no status: {prelude}")),
            headers,
            cookies: cookies.collect(),
            early: Some(body).filter(|body| !body.is_empty()),
            end: None,
            rest,
        }
    }

    /// A header of this lower-case name, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Panics
    /// Nothing comes in time.
    #[expect(clippy::disallowed_methods, reason = "the times of real chunks are what it is for")]
    pub async fn chunk(&mut self) -> Option<Chunk> {
        if let Some(bytes) = self.early.take() {
            return Some(Chunk { at: Instant::now(), bytes });
        }
        if self.end.is_some() {
            return None;
        }
        match self.rest.part().await {
            Part::Chunk(chunk) => Some(chunk),
            Part::Ended(end) => {
                self.end = Some(end);
                None
            }
            Part::Begun { .. } | Part::Failed(_) => unreachable!("a response begins once"),
        }
    }

    /// How it ended, once it has.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Everything until the end, as text.
    ///
    /// # Panics
    /// It does not end in time, or is no text.
    pub async fn text(&mut self) -> String {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await {
            bytes.extend_from_slice(&chunk.bytes);
        }
        String::from_utf8(bytes).unwrap_or_else(|error| panic!("{error}"))
    }
}
