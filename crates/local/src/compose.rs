//! Puts one server together: engine, table, use cases, topic, routes.

use std::fs::{DirBuilder, File};
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth::config::{KeySource, Secret};
use aws::jwks::JwksFetch;
use axum::Router;
use belfry_http::app::{self, App};
use belfry_http::authenticator::Authenticator;
use engine::Engine;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::publication::Publication;
use service::ports::{Publish, PublishError};
use service::{Message, Service};
use table::Table;

use crate::bus::{Apply, Bus, Outcome, Worker, bus};
use crate::dead_letters::DeadLetters;
use crate::intake::IntakeError;
use crate::jobs::{self, JobWorker};
use crate::ports::{Clock, Entropy};
use crate::pushing::Pushing;
use crate::settings::{Keys, Settings, published_keys};
use crate::signin::{self, SignIn};
use crate::sns_api::{self, SnsApi};
use crate::sockets::{self, Hall};
use crate::{dev_secret, page};

/// The table's name in the embedded engine.
const TABLE: &str = "belfry";
/// How often what has expired is taken off the disk; nobody sees it in between.
const SWEEP_EVERY: Duration = Duration::from_hours(1);
/// What expired less than this ago stays on the disk. A request reads the clock once and then reads on: what it still takes for
/// there must not go away under it, nor may a clock that is set back a little find things gone that are not over yet. (DynamoDB
/// itself takes days.)
const SWEEP_LAG: Duration = Duration::from_mins(1);

/// One process hears of its own commits at once; the timer is only a safety net.
const SAFETY_NET: Duration = Duration::from_secs(30);

/// Whatever kept a server from being put together, for its user.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// A server that is ready, but for its socket.
pub struct Server {
    /// Everything that is served.
    pub router: Router,
    /// The use cases.
    pub service: Service,
    /// The topic.
    pub bus: Bus,
    /// All open sockets.
    pub hall: Hall,
    /// What nobody could read.
    pub dead_letters: DeadLetters,
    /// Where sign-in for development is on: the secret that signs its tokens.
    pub development: Option<Secret>,
    engine: Engine,
    worker: Worker,
    jobs: JobWorker,
    /// Held for as long as this process serves the folder.
    lock: Option<File>,
}

/// What runs beside the requests. Stops when dropped.
pub struct Running {
    tasks: Vec<tokio::task::JoinHandle<()>>,
    _lock: Option<File>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

impl Server {
    /// Opens the data (made when absent) and composes the rest, to be served at `address`.
    ///
    /// # Errors
    /// The data cannot be opened, or a setting cannot be used after all.
    pub async fn compose(
        settings: &Settings,
        address: SocketAddr,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Error> {
        let data = settings.data.as_deref();
        let lock = data.map(take_folder).transpose()?;
        let engine = data.map_or_else(Engine::in_memory, |data| Engine::open(&data.join("belfry.db")))?;
        let dead_letters = data.map_or_else(|| Ok(DeadLetters::in_memory()), |data| DeadLetters::open(&data.join("dead-letters.jsonl")))?;
        let table = Table::new(engine.client(), TABLE, &settings.generation);
        table.create_if_missing().await?;

        let chosen = service::Settings {
            retention: settings.retention,
            tenants: settings.claims.tenants(),
            streams_max: settings.streams_max,
            channel_age: SAFETY_NET,
            ticks: (SAFETY_NET, SAFETY_NET),
            ..service::Settings::default()
        };
        let service = Service::new(table, Arc::clone(&clock), Arc::clone(&entropy), chosen);
        let (bus, worker) = bus(dead_letters.clone(), Arc::clone(&clock), Arc::clone(&entropy));
        service.publish_to(Arc::new(bus.clone()));
        let pushing = Pushing::new(address, &settings.access, &*entropy);
        let (queue, jobs) = jobs::queue();
        pushing.push_for(&service, queue);

        let development = development_secret(settings, &*entropy)?;
        let app =
            App { service: service.clone(), auth: Arc::new(authenticator(settings, development.as_ref())?), settings: http(settings) };
        let sockets = pushing.sockets(app.clone(), settings.streams_max, Arc::clone(&clock), Arc::clone(&entropy));
        let hall = sockets.hall.clone();
        let sns = SnsApi { intake: Arc::new(bus.clone()), access: settings.access.clone(), clock: Arc::clone(&clock), entropy };
        let mut router = page::router().merge(sns_api::router(sns)).merge(sockets::router(sockets));
        // Its tokens name no customer, and without one no token is accepted.
        if let Some(secret) = development.as_ref().filter(|_| !settings.claims.tenants()) {
            router = router.merge(signin::router(SignIn { secret: secret.clone(), cookie_name: settings.cookie_name.clone(), clock }));
        }
        let router = router.fallback_service(belfry_http::router::router(app));
        Ok(Self { router, service, bus, hall, dead_letters, development, engine, worker, jobs, lock })
    }

    /// Starts what runs beside the requests.
    pub fn start(self) -> Running {
        let (ticker, sweeper, pusher) = (self.service.clone(), self.service.clone(), self.service.clone());
        let tasks = vec![
            tokio::spawn(self.worker.run(Arc::new(Store(self.service.clone())))),
            tokio::spawn(async move { ticker.run_ticker().await }),
            tokio::spawn(async move { sweeper.run_sweeper().await }),
            tokio::spawn(async move { pusher.run_pusher().await }),
            tokio::spawn(self.jobs.run(self.service.clone())),
            tokio::spawn(expire(self.engine, self.service)),
        ];
        Running { tasks, _lock: self.lock }
    }
}

/// Makes the folder for its owner alone, and takes it for this process alone: two would not hear of each other's news at once.
fn take_folder(data: &Path) -> Result<File, Error> {
    let named = |error: io::Error| format!("{} cannot be used: {error}", data.display());
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(data).map_err(named)?;
    let lock = File::create(data.join("lock")).map_err(named)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(format!("another belfry serves {}: stop it, or give another --data", data.display()).into())
        }
        Err(std::fs::TryLockError::Error(error)) => Err(named(error).into()),
    }
}

fn development_secret(settings: &Settings, entropy: &dyn Entropy) -> io::Result<Option<Secret>> {
    match (&settings.keys, &settings.data) {
        (Keys::Development, Some(data)) => dev_secret::read_or_make(data, entropy).map(Some),
        (Keys::Development, None) => Ok(Some(dev_secret::fleeting(entropy))),
        (Keys::Secret(_) | Keys::Jwks(_), _) => Ok(None),
    }
}

fn authenticator(settings: &Settings, development: Option<&Secret>) -> Result<Authenticator, Error> {
    let secret = match (&settings.keys, development) {
        (Keys::Jwks(url), _) => {
            return Ok(Authenticator::with_fetcher(settings.claims.with_keys(published_keys()), JwksFetch::new(url)));
        }
        (Keys::Secret(secret), _) | (Keys::Development, Some(secret)) => secret.clone(),
        (Keys::Development, None) => return Err("there is no development secret".into()),
    };
    Ok(Authenticator::new(settings.claims.with_keys(KeySource::Hs256(secret))))
}

fn http(settings: &Settings) -> Arc<app::Settings> {
    Arc::new(app::Settings {
        allowed_origins: settings.allowed_origins.clone(),
        cookie_name: settings.cookie_name.clone(),
        heartbeat: settings.heartbeat,
        window: settings.window,
        sockets_url: Some(sockets::PATH.to_owned()),
        ..app::Settings::default()
    })
}

/// Takes off the disk what expired a while ago, now and every hour.
async fn expire(engine: Engine, service: Service) {
    loop {
        let (engine, until) = (engine.clone(), service.clock().now().minus(SWEEP_LAG));
        match tokio::task::spawn_blocking(move || engine.sweep_ttl(until.millis())).await {
            Ok(Ok(removed)) => tracing::debug!(removed, "{removed} expired items were removed"),
            Ok(Err(error)) => tracing::warn!("expired items could not be removed: {error}"),
            Err(error) => tracing::warn!("expired items could not be removed: {error}"),
        }
        tokio::time::sleep(SWEEP_EVERY).await;
    }
}

/// The use cases as the bus sees them.
struct Store(Service);

impl Apply for Store {
    fn apply(&self, publications: Vec<Publication>) -> BoxFuture<'_, Vec<Outcome>> {
        let message = |publication: Publication| Message {
            handle: publication.id.as_str().to_owned(),
            publication,
            // Sockets end with the process, so what an earlier one did not push nobody waits for.
            redelivered: false,
        };
        let messages: Vec<_> = publications.into_iter().map(message).collect();
        let outcome = |outcome| match outcome {
            service::Outcome::Applied { .. } => Outcome::Applied,
            service::Outcome::Poison { reason } => Outcome::Poison(reason),
            service::Outcome::Trouble => Outcome::Trouble,
        };
        async move { self.0.deliver(&messages).await.into_iter().map(outcome).collect() }.boxed()
    }
}

impl Publish for Bus {
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>> {
        let told = |error| match error {
            IntakeError::Busy => PublishError::Busy,
            IntakeError::NotStored => PublishError::Failed,
        };
        async move { Self::publish(self, publications).await.map_err(told) }.boxed()
    }
}
