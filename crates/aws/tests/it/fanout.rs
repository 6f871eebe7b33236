//! Background jobs, handled by `fanout`.

use std::sync::Arc;
use std::time::Duration;

use aws::dead_letters::DeadLetterQueue;
use aws::encode::Encoder;
use aws::fanout::Fanout;
use aws::jobs::JobQueue;
use aws::push::Gateway;
use aws::telemetry::{Counts, Metric};
use contract::job;
use inbox::id::{Channel, ConnectionId};
use inbox::position::{Feed, Seq};
use serde_json::{Value, json};
use service::{Job, Jobs as _, PushSettings};
use table::connections::Connection;
use table::state::Muting;
use testkit::cloud::{Cloud, Told};
use testkit::{Chance, World, broadcast, reader};

use crate::support::{clients_at, record};

const JOBS: &str = "https://sqs.eu-west-1.amazonaws.com/1/jobs";
const DEAD: &str = "https://sqs.eu-west-1.amazonaws.com/1/dead";

pub(crate) struct Side {
    pub(crate) world: World,
    pub(crate) cloud: Cloud,
    fanout: Fanout,
    gateway: Arc<Gateway>,
}

impl Side {
    pub(crate) async fn new() -> Self {
        let (world, cloud) = (World::new(1).await, Cloud::open().await);
        let clients = clients_at(&cloud.url());
        let gateway = Arc::new(Gateway::new(Arc::clone(&clients), Some(format!("{}/prod", cloud.url()))));
        let jobs = JobQueue::new(Arc::clone(&clients), JOBS.to_owned(), Arc::new(Chance::new(1)));
        let settings = PushSettings { shards: 1, attempts: 2, ..PushSettings::default() };
        world.service.push_to(gateway.clone(), Arc::new(jobs), Arc::new(Encoder), settings);
        let fanout = Fanout::new(world.service.clone(), DeadLetterQueue::new(clients, DEAD.to_owned()), 1_000);
        Self { world, cloud, fanout, gateway }
    }

    /// Sockets that have been open for a while: one that is not quite open yet is no closed one.
    pub(crate) async fn connect(&self, count: usize) {
        for number in 0..count {
            let socket = Connection {
                id: ConnectionId::parse(&format!("s{number}=")).unwrap(),
                reader: reader(&format!("u{number}"), &[]),
                muting: Muting::default(),
                opened: self.world.now().minus(Duration::from_mins(1)),
                expires: self.world.now().plus(Duration::from_hours(1)),
            };
            self.world.service.table().put_connection(&socket, 1).await.unwrap();
        }
    }

    pub(crate) async fn handle(&self, text: &str, left: Duration) -> (Value, Counts) {
        let event = json!({"Records": [record("m", text, &json!({}))]});
        let mut counts = Counts::default();
        let deadline = self.world.now().plus(left);
        let response = self.fanout.handle(serde_json::from_value(event).unwrap(), deadline, &mut counts).await;
        self.gateway.take_counts(&mut counts);
        (serde_json::to_value(response).unwrap(), counts)
    }
}

fn everyone(n: u64) -> Job {
    Job::Fanout { feed: Feed::channel(None, Channel::Everyone), n: Seq(n), shard: 0, start: None }
}

/// Case 46: the third of ten is closed; its row goes, the others hear of it, and the job is done.
#[tokio::test]
async fn one_closed_socket_of_ten_keeps_nobody_from_hearing() {
    let side = Side::new().await;
    side.connect(10).await;
    side.cloud.sockets_answer(|id| if id == "s2=" { Told::Gone } else { Told::Taken });
    side.world.deliver([broadcast("everyone", "one")]).await;
    side.world.service.flush_pushes().await;
    let jobs = side.cloud.sent();
    assert_eq!((jobs.len(), jobs[0].to.as_str(), jobs[0].body.as_str()), (1, JOBS, job::encode(&everyone(1)).as_str()));
    let (response, counts) = side.handle(&jobs[0].body, Duration::from_mins(1)).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    assert_eq!((counts.get(Metric::PushesPosted), counts.get(Metric::PushesGone)), (9, 1));
    assert_eq!(side.cloud.posts().len(), 9);
    let gone = side.world.service.ping(&ConnectionId::parse("s2=").unwrap()).await;
    assert!(matches!(gone, Err(service::Error::NotFound(_))));
}

/// An invocation that has no time left hands the whole job on.
#[tokio::test]
async fn a_job_without_time_is_handed_on() {
    let side = Side::new().await;
    side.connect(3).await;
    side.world.deliver([broadcast("everyone", "one")]).await;
    let (response, counts) = side.handle(&job::encode(&everyone(1)), Duration::from_secs(1)).await;
    assert_eq!((response, counts.get(Metric::PushesPosted)), (json!({"batchItemFailures": []}), 0));
    let jobs = side.cloud.sent();
    assert_eq!(jobs.iter().map(|job| job.body.as_str()).collect::<Vec<_>>(), [job::encode(&everyone(1))]);
}

#[tokio::test]
async fn what_is_no_job_is_put_aside_with_its_reason() {
    let side = Side::new().await;
    let (response, _) = side.handle("{\"job\":\"dance\"}", Duration::from_mins(1)).await;
    assert_eq!(response, json!({"batchItemFailures": []}));
    let sent = side.cloud.sent();
    assert_eq!((sent.len(), sent[0].to.as_str()), (1, DEAD));
    assert!(sent[0].attributes["reason"].as_str().unwrap().contains("must be one of fanout, sweep"));
}

/// A batch of jobs is cut as SQS takes it, and kept back as long as SQS can.
#[tokio::test]
async fn jobs_are_enqueued_ten_at_a_time() {
    let cloud = Cloud::open().await;
    let queue = JobQueue::new(clients_at(&cloud.url()), JOBS.to_owned(), Arc::new(Chance::new(1)));
    queue.enqueue((1..=25).map(everyone).collect(), Duration::from_millis(1_500)).await.unwrap();
    let sent = cloud.sent();
    assert_eq!((sent.len(), sent[24].body.as_str()), (25, job::encode(&everyone(25)).as_str()));
    assert!(sent.iter().all(|sent| sent.delay_s == 2 && sent.to == JOBS));
    queue.enqueue(vec![everyone(1)], Duration::from_hours(1)).await.unwrap();
    assert_eq!(cloud.sent()[0].delay_s, 900);
}
