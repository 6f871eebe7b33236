//! The embedded `DynamoDB`: a `SQLite`-backed engine behind the official client, in process, without a socket.
//!
//! Whoever holds an [`Engine`] asks it for an ordinary `aws_sdk_dynamodb::Client`; conditions, transactions, paging, indexes and
//! consumed capacity are real. What the engine itself never does (conflicts, throttling, stale or torn reads, lost answers) the
//! [`Faults`] do on demand, from a seed. Knows nothing of Belfry's tables.
//!
//! A file-backed engine keeps a write-ahead log with a sync per commit (`SQLite`'s `synchronous=FULL`, its default, which nothing
//! here lowers), so neither a kill nor a power cut loses what was acknowledged.
//!
//! ```
//! use aws_sdk_dynamodb::types::{AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let client = engine::Engine::in_memory()?.client();
//! let pk = AttributeDefinition::builder().attribute_name("PK").attribute_type(ScalarAttributeType::S).build()?;
//! let hash = KeySchemaElement::builder().attribute_name("PK").key_type(KeyType::Hash).build()?;
//! let table = client.create_table().table_name("notes").billing_mode(BillingMode::PayPerRequest);
//! table.attribute_definitions(pk).key_schema(hash).send().await?;
//!
//! let key = AttributeValue::S("a".into());
//! client.put_item().table_name("notes").item("PK", key.clone()).send().await?;
//! let found = client.get_item().table_name("notes").key("PK", key).consistent_read(true).send().await?;
//! assert!(found.item.is_some());
//! # Ok(()) })
//! # }
//! ```

mod answer;
mod connector;
mod dispatch;
mod error;
mod fate;
mod faults;
mod replicas;
mod sweep;
mod token;
mod touched;
mod truth;
mod writes;

use std::path::Path;
use std::sync::Arc;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use dynoxide::Database;
use truth::Truth;

pub use error::Error;
pub use faults::{Clock, Counters, FaultPlan, Faults, Forced};
pub use replicas::{Ack, Visibility};
pub use truth::Elsewhere;

/// An embedded `DynamoDB`. Clones share one database and one set of faults.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// What the engine and every connector of its clients share.
pub(crate) struct Inner {
    pub(crate) truth: Truth,
    pub(crate) faults: Faults,
    pub(crate) running: Running,
}

/// Where a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Running {
    /// On the caller's task, after yielding once. In memory a call takes microseconds and syncs nothing, and running in the order
    /// of the tasks is what makes a simulation repeat itself from its seed; a thread pool would not.
    Inline,
    /// On tokio's blocking pool, since a commit waits for the disk. It holds paused time back while it runs.
    Blocking,
}

impl Engine {
    /// A new, empty engine that lives as long as its last clone or client.
    ///
    /// # Errors
    /// [`Error::Open`] when the database cannot be set up.
    pub fn in_memory() -> Result<Self, Error> {
        let db = Database::memory().map_err(|source| Error::Open { path: ":memory:".into(), source })?;
        Ok(Self::new(Truth::Embedded(db), Running::Inline))
    }

    /// Opens the engine in the file at `path`, which is made when absent. Its `-wal` and `-shm` files stand beside it.
    ///
    /// # Errors
    /// [`Error::Path`] for a path that is not UTF-8, [`Error::Open`] when the file cannot be opened or is no such database.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let text = path.to_str().ok_or_else(|| Error::Path { path: path.into() })?;
        let db = Database::new(text).map_err(|source| Error::Open { path: path.into(), source })?;
        Ok(Self::new(Truth::Embedded(db), Running::Blocking))
    }

    /// The faults before an engine of somebody else's: conditions, transactions, paging and units are that one's. What is shown late or item
    /// by item comes from embedded copies that follow it, since no engine shows its own halves.
    pub fn before(elsewhere: impl Elsewhere + 'static) -> Self {
        Self::new(Truth::Elsewhere(Box::new(elsewhere)), Running::Blocking)
    }

    fn new(truth: Truth, running: Running) -> Self {
        Self { inner: Arc::new(Inner { truth, faults: Faults::new(), running }) }
    }

    /// A client of this engine, with dummy credentials.
    ///
    /// The SDK's standard retry is on, as in production: four attempts, 25 ms base delay (1 s after throttling), full jitter from
    /// the SDK's own chance, slept on tokio's clock. So a throttled call or a lost connection is tried again before the caller
    /// sees it, while conflicts and cancelled transactions are not. Unlike in production the client never runs out of retries.
    /// The `ClientRequestToken` that the SDK makes up is taken off a transaction (the engine would keep each for ten minutes
    /// and become ever slower); one that the caller set is kept.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        let retries = RetryPartition::custom("embedded").token_bucket(TokenBucket::unlimited()).build();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://embedded.invalid")
            .credentials_provider(Credentials::new("embedded", "embedded", None, None, "embedded"))
            .http_client(connector::Connector::new(Arc::clone(&self.inner)))
            .interceptor(token::MarkCallersToken)
            .sleep_impl(TokioSleep::new())
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .retry_partition(retries)
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// The connector of [`Engine::client`] by itself: answers requests of the official SDK, of any process that brings them here.
    pub fn connector(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(connector::Connector::new(Arc::clone(&self.inner)))
    }

    /// Deletes every item whose TTL attribute (whole seconds) lies before `now_ms` (UTC milliseconds), and says how many.
    ///
    /// Nothing else ever deletes them. Blocks while it reads each table that has a TTL: from async code, through
    /// `tokio::task::spawn_blocking`. Goes in pages, so that other calls get their turn. No fault befalls it.
    ///
    /// # Errors
    /// [`Error::Engine`] when the database fails; what was deleted until then stays deleted.
    pub fn sweep_ttl(&self, now_ms: i64) -> Result<usize, Error> {
        sweep::sweep(&self.inner, now_ms)
    }

    /// The faults that befall this engine's clients: none, until asked for.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("running", &self.inner.running).finish_non_exhaustive()
    }
}
