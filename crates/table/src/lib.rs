//! The truth: what is stored in DynamoDB, one access pattern a file.
//!
//! Everything goes through `aws-sdk-dynamodb`; whether a table on AWS or the embedded engine answers, nothing here knows.
//! Knows no use case, no JSON and no HTTP. `key` is the only place that spells a key.

pub mod capacity;
pub mod commit;
pub mod connections;
mod entry;
pub mod idempotency;
mod item;
pub mod journal;
pub mod key;
pub mod keys;
pub mod marks;
pub mod notifications;
mod range;
pub mod schema;
pub mod settle;
pub mod state;
pub mod stream_slots;
pub mod streams;
pub mod tasks;
pub mod tickets;
mod unprocessed;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use inbox::limits;
use inbox::position::{Feed, FeedOf};

pub use capacity::{Meter, Units};

/// The table, its name, and the generation that a restore from backup must change.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: Arc<str>,
    generation: Arc<str>,
    partitions: Partitions,
    meter: Arc<Meter>,
}

/// Where channels stand: everybody reads them, and one partition takes 3,000 read units a second (DynamoDB, 2026).
#[derive(Clone, Copy, Debug)]
struct Partitions {
    /// How many hold each channel.
    of_a_channel: u32,
    /// The one that this process reads where a moment does not matter.
    read: u32,
}

/// How fresh a read must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Half the price; may be a moment old.
    Eventual,
    /// Whatever was acknowledged before is seen.
    Consistent,
}

impl Freshness {
    fn consistent(self) -> bool {
        self == Self::Consistent
    }
}

/// What went wrong, by what the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another writer was first: read again, wait, and try again.
    #[error("another writer was first")]
    Conflict,
    /// The table asks for a pause.
    #[error("the table asks for a pause")]
    Throttled(#[source] Source),
    /// A number of the journal is missing for good: whoever follows it must start anew.
    #[error("the journal has a hole")]
    Hole,
    /// An item that this code did not write.
    #[error("an item cannot be read: {0}")]
    Corrupt(&'static str),
    /// The table will not have it, however often it is asked; nothing is stored.
    #[error("the table calls it invalid")]
    Invalid(#[source] Source),
    /// The engine failed or could not be reached.
    #[error("the table could not be used")]
    Engine(#[source] Source),
}

/// The cause of an [`Error`], kept for logs.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

impl Table {
    /// A table behind this client. `generation` is part of every feed's tag.
    pub fn new(client: Client, name: &str, generation: &str) -> Self {
        let partitions = Partitions { of_a_channel: 1, read: 0 };
        Self { client, name: name.into(), generation: generation.into(), partitions, meter: Arc::default() }
    }

    /// The same, with each channel in so many partitions, at most [`limits::CHANNEL_PARTITIONS`], of which this process follows the
    /// one that `chance` falls on. All that write to a table must agree on the number, or a reader is up to a minute late.
    #[must_use]
    pub fn with_channel_partitions(mut self, number: u32, chance: u64) -> Self {
        let number = number.clamp(1, limits::CHANNEL_PARTITIONS);
        let read = u32::try_from(chance % u64::from(number)).unwrap_or(0);
        self.partitions = Partitions { of_a_channel: number, read };
        self
    }

    /// In how many partitions each channel stands.
    pub fn channel_partitions(&self) -> u32 {
        self.partitions.of_a_channel
    }

    /// Whether this process follows another partition of channels than their own.
    pub fn follows_a_further_partition(&self) -> bool {
        self.partitions.read > 0
    }

    /// The partition that is read: one of a channel's where a moment does not matter, else the feed's own.
    fn read_from(&self, feed: &Feed, freshness: Freshness) -> String {
        match (&feed.of, freshness) {
            (FeedOf::Channel(_), Freshness::Eventual) => key::partition(feed, self.partitions.read),
            (FeedOf::Channel(_), Freshness::Consistent) | (FeedOf::User(_), _) => key::feed(feed),
        }
    }

    /// The partitions that a commit is written to besides the feed's own.
    fn further_partitions(&self, feed: &Feed) -> impl Iterator<Item = String> {
        let number = match feed.of {
            FeedOf::Channel(_) => self.partitions.of_a_channel,
            FeedOf::User(_) => 1,
        };
        (1..number).map(|number| key::partition(feed, number))
    }

    /// The units used through this value and its clones.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }
}

/// For a call that, done twice, is not what it was done once: the SDK does not repeat it where its answer is lost.
fn once() -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::config::Builder::new().retry_config(RetryConfig::disabled())
}

const THROTTLES: [&str; 4] =
    ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded", "LimitExceededException"];

fn failed<E>(error: SdkError<E>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    SdkError<E>: ProvideErrorMetadata,
{
    match error.code() {
        Some(code) if THROTTLES.contains(&code) => Error::Throttled(Box::new(error)),
        Some("ValidationException") => Error::Invalid(Box::new(error)),
        Some("TransactionConflictException" | "TransactionInProgressException") => Error::Conflict,
        Some(_) | None => Error::Engine(Box::new(error)),
    }
}
