//! What a log says of pushes: which request they belong to, and where the other side is down, one line and not one a try.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws::dead_letters::DeadLetterQueue;
use aws::encode::Encoder;
use aws::fanout::Fanout;
use aws::push::Gateway;
use aws::telemetry::Counts;
use bytes::Bytes;
use contract::job;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::id::ConnectionId;
use serde_json::json;
use service::{Job, Jobs, PublishError, Push, PushError, PushSettings};
use testkit::cloud::{Cloud, Told};
use testkit::{Sockets, World, broadcast, notify, reader};
use tracing::Instrument as _;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{clients_at, record};

/// Lines of a log.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn take(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// A log of this thread, as long as the guard lives.
fn log(level: tracing::Level) -> (Lines, tracing::subscriber::DefaultGuard) {
    let lines = Lines::default();
    let log = tracing_subscriber::fmt().with_max_level(level).with_ansi(false).with_writer(lines.clone()).finish();
    (lines, testkit::log_to(log))
}

async fn open(world: &World, names: &[&str]) {
    for name in names {
        let expires = world.now().plus(Duration::from_hours(1));
        world.service.connect(&ConnectionId::parse(name).unwrap(), &reader("anna", &[]), expires).await.unwrap();
    }
}

#[tokio::test]
async fn a_socket_side_that_is_down_is_one_line_a_flush_and_one_a_job() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    cloud.sockets_answer(|_| Told::Trouble);
    let clients = clients_at(&cloud.url());
    let gateway = Arc::new(Gateway::new(Arc::clone(&clients), Some(format!("{}/prod", cloud.url()))));
    let (jobs, settings) = (Sockets::new(1), PushSettings { shards: 1, attempts: 2, ..PushSettings::default() });
    world.service.push_to(gateway, Arc::new(jobs.clone()), Arc::new(Encoder), settings);
    open(&world, &["a=", "b=", "c=", "d="]).await;
    let (lines, _log) = log(tracing::Level::WARN);
    world.deliver([notify("anna", "one"), broadcast("everyone", "all")]).await;
    world.service.flush_pushes().await;
    let said = lines.take();
    assert!(said.len() == 1 && said[0].contains("lost=4"), "{said:#?}");
    let fanout =
        Fanout::new(world.service.clone(), DeadLetterQueue::new(clients, "https://sqs.eu-west-1.amazonaws.com/1/d".to_owned()), 1_000);
    let text = job::encode(&jobs.take_jobs()[0]);
    let event = serde_json::from_value(json!({"Records": [record("m", &text, &json!({}))]})).unwrap();
    fanout.handle(event, world.now().plus(Duration::from_mins(1)), &mut Counts::default()).await;
    let said = lines.take();
    assert!(said.len() == 1 && said[0].contains("lost=4"), "{said:#?}");
}

/// Says in the log that it was used.
struct Saying;

impl Push for Saying {
    fn post<'a>(&'a self, _: &'a ConnectionId, _: Bytes) -> BoxFuture<'a, Result<(), PushError>> {
        async {
            tracing::info!("a post");
            Ok(())
        }
        .boxed()
    }

    fn close<'a>(&'a self, _: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>> {
        async { Ok(()) }.boxed()
    }
}

impl Jobs for Saying {
    fn enqueue(&self, _: Vec<Job>, _: Duration) -> BoxFuture<'_, Result<(), PublishError>> {
        async {
            tracing::info!("a job");
            Ok(())
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_push_is_logged_under_the_request_that_committed() {
    let world = World::new(1).await;
    world.service.push_to(Arc::new(Saying), Arc::new(Saying), Arc::new(Encoder), PushSettings { shards: 1, ..PushSettings::default() });
    open(&world, &["a="]).await;
    let (lines, _log) = log(tracing::Level::INFO);
    let request = async {
        world.deliver([notify("anna", "one"), broadcast("everyone", "all")]).await;
        world.service.flush_pushes().await;
    };
    request.instrument(tracing::info_span!("request", request_id = "r1")).await;
    for what in ["a post", "a job"] {
        let said = lines.0.lock().map(|bytes| String::from_utf8(bytes.clone()).unwrap()).unwrap();
        let line = said.lines().find(|line| line.contains(what)).unwrap();
        assert!(line.contains("request_id=\"r1\""), "{line}");
    }
}
