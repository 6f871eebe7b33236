//! What clients are told, and how long their streams last.

use std::time::Duration;

use belfry_http::app::{self, COOKIE_NAME, StreamFlush, Transport};
use belfry_http::origin::Origin;
use inbox::limits;

use super::Asks;

/// How long a stream is held unless said otherwise: an idle minute of one costs what an hour of a socket does.
const WINDOW_S: u64 = 120;
/// A function runs no longer (AWS Lambda quotas, 2026: 15 minutes), and needs a moment to begin and to end.
const WINDOW_S_MAX: u64 = 890;

/// What clients are told, and how long their streams last.
#[derive(Clone, Debug)]
pub struct Web {
    /// `BELFRY_ALLOWED_ORIGINS`, between commas.
    pub allowed_origins: Vec<Origin>,
    /// `BELFRY_COOKIE_NAME`.
    pub cookie_name: String,
    /// `BELFRY_TRANSPORTS`, between commas, in order; `socket, sse, poll` by default.
    pub transports: Vec<Transport>,
    /// Where sockets are opened. `BELFRY_SOCKETS_URL`.
    pub sockets_url: Option<String>,
    /// `BELFRY_HEARTBEAT_S`, 15 by default.
    pub heartbeat: Duration,
    /// `BELFRY_STREAM_WINDOW_S`, 120 by default.
    pub window: Duration,
    /// `BELFRY_STREAM_FLUSH`, `comment` by default.
    pub flush: StreamFlush,
    /// How many streams are held by all instances together. `BELFRY_STREAMS_MAX`; without it, no cap. Below
    /// `BELFRY_STREAM_RESERVED_CONCURRENCY` in any case, where that is not 0: else Lambda would refuse streams before we do, and say less.
    pub streams_max: Option<usize>,
}

impl Web {
    /// The same for the HTTP layer.
    pub fn settings(&self) -> app::Settings {
        app::Settings {
            allowed_origins: self.allowed_origins.clone(),
            cookie_name: self.cookie_name.clone(),
            transports: self.transports.clone(),
            sockets_url: self.sockets_url.clone(),
            heartbeat: self.heartbeat,
            window: self.window,
            flush: self.flush,
        }
    }
}

pub(super) fn read(asks: &mut Asks<'_>) -> Web {
    let cookie = asks.text("BELFRY_COOKIE_NAME").unwrap_or(COOKIE_NAME);
    let sockets_url = asks.text("BELFRY_SOCKETS_URL").map(sockets_url).transpose();
    Web {
        allowed_origins: origins(asks),
        cookie_name: asks.note(cookie_name(cookie), String::new()),
        transports: transports(asks),
        sockets_url: asks.note(sockets_url, None),
        heartbeat: Duration::from_secs(asks.number("BELFRY_HEARTBEAT_S", 1..=limits::HEARTBEAT_MAX.as_secs(), limits::HEARTBEAT.as_secs())),
        window: Duration::from_secs(asks.number("BELFRY_STREAM_WINDOW_S", 1..=WINDOW_S_MAX, WINDOW_S)),
        flush: flush(asks),
        streams_max: streams_max(asks),
    }
}

fn origins(asks: &mut Asks<'_>) -> Vec<Origin> {
    let mut good = Vec::new();
    for text in asks.list("BELFRY_ALLOWED_ORIGINS") {
        match Origin::parse(text) {
            Ok(origin) => good.push(origin),
            Err(error) => asks.problems.push(format!("BELFRY_ALLOWED_ORIGINS: {error}")),
        }
    }
    good
}

fn cookie_name(name: &str) -> Result<String, String> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.bytes().all(token) { Ok(name.to_owned()) } else { Err(format!("BELFRY_COOKIE_NAME={name} is not a cookie's name")) }
}

fn sockets_url(url: &str) -> Result<String, String> {
    let rest = url.strip_prefix("wss://").or_else(|| url.strip_prefix("ws://")).unwrap_or_default();
    let good = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#' | b'"' | b','));
    if good { Ok(url.to_owned()) } else { Err(format!("BELFRY_SOCKETS_URL={url} is not an address like wss://ws.app.example/prod")) }
}

fn transports(asks: &mut Asks<'_>) -> Vec<Transport> {
    let words = asks.list("BELFRY_TRANSPORTS");
    if words.is_empty() {
        return vec![Transport::Socket, Transport::Sse, Transport::Poll];
    }
    let parsed: Option<Vec<_>> = words.iter().map(|word| Transport::parse(word)).collect();
    let twice = |list: &Vec<Transport>| list.iter().enumerate().any(|(place, one)| list[..place].contains(one));
    let read = parsed.filter(|list| !twice(list));
    let wrong = || format!("BELFRY_TRANSPORTS={} must name some of sse, socket and poll, each once", words.join(","));
    asks.note(read.ok_or_else(wrong), Vec::new())
}

fn flush(asks: &mut Asks<'_>) -> StreamFlush {
    let Some(word) = asks.text("BELFRY_STREAM_FLUSH") else { return StreamFlush::Comment };
    let read = StreamFlush::parse(word).ok_or_else(|| format!("BELFRY_STREAM_FLUSH={word} must be none, comment or pad"));
    asks.note(read, StreamFlush::None)
}

fn streams_max(asks: &mut Asks<'_>) -> Option<usize> {
    let wanted = asks.text("BELFRY_STREAMS_MAX").is_some().then(|| asks.number("BELFRY_STREAMS_MAX", 1..=1_000_000, 1));
    let reserved = asks.number("BELFRY_STREAM_RESERVED_CONCURRENCY", 0..=1_000_000, 0);
    let below = (reserved > 0).then(|| (reserved - 1).max(1));
    usize::try_from(wanted.into_iter().chain(below).min()?).ok()
}
