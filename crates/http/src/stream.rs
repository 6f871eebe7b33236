//! `GET /api/stream/events` †: a reader's events as they happen. One write a stream and turn, however many events wait.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use contract::event::{EncodedEvent, ReaderName, encode};
use contract::problem::{Problem, Unauthenticated};
use contract::query::{StreamQuery, Types};
use contract::{cursor, query, sse};
use http_body::Frame;
use inbox::event::Event;
use service::{After, Entropy, Error, Group, Item, OpenStream, Stream};
use tracing::debug;

use crate::app::{App, PAD_BYTES, StreamAnswer, StreamFlush};
use crate::body::QueryText;
use crate::caller::{Caller, StreamCaller};
use crate::failure::Failure;
use crate::poll::to_after;

/// Reverse proxies must not hold a stream back (nginx documentation, `proxy_buffering`, 2026).
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
/// The cursor of a client that comes back †. It wins over `?after=`, which an `EventSource` repeats at each connect.
const LAST_EVENT_ID: &str = "last-event-id";
/// One write carries about so much; what is more comes in the next.
const WRITE_BYTES: usize = 16 * 1_024;
/// A client waits between one and two of these before it comes back, so that many do not come at once.
const RETRY: Duration = Duration::from_secs(2);

/// `HEAD`: what a stream would begin with, and no stream.
pub(crate) async fn headers(StreamCaller(caller): StreamCaller, State(app): State<App>) -> Result<Response, Failure> {
    still_good(&app, &caller)?;
    Ok(answer(Body::empty()))
}

/// `GET`.
pub(crate) async fn events(
    State(app): State<App>,
    caller: Result<StreamCaller, Failure>,
    QueryText(raw): QueryText,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let query = query::stream(&raw);
    let caller = match (caller, &query) {
        (Ok(StreamCaller(caller)), _) => caller,
        // Nobody can tell now who calls: the issuer is down.
        (Err(Failure(Problem::Busy(_))), Ok(StreamQuery { client: None, .. })) => return Ok(come_back(retry(app.service.entropy()))),
        (Err(failure), _) => return Err(failure),
    };
    still_good(&app, &caller)?;
    let StreamQuery { after, types, client } = query?;
    let own_client = client.is_some();
    let ask = OpenStream {
        after: starting(&headers, after),
        client,
        token_expires: caller.expires,
        beat: app.settings.heartbeat,
        window: app.settings.window,
        reader: caller.reader,
    };
    let name = ReaderName::new(&ask.reader.user);
    let retry = retry(app.service.entropy());
    match app.service.open_stream(ask).await {
        Ok(stream) => {
            let taken = StreamAnswer::Taken { open: stream.open_everywhere() };
            Ok(counted(answer(Body::new(Sse::new(stream, name, types, retry, app.settings.flush))), taken))
        }
        Err(Error::Busy { .. }) if !own_client => Ok(come_back(retry)),
        Err(error @ Error::Busy { .. }) => Ok(counted(Failure::from(error).into_response(), StreamAnswer::Refused)),
        Err(error) => Err(error.into()),
    }
}

/// A plain `EventSource` stops for ever on 503, so it is told to come back by a stream that ends at once.
fn come_back(retry: Duration) -> Response {
    let mut bytes = Vec::new();
    sse::retry(&mut bytes, retry);
    counted(answer(Body::from(bytes)), StreamAnswer::Refused)
}

fn counted(mut response: Response, outcome: StreamAnswer) -> Response {
    response.extensions_mut().insert(outcome);
    response
}

/// A token may be a little late everywhere else; a stream that it opened would end at once.
fn still_good(app: &App, caller: &Caller) -> Result<(), Failure> {
    if caller.expires <= app.service.clock().now() {
        return Err(Failure(Problem::Unauthenticated(Unauthenticated::Expired)));
    }
    Ok(())
}

/// A header that is no text is a cursor that cannot be read: a reset, never "now". An empty one says nothing: the client met no id.
fn starting(headers: &HeaderMap, after: query::After) -> After {
    let held = headers.get(LAST_EVENT_ID).filter(|value| !value.is_empty());
    to_after(held.map_or(after, |value| cursor::after(Some(value.as_bytes()))))
}

fn retry(entropy: &dyn Entropy) -> Duration {
    let span = u64::try_from(RETRY.as_millis()).unwrap_or(u64::MAX);
    RETRY + Duration::from_millis(entropy.u64() % span)
}

fn answer(body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(sse::MEDIA_TYPE)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONNECTION, HeaderValue::from_static("keep-alive")),
        (ACCEL_BUFFERING, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// The body of a stream.
struct Sse {
    stream: Stream,
    name: ReaderName,
    types: Types,
    opening: Vec<u8>,
    flush: StreamFlush,
    /// What is being written is more than a heartbeat.
    news: bool,
    /// A comment follows what was written last.
    flushing: bool,
    ended: bool,
}

impl Sse {
    fn new(stream: Stream, name: ReaderName, types: Types, retry: Duration, flush: StreamFlush) -> Self {
        let mut opening = Vec::new();
        sse::opening(&mut opening, retry, &cursor::position_text(stream.position()));
        Self { stream, name, types, opening, flush, news: true, flushing: false, ended: false }
    }

    fn group(&self, out: &mut Vec<u8>, group: &Group) {
        let place = cursor::position_text(self.stream.position());
        let muted = &self.stream.preferences().muted;
        let encode_all = |events: &[Event]| events.iter().map(encode).collect::<Vec<EncodedEvent>>();
        match group.encoded(encode_all) {
            Some(encoded) if muted.is_empty() => sse::group(out, encoded, &self.name, &self.types, &place),
            _ => {
                let shown: Vec<EncodedEvent> = group.shown(self.stream.preferences()).map(|(_, event)| encode(event)).collect();
                sse::group(out, &shown, &self.name, &self.types, &place);
            }
        }
    }

    /// Writes down what there is; `false` once there is nothing more to wait for.
    fn fill(&mut self, cx: &mut Context<'_>, out: &mut Vec<u8>) -> bool {
        while out.len() < WRITE_BYTES {
            match self.stream.poll_next(cx) {
                Poll::Ready(Some(Item::Group(group))) => {
                    self.news = true;
                    self.group(out, &group);
                }
                Poll::Ready(Some(Item::Reset)) => {
                    self.news = true;
                    let place = cursor::position_text(self.stream.position());
                    sse::group(out, &[encode(&Event::Reset)], &self.name, &Types::ALL, &place);
                }
                Poll::Ready(Some(Item::Beat)) => sse::heartbeat(out),
                Poll::Ready(Some(Item::End(why))) => {
                    debug!(?why, "a stream ended");
                    return false;
                }
                Poll::Ready(None) => return false,
                Poll::Pending => return true,
            }
        }
        true
    }
}

impl http_body::Body for Sse {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.flushing {
            self.flushing = false;
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(sse::FLUSH)))));
        }
        let mut out = std::mem::take(&mut self.opening);
        if !self.ended {
            self.ended = !self.fill(cx, &mut out);
        }
        if !out.is_empty() {
            let news = std::mem::take(&mut self.news);
            self.flushing = news && self.flush == StreamFlush::Comment;
            if news && self.flush == StreamFlush::Pad {
                sse::pad(&mut out, PAD_BYTES);
            }
            Poll::Ready(Some(Ok(Frame::data(out.into()))))
        } else if self.ended {
            Poll::Ready(None)
        } else {
            Poll::Pending
        }
    }
}
