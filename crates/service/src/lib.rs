//! Use cases: what happens when somebody reads, marks, publishes or listens.
//!
//! Knows no JSON, no HTTP and no Lambda. Time, chance and the way to the topic come in through `ports`.

mod asks;
mod catch_up;
pub mod chain;
mod channels;
mod counted;
mod deliver;
mod error;
mod fanout;
mod group;
mod hub;
mod idempotency;
mod mark;
mod mark_all;
mod outbox;
mod pages;
mod plan;
pub mod ports;
mod post;
mod preferences;
mod push;
mod retry;
mod snapshot;
mod sockets;
mod stream;
mod sweep;
mod tail;
mod tasks;
mod tickets;
mod versions;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use inbox::id::EventId;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::Feed;
use inbox::publication::Publication;
use table::Table;

pub use asks::{
    After, Begun, From, Mark, Marked, Message, Outcome, Page, PageAsk, Polled, Target, TaskAsk, TaskFrom, TaskPage, TicketHolder, Version,
};
pub use error::{Error, Refusal};
pub use fanout::{Pace, Worked};
pub use group::Group;
pub use hub::Hub;
pub use inbox::job::Job;
pub use outbox::PushSettings;
pub use ports::{Clock, Encode, Entropy, Jobs, Publish, PublishError, Push, PushError};
pub use sockets::{Positions, Resumed, Step};
pub use stream::{Item, OpenStream, Stream};

use channels::Channels;

/// What a deployment chose.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long notifications are kept at most.
    pub retention: Duration,
    /// How long tasks are kept after their last update.
    pub task_retention: Duration,
    /// How old a copy of a channel may be before it is looked at again.
    pub channel_age: Duration,
    /// What the copies of all channels may weigh together, in bytes of text. Those that were asked for last are kept; the last one is
    /// whatever it weighs, which is 20 MB for a channel full of the longest broadcasts.
    pub channel_bytes: usize,
    /// In how many partitions each channel stands: [`limits::CHANNEL_PARTITIONS`] at most. A process follows one of them, at random. All
    /// that write to a table must agree on the number, or a reader is up to a minute late.
    pub channel_partitions: u32,
    /// Whether several customers share the deployment: then every event names its tenant, else none does.
    pub tenants: bool,
    /// How many streams this process holds at most.
    pub streams_max: usize,
    /// How many streams all processes together hold at most; `None` where nobody counts them, which costs nothing.
    pub streams_everywhere_max: Option<usize>,
    /// How often a stream's feed is looked at without being woken: after activity, and when idle. The first is also how often it is asked
    /// whether it is time; so 0.7 s are three times a quarter, with a little room for the look itself. What another process stores comes within
    /// a second.
    pub ticks: (Duration, Duration),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retention: limits::RETENTION,
            task_retention: limits::TASK_RETENTION,
            channel_age: Duration::from_secs(1),
            channel_bytes: 64 << 20,
            channel_partitions: 1,
            tenants: false,
            streams_max: usize::MAX,
            streams_everywhere_max: None,
            ticks: (Duration::from_millis(250), Duration::from_millis(700)),
        }
    }
}

/// The use cases over one table. Cheap to clone.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    table: Table,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    settings: Settings,
    publish: OnceLock<Arc<dyn Publish>>,
    pushing: OnceLock<outbox::Pushing>,
    outbox: outbox::Outbox,
    channels: Channels,
    counted: counted::Counted,
    hub: Hub,
    writers: Mutex<HashMap<Feed, Weak<tokio::sync::Mutex<()>>>>,
    swept: tokio::sync::mpsc::UnboundedSender<(Feed, Moment)>,
    to_sweep: Mutex<Option<tokio::sync::mpsc::UnboundedReceiver<(Feed, Moment)>>>,
}

impl Service {
    /// The use cases over this table.
    pub fn new(table: Table, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>, settings: Settings) -> Self {
        let (swept, to_sweep) = tokio::sync::mpsc::unbounded_channel();
        let table = match settings.channel_partitions {
            0 | 1 => table,
            several => table.with_channel_partitions(several, entropy.u64()),
        };
        let inner = Inner {
            table,
            clock,
            entropy,
            settings,
            publish: OnceLock::new(),
            pushing: OnceLock::new(),
            outbox: outbox::Outbox::default(),
            channels: Channels::default(),
            counted: counted::Counted::default(),
            hub: Hub::default(),
            writers: Mutex::default(),
            swept,
            to_sweep: Mutex::new(Some(to_sweep)),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Where publications go from now on; said once.
    pub fn publish_to(&self, publish: Arc<dyn Publish>) {
        if self.inner.publish.set(publish).is_err() {
            tracing::warn!("a second way to publish is ignored");
        }
    }

    /// The clock that all use cases read.
    pub fn clock(&self) -> &dyn Clock {
        &*self.inner.clock
    }

    /// The chance that all use cases draw on.
    pub fn entropy(&self) -> &dyn Entropy {
        &*self.inner.entropy
    }

    /// The table.
    pub fn table(&self) -> &Table {
        &self.inner.table
    }

    /// The hub that all streams hang on.
    pub fn hub(&self) -> &Hub {
        &self.inner.hub
    }

    /// What the deployment chose.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// A new name for an event: a ULID of this moment.
    ///
    /// # Panics
    /// Never: a ULID is a valid id.
    pub fn new_event_id(&self) -> EventId {
        let millis = u64::try_from(self.clock().now().millis()).unwrap_or(0);
        let chance = (u128::from(self.entropy().u64()) << 64) | u128::from(self.entropy().u64());
        #[expect(clippy::expect_used, reason = "a ULID is 26 letters and digits")]
        EventId::parse(&ulid::Ulid::from_parts(millis, chance).to_string()).expect("a ULID is a valid id")
    }

    /// Publishes; `Ok` once nothing of it can be lost.
    ///
    /// # Errors
    /// [`Error::Busy`] where it could not be handed over.
    pub async fn publish(&self, publications: Vec<Publication>) -> Result<(), Error> {
        let publish = self.inner.publish.get().ok_or_else(|| Error::Internal("there is no way to publish".into()))?;
        publish.publish(publications).await.map_err(|error| {
            tracing::warn!(%error, "events were not taken");
            Error::busy()
        })
    }

    fn now(&self) -> Moment {
        self.inner.clock.now()
    }

    /// Writers of one feed within one process wait for each other instead of racing: a lost race costs write units.
    fn writer(&self, feed: &Feed) -> Arc<tokio::sync::Mutex<()>> {
        let mut writers = self.inner.writers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = writers.get(feed).and_then(Weak::upgrade) {
            return held;
        }
        if writers.len() > 1_024 {
            writers.retain(|_, held| held.strong_count() > 0);
        }
        let fresh = Arc::new(tokio::sync::Mutex::new(()));
        writers.insert(feed.clone(), Arc::downgrade(&fresh));
        fresh
    }
}
