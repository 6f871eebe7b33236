//! One message to one socket: tried, waited for and tried again; never for ever, and never so that anybody else waits for it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use inbox::backoff::Backoff;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};
use table::connections::Connection;

use crate::Service;
use crate::outbox::Pushing;
use crate::ports::PushError;

/// With five tries some 3 s for the unluckiest.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2) };

/// The longest that a socket's side may have us wait, whatever it says.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Posted {
    /// The socket's side took it.
    Taken,
    /// The socket is closed, and its row removed.
    Gone,
    /// Given up: the socket finds out by the next number, by its ping or when it resumes.
    Lost,
    /// There is no time left for it; the second says whether it was tried at all.
    Unfinished(bool),
}

/// How to post: no faster than this, and to be done by then.
pub(crate) struct Posting<'a> {
    pub(crate) pushing: &'a Pushing,
    pub(crate) pacer: Option<&'a Pacer>,
    pub(crate) until: Option<Moment>,
}

impl Posting<'_> {
    fn over(&self, at: Moment) -> bool {
        self.until.is_some_and(|until| at >= until)
    }
}

/// A message, and what takes its place where it is too large.
pub(crate) struct Letter<'a> {
    pub(crate) feed: &'a Feed,
    pub(crate) n: Seq,
    pub(crate) bytes: Bytes,
}

impl<'a> Letter<'a> {
    /// What is too large for a socket goes as a notice.
    pub(crate) fn new(pushing: &Pushing, feed: &'a Feed, n: Seq, bytes: Bytes) -> Self {
        let bytes = if bytes.len() > limits::SOCKET_MESSAGE_BYTES { pushing.encode.notice(feed, n) } else { bytes };
        Self { feed, n, bytes }
    }
}

impl Service {
    /// Posts a message; the second value counts the tries beyond the first. Its first turn the caller has waited for.
    pub(crate) async fn post(&self, how: &Posting<'_>, to: &Connection, letter: &Letter<'_>) -> (Posted, u32) {
        let settings = &how.pushing.settings;
        let mut message = letter.bytes.clone();
        let mut shrunk = false;
        let mut attempt = 0;
        loop {
            let posting = how.pushing.push.post(&to.id, message.clone());
            let answer = tokio::time::timeout(settings.post_within, posting).await.unwrap_or(Err(PushError::Failed));
            let asked = match answer {
                Ok(()) => {
                    how.pacer.inspect(|pacer| pacer.taken());
                    return (Posted::Taken, attempt);
                }
                // Not closed but not open yet: it resumes as soon as it is, and must find its row.
                Err(PushError::Gone) if self.now().since(to.opened) < limits::SOCKET_OPENING => return (Posted::Lost, attempt),
                Err(PushError::Gone) => {
                    self.forget(to).await;
                    return (Posted::Gone, attempt);
                }
                Err(PushError::TooLarge) if shrunk => return (Posted::Lost, attempt),
                Err(PushError::TooLarge) => {
                    (message, shrunk) = (how.pushing.encode.notice(letter.feed, letter.n), true);
                    continue;
                }
                Err(PushError::Throttled { retry_after }) => {
                    how.pacer.inspect(|pacer| pacer.throttled());
                    retry_after.unwrap_or_default().min(LONGEST_WAIT)
                }
                Err(PushError::Failed) => Duration::ZERO,
            };
            if attempt + 1 >= settings.attempts {
                return (Posted::Lost, attempt);
            }
            let wait = asked + BACKOFF.wait(attempt, self.inner.entropy.u64());
            if how.over(self.now().plus(wait)) {
                return (Posted::Unfinished(true), attempt);
            }
            tokio::time::sleep(wait).await;
            if !self.turn(how).await {
                return (Posted::Unfinished(true), attempt);
            }
            attempt += 1;
        }
    }

    /// Waits for the pace; `false` where the turn would come too late.
    pub(crate) async fn turn(&self, how: &Posting<'_>) -> bool {
        let now = self.now();
        let at = how.pacer.map_or(now, |pacer| pacer.slot(now));
        if how.over(at) {
            return false;
        }
        let wait = at.since(now);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        true
    }

    async fn forget(&self, socket: &Connection) {
        let id = &socket.id;
        if let Err(error) = self.inner.table.remove_connection(id, self.shards()).await {
            // Its row expires; until then each push finds it gone anew.
            tracing::debug!(connection.id = %id, error = %crate::chain::Chain(&error), "the row of a closed socket stays");
        }
    }
}

/// So many posts a second, evenly; fewer while the other side asks for it.
pub(crate) struct Pacer {
    interval_us: f64,
    held: Mutex<Held>,
}

struct Held {
    next_us: i64,
    slowed: f64,
}

/// How much longer between two posts after one was throttled, and how much shorter after each that was taken: balanced where one
/// in forty is throttled.
const SLOWER: f64 = 1.2;
const FASTER: f64 = 0.995;
/// At most so much slower than was asked for.
const SLOWEST: f64 = 4.0;

impl Pacer {
    /// So many posts a second, one at least.
    pub(crate) fn new(posts_per_second: u32) -> Self {
        let interval_us = 1_000_000.0 / f64::from(posts_per_second.max(1));
        Self { interval_us, held: Mutex::new(Held { next_us: i64::MIN, slowed: 1.0 }) }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next post may go.
    fn slot(&self, now: Moment) -> Moment {
        let mut held = self.held();
        let slot = held.next_us.max(now.millis().saturating_mul(1_000));
        #[expect(clippy::cast_possible_truncation, reason = "at most 4 s in microseconds")]
        let interval = (self.interval_us * held.slowed) as i64;
        held.next_us = slot.saturating_add(interval);
        Moment::from_millis(slot.div_euclid(1_000))
    }

    fn throttled(&self) {
        let mut held = self.held();
        held.slowed = (held.slowed * SLOWER).min(SLOWEST);
    }

    fn taken(&self) {
        let mut held = self.held();
        held.slowed = (held.slowed * FASTER).max(1.0);
    }
}
