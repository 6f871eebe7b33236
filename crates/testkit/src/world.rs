//! The world itself.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use engine::Engine;
use futures::FutureExt;
use futures::future::BoxFuture;
use inbox::audience::Reader;
use inbox::id::{Topic, UserId};
use inbox::moment::Moment;
use inbox::publication::Publication;
use service::{Clock, Entropy, Message, Outcome, Publish, PublishError, Service, Settings};
use table::Table;

use crate::{Chance, Draft, StoppedClock, Store};

/// One table and the processes over it. To be made where tokio's time is paused.
pub struct World {
    store: Store,
    clock: StoppedClock,
    chance: Arc<Chance>,
    settings: Settings,
    processes: Processes,
    tasks: Vec<tokio::task::JoinHandle<()>>,
    /// The first process.
    pub service: Service,
}

type Processes = Arc<Mutex<Vec<Service>>>;

/// A user of no tenant, with a token that names these topics.
///
/// # Panics
/// Where a name is none.
#[expect(clippy::unwrap_used, reason = "a test that misspells a name is to fail")]
pub fn reader(user: &str, topics: &[&str]) -> Reader {
    let topics = topics.iter().map(|topic| Topic::parse(topic).unwrap()).collect();
    Reader::new(None, UserId::parse(user).unwrap(), topics)
}

impl World {
    /// A world with one process, all its chance from this seed.
    pub async fn new(seed: u64) -> Self {
        Self::with(seed, Settings::default()).await
    }

    /// The same, with these settings.
    ///
    /// # Panics
    /// Where the engine cannot be set up.
    #[expect(clippy::unwrap_used, reason = "without an engine there is no world")]
    pub async fn with(seed: u64, settings: Settings) -> Self {
        let store = Store::new();
        let (clock, chance) = (StoppedClock::start(seed), Arc::new(Chance::new(seed)));
        let processes = Processes::default();
        let mut tasks = Vec::new();
        let service = begin(&store, &clock, &chance, settings, "g1", &processes, &mut tasks);
        service.table().create_if_missing().await.unwrap();
        Self { store, clock, chance, settings, processes, tasks, service }
    }

    /// Another process over the same table.
    pub fn process(&mut self) -> Service {
        self.process_of("g1")
    }

    /// Another process with settings of its own: as while a deployment replaces one by the other.
    pub fn process_with(&mut self, settings: Settings) -> Service {
        begin(&self.store, &self.clock, &self.chance, settings, "g1", &self.processes, &mut self.tasks)
    }

    /// A process of another generation: as after a restore from backup.
    pub fn process_of(&mut self, generation: &str) -> Service {
        begin(&self.store, &self.clock, &self.chance, self.settings, generation, &self.processes, &mut self.tasks)
    }

    /// A client of the table's own engine, whichever it is.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        self.store.client()
    }

    /// The engine, for its faults and its sweep.
    pub fn engine(&self) -> &Engine {
        self.store.engine()
    }

    /// The world's chance.
    pub fn chance(&self) -> &Chance {
        &self.chance
    }

    /// What time it is.
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Lets time pass.
    pub async fn run_for(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    /// Jumps ahead: what was to happen in between happens once, at the end.
    pub async fn jump(&self, span: Duration) {
        tokio::time::advance(span).await;
    }

    /// Removes what expired, as DynamoDB does some day.
    ///
    /// # Panics
    /// Where the engine fails.
    #[expect(clippy::unwrap_used, reason = "without an engine there is no world")]
    pub fn sweep_ttl(&self) -> usize {
        self.engine().sweep_ttl(self.now().millis()).unwrap()
    }

    /// Finishes drafts: those without an id or a time get one.
    pub fn finish(&self, drafts: impl IntoIterator<Item = Draft>) -> Vec<Publication> {
        drafts.into_iter().map(|draft| draft.publish(self.service.new_event_id(), self.now())).collect()
    }

    /// Delivers a batch by this process.
    pub async fn deliver_by(&self, service: &Service, drafts: impl IntoIterator<Item = Draft>) -> Vec<Outcome> {
        service.deliver(&messages(self.finish(drafts))).await
    }

    /// Delivers a batch by the first process.
    pub async fn deliver(&self, drafts: impl IntoIterator<Item = Draft>) -> Vec<Outcome> {
        self.deliver_by(&self.service, drafts).await
    }

    /// Delivers one by the first process; tells whether it changed anything.
    ///
    /// # Panics
    /// Where it is not applied.
    #[expect(clippy::panic, reason = "whoever expects trouble asks for outcomes")]
    pub async fn send(&self, draft: Draft) -> bool {
        match self.deliver([draft]).await.as_slice() {
            [Outcome::Applied { changed }] => *changed,
            other => panic!("not applied: {other:?}"),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// Publications as the queue hands them over.
pub fn messages(publications: Vec<Publication>) -> Vec<Message> {
    let number = |(place, publication)| Message { handle: format!("h{place}"), publication, redelivered: false };
    publications.into_iter().enumerate().map(number).collect()
}

fn begin(
    store: &Store,
    clock: &StoppedClock,
    chance: &Arc<Chance>,
    settings: Settings,
    generation: &str,
    processes: &Processes,
    tasks: &mut Vec<tokio::task::JoinHandle<()>>,
) -> Service {
    let table = Table::new(store.client(), "belfry", generation);
    let service = Service::new(table, Arc::new(clock.clone()), Arc::new(Chance::new(chance.u64())), settings);
    let mut all = processes.lock().unwrap_or_else(PoisonError::into_inner);
    service.publish_to(Arc::new(Straight { processes: Arc::downgrade(processes), place: all.len() }));
    all.push(service.clone());
    let (ticking, sweeping) = (service.clone(), service.clone());
    tasks.push(tokio::spawn(async move { ticking.run_ticker().await }));
    tasks.push(tokio::spawn(async move { sweeping.run_sweeper().await }));
    service
}

/// Publishes straight to the process's own `deliver`.
struct Straight {
    processes: Weak<Mutex<Vec<Service>>>,
    place: usize,
}

impl Publish for Straight {
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            let processes = self.processes.upgrade().ok_or(PublishError::Failed)?;
            let service = processes.lock().unwrap_or_else(PoisonError::into_inner).get(self.place).cloned();
            let outcomes = service.ok_or(PublishError::Failed)?.deliver(&messages(publications)).await;
            if outcomes.contains(&Outcome::Trouble) { Err(PublishError::Failed) } else { Ok(()) }
        }
        .boxed()
    }
}
