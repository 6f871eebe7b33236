//! `fanout` as SQS hands it jobs; each single event of `events/` is handed over in `events.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use inbox::id::ConnectionId;
use serde_json::{Value, json};
use testkit::cloud::Told;

use crate::support::{JOBS, SHARDS, Site, changed, event};

impl Site {
    /// How often each socket was posted a message since this was last asked.
    fn posted_to(&self) -> BTreeMap<String, usize> {
        let mut times = BTreeMap::new();
        for post in self.cloud.posts() {
            assert!(post.message.is_some(), "a broadcast closes nothing");
            *times.entry(post.connection).or_default() += 1;
        }
        times
    }

    fn jobs(&self) -> Vec<Value> {
        let sent = self.cloud.sent();
        assert!(sent.iter().all(|sent| sent.to == JOBS), "{sent:?}");
        sent.iter().map(|sent| serde_json::from_str(&sent.body).unwrap()).collect()
    }
}

fn job_of(shard: u32) -> Vec<u8> {
    handing(&json!({"job": "fanout", "channel": "everyone", "n": 1, "shard": shard}))
}

fn handing(job: &Value) -> Vec<u8> {
    changed("fanout-job.json", |event| event["Records"][0]["body"] = json!(job.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_socket_of_every_shard_is_told_once() {
    let site = Site::open().await;
    site.connect(25).await;
    site.broadcast("to everyone").await;
    let function = site.launch("fanout").start().await;
    for shard in 0..SHARDS {
        let answer = function.invoke(&job_of(shard)).returned().await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
    }
    let times = site.posted_to();
    assert_eq!((times.len(), times.values().max()), (25, Some(&1)), "{times:?}\n{}", function.log());
    assert_eq!(site.jobs(), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn throttled_posts_are_tried_again_and_closed_sockets_are_forgotten() {
    let site = Site::open().await;
    site.connect(25).await;
    site.broadcast("to everyone").await;
    let tries = AtomicU32::new(0);
    site.cloud.sockets_answer(move |connection| match tries.fetch_add(1, Ordering::SeqCst) % 5 {
        _ if connection == "socket-3=" => Told::Gone,
        1 => Told::Throttled,
        3 => Told::Trouble,
        _ => Told::Taken,
    });
    let function = site.launch("fanout").start().await;
    for shard in 0..SHARDS {
        function.invoke(&job_of(shard)).returned().await.unwrap();
    }
    let told: BTreeSet<String> = site.posted_to().into_keys().collect();
    assert_eq!((told.len(), told.contains("socket-3=")), (24, false), "{told:?}\n{}", function.log());
    let gone = ConnectionId::parse("socket-3=").unwrap();
    assert_eq!(site.service.table().connection(&gone, SHARDS).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_its_time_is_handed_on() {
    let site = Site::open().await;
    site.connect(40).await;
    site.broadcast("to everyone").await;
    // Some twenty a shard at five a second, and three seconds of them before the deadline's margin.
    let slow = site.launch("fanout").with("BELFRY_FANOUT_POSTS_PER_S", "5").with("BELFRY_FANOUT_CONCURRENCY", "1");
    let function = slow.timeout(Duration::from_secs(8)).start().await;
    let mut jobs = vec![json!({"job": "fanout", "channel": "everyone", "n": 1, "shard": 0})];
    let (mut times, mut invocations) = (BTreeMap::<String, usize>::new(), 0);
    while let Some(job) = jobs.pop() {
        let answer = function.invoke(&handing(&job)).returned().await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
        for (connection, posts) in site.posted_to() {
            *times.entry(connection).or_default() += posts;
        }
        jobs.extend(site.jobs());
        invocations += 1;
        assert!(invocations < 20, "{jobs:?}");
    }
    let start = None;
    let (shard, next) = site.service.table().connections_in(0, start, 100).await.unwrap();
    assert_eq!((shard.len(), next), (times.len(), None), "{times:?}");
    assert!(invocations > 1, "it all fitted");
    assert!(times.values().all(|posts| *posts <= 2), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_management_endpoint_that_does_not_answer_holds_nothing_up() {
    let site = Site::open().await;
    site.connect(6).await;
    site.broadcast("to everyone").await;
    site.cloud.sockets_answer(|connection| if connection == "socket-0=" { Told::Silence } else { Told::Taken });
    let function = site.launch("fanout").start().await;
    for shard in 0..SHARDS {
        let answer = function.invoke(&job_of(shard)).returned().await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
    }
    assert_eq!(site.posted_to().len(), 5, "{}", function.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_trouble_has_the_job_come_again() {
    let site = Site::open().await;
    site.connect(5).await;
    site.broadcast("to everyone").await;
    let function = site.launch("fanout").start().await;
    site.cloud.table_fails(true);
    let answer = function.invoke(event("fanout-job.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), 1, "{answer}");
}
