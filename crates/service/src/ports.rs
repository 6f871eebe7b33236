//! What truly has two implementations: time, chance, where publications and jobs go, and the way to open sockets.

use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use inbox::audience::Reader;
use inbox::id::ConnectionId;
use inbox::job::Job;
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};
use inbox::preferences::Preferences;
use inbox::publication::Publication;

use crate::Group;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// Chance.
pub trait Entropy: Send + Sync {
    /// 64 bits of it.
    fn u64(&self) -> u64;
    /// Fills `bytes` with it.
    fn fill(&self, bytes: &mut [u8]);
}

/// Takes publications to `deliver`: a topic and a queue on AWS, a channel in one process.
pub trait Publish: Send + Sync {
    /// Hands them over, all or none; `Ok` once they will not be lost.
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>>;
}

/// Why publications were not taken; they may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// More waits already than may wait.
    #[error("too many events are waiting")]
    Busy,
    /// They could not be stored.
    #[error("the events could not be handed over")]
    Failed,
}

/// Sends messages to open sockets: API Gateway's management endpoint on AWS, the sockets themselves in one process.
///
/// It tries once; who calls it waits and tries again.
pub trait Push: Send + Sync {
    /// Sends one message to one socket.
    fn post<'a>(&'a self, connection: &'a ConnectionId, message: Bytes) -> BoxFuture<'a, Result<(), PushError>>;
    /// Closes a socket.
    fn close<'a>(&'a self, connection: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>>;
    /// Whether any socket may be open. Only a process that holds all of them can say no; a commit then costs nothing for pushing.
    fn listening(&self) -> bool {
        true
    }
}

/// Why a message did not reach a socket, by what is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// The socket is closed: its row goes.
    #[error("the socket is closed")]
    Gone,
    /// Too many messages at once: wait.
    #[error("too many messages at once")]
    Throttled {
        /// How long to wait at least, where that was said.
        retry_after: Option<Duration>,
    },
    /// No socket takes so long a message.
    #[error("the message is too large")]
    TooLarge,
    /// It failed, or nothing was answered in time: it may have arrived.
    #[error("the message was not taken")]
    Failed,
}

/// Makes the messages that are pushed. The wire is not known here, so whoever knows it brings this: one implementation for all.
pub trait Encode: Send + Sync {
    /// One commit of a feed as this reader gets it, without what they muted: [`Group::shown`] tells which events stay. The events are
    /// encoded once a group ([`Group::encoded`]), not once a socket.
    fn push(&self, feed: &Feed, group: &Group, reader: &Reader, muted: &Preferences) -> Bytes;
    /// That there is a commit of this number, and nothing of what it brought: who gets it resumes.
    fn notice(&self, feed: &Feed, n: Seq) -> Bytes;
}

/// Takes background jobs to [`crate::Service::work`]: a queue on AWS, a channel in one process. A job may come twice.
pub trait Jobs: Send + Sync {
    /// Hands them over; `Ok` once they will not be lost. None of them is done before `delay` is over.
    fn enqueue(&self, jobs: Vec<Job>, delay: Duration) -> BoxFuture<'_, Result<(), PublishError>>;
}
