//! `deliver` as SQS hands it batches; each single event of `events/` is handed over in `events.rs`.

use engine::FaultPlan;
use serde_json::{Value, json};
use testkit::cloud::Told;

use crate::support::{JOBS, SHARDS, Site, event, titles};

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_stored_and_a_broadcast_makes_a_job_a_shard() {
    let site = Site::open().await;
    let function = site.launch("deliver").start().await;
    let answer = function.invoke(event("deliver-batch.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
    assert_eq!(sorted(titles(&site).await), ["Maintenance at six", "Your export is ready"]);
    let jobs: Vec<Value> = site.cloud.sent().iter().map(|sent| serde_json::from_str(&sent.body).unwrap()).collect();
    let mut shards: Vec<u64> = jobs.iter().filter_map(|job| job["shard"].as_u64()).collect();
    shards.sort_unstable();
    assert_eq!(shards, (0..u64::from(SHARDS)).collect::<Vec<_>>(), "{jobs:?}");
    assert!(jobs.iter().all(|job| job["job"] == "fanout" && job["n"] == 1), "{jobs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn i4_a_batch_that_comes_again_changes_nothing() {
    let site = Site::open().await;
    let function = site.launch("deliver").start().await;
    for _ in 0..2 {
        let answer = function.invoke(event("deliver-duplicate.json").as_bytes()).returned().await.unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
    }
    assert_eq!(titles(&site).await, ["Your export is ready"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn news_reach_an_open_socket_and_a_closed_one_loses_its_row() {
    let site = Site::open().await;
    let websocket = site.launch("websocket").start().await;
    websocket.invoke(event("socket-connect-bearer.json").as_bytes()).returned().await.unwrap();
    let function = site.launch("deliver").start().await;
    function.invoke(event("deliver-duplicate.json").as_bytes()).returned().await.unwrap();
    let posts = site.cloud.posts();
    assert!(!posts.is_empty(), "{}", function.log());

    site.cloud.sockets_answer(|_| Told::Gone);
    let more = json!({"type": "notification", "userId": "anna", "title": "gone"}).to_string();
    let again = crate::support::changed("deliver-batch.json", |event| event["Records"][1]["body"] = json!(more));
    let answer = function.invoke(&again).returned().await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}), "a push that is lost fails nothing");
    let ping = websocket.invoke(event("socket-ping.json").as_bytes()).returned().await;
    assert!(ping.is_ok(), "{ping:?}");
    site.cloud.sockets_answer(|_| Told::Taken);
    site.cloud.posts();
    let last = crate::support::changed("deliver-batch.json", |event| event["Records"][1]["body"] = json!(more.replace("gone", "later")));
    function.invoke(&last).returned().await.unwrap();
    assert!(site.cloud.posts().is_empty(), "its row is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_trouble_has_the_whole_batch_come_again() {
    let site = Site::open().await;
    let function = site.launch("deliver").start().await;
    site.cloud.table_fails(true);
    let answer = function.invoke(event("deliver-batch.json").as_bytes()).returned().await.unwrap();
    let batch: Value = serde_json::from_str(&event("deliver-batch.json")).unwrap();
    let all = batch["Records"].as_array().unwrap().iter().map(|record| json!({"itemIdentifier": record["messageId"]}));
    assert_eq!(answer, json!({"batchItemFailures": all.collect::<Vec<_>>()}), "{}", function.log());
    site.cloud.table_fails(false);
    let answer = function.invoke(event("deliver-batch.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer, json!({"batchItemFailures": []}), "{}", function.log());
    assert_eq!(sorted(titles(&site).await), ["Maintenance at six", "Your export is ready"]);
}

/// Case 60: the alarm goes by this line.
#[tokio::test(flavor = "multi_thread")]
async fn a_feed_that_is_nearly_full_is_told_in_gigabytes() {
    let site = Site::open().await;
    let function = site.launch("deliver").start().await;
    site.cloud.engine().faults().set(FaultPlan { collections_gb: 8, ..FaultPlan::default() });
    function.invoke(event("deliver-batch.json").as_bytes()).returned().await.unwrap();
    let log = function.logged("LargestFeed").await;
    let line = log.lines().find(|line| line.contains("LargestFeed")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["LargestFeed"], 8);
    let metrics = line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap();
    assert!(metrics.contains(&json!({"Name": "LargestFeed", "Unit": "Gigabytes"})), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_event_is_logged() {
    let site = Site::open().await;
    let function = site.launch("deliver").start().await;
    function.invoke(event("deliver-batch.json").as_bytes()).returned().await.unwrap();
    assert!(site.cloud.sent().iter().all(|sent| sent.to == JOBS));
    let log = function.logged("CloudWatchMetrics").await;
    for secret in ["Maintenance at six", "Your export", "1,204 rows"] {
        assert!(!log.contains(secret), "{log}");
    }
}

/// Between two feeds no order is promised.
fn sorted(mut titles: Vec<String>) -> Vec<String> {
    titles.sort_unstable();
    titles
}
