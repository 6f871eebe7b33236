//! Batches of the queue, handled by `deliver`.

use std::time::Duration;

use aws::dead_letters::DeadLetterQueue;
use aws::sqs::Deliver;
use aws::telemetry::{Counts, Metric};
use inbox::page::Filter;
use serde_json::{Value, json};
use service::{From, PageAsk, PushSettings};
use testkit::cloud::Cloud;
use testkit::{Sockets, World, reader};

use crate::support::{clients_at, record};

const DEAD: &str = "https://sqs.eu-west-1.amazonaws.com/1/dead";

/// What a batch is answered, as the bytes that go to Lambda, and what was counted.
async fn handle(world: &World, url: &str, records: Vec<Value>) -> (String, Counts) {
    handle_within(world, url, records, Duration::from_secs(30)).await
}

/// The same, where so much of the invocation's time is left.
async fn handle_within(world: &World, url: &str, records: Vec<Value>, left: Duration) -> (String, Counts) {
    let deliver = Deliver::new(world.service.clone(), DeadLetterQueue::new(clients_at(url), DEAD.to_owned()));
    let mut counts = Counts::default();
    let event = serde_json::from_value(json!({"Records": records})).unwrap();
    let response = deliver.handle(event, world.now().plus(left), &mut counts).await;
    (serde_json::to_string(&response).unwrap(), counts)
}

fn good(n: usize) -> Value {
    record(&format!("m{n}"), &json!({"type": "notification", "userId": "anna", "title": format!("n{n}")}), &json!({}))
}

async fn unread(world: &World) -> u32 {
    let ask = PageAsk { from: From::Page(1), limit: 1, filter: Filter::default() };
    world.service.page(&reader("anna", &[]), &ask).await.unwrap().counts.unread
}

/// Case 51: poison is put aside with its reason, and counts as done; its mates are applied.
#[tokio::test]
async fn the_fourth_of_ten_is_poison_and_nine_are_applied() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    let mut records: Vec<Value> = (0..10).map(good).collect();
    records[3] = record("m3", "not JSON", &json!({}));
    let (response, counts) = handle(&world, &cloud.url(), records).await;
    assert_eq!(response, r#"{"batchItemFailures":[]}"#);
    assert_eq!((counts.get(Metric::EventsApplied), counts.get(Metric::EventsPoison)), (9, 1));
    assert_eq!(unread(&world).await, 9);
    let sent = cloud.sent();
    assert_eq!((sent.len(), sent[0].to.as_str(), sent[0].body.as_str()), (1, DEAD, "not JSON"));
    assert!(sent[0].attributes["reason"].as_str().unwrap().contains("JSON"), "{:?}", sent[0]);
    assert_eq!(sent[0].attributes["messageId"], "m3");
}

/// Case 51, where it cannot be put aside: then it alone comes again, and the queue's own limit puts it aside one day.
#[tokio::test]
async fn poison_that_cannot_be_put_aside_comes_again() {
    let world = World::new(1).await;
    let (response, counts) = handle(&world, "http://127.0.0.1:1", vec![good(0), record("m1", "{}", &json!({}))]).await;
    assert_eq!(response, r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#);
    assert_eq!(counts.get(Metric::EventsApplied), 1);
}

/// Case 52: Lambda takes a whole batch for done where a key is spelled otherwise.
#[tokio::test(start_paused = true)]
async fn what_failed_is_named_in_lambdas_own_spelling() {
    let world = World::new(1).await;
    world.engine().faults().set(engine::FaultPlan { throttle: 1.0, seed: 1, ..engine::FaultPlan::default() });
    let (response, counts) = handle(&world, "http://127.0.0.1:1", vec![good(0), good(1)]).await;
    assert_eq!(response, r#"{"batchItemFailures":[{"itemIdentifier":"m0"},{"itemIdentifier":"m1"}]}"#);
    assert_eq!(counts.get(Metric::EventsTrouble), 2);
}

/// Case 53: attributes come with their types; only ours are looked at, and one of a wrong type is poison.
#[tokio::test]
async fn attributes_come_with_their_types() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    let text = json!({"type": "notification", "userId": "anna", "title": "t"});
    let kind = |kind: &str, value: &str| json!({"dataType": kind, "stringValue": value, "stringListValues": [], "binaryListValues": []});
    let binary = json!({"dataType": "Binary", "binaryValue": "AAEC", "stringListValues": [], "binaryListValues": []});
    let records = vec![
        record("a", &text, &json!({"type": kind("String", "notification"), "priority": kind("Number", "7"), "blob": binary.clone()})),
        record("b", &text, &json!({"type": kind("Number", "7")})),
        record("c", &text, &json!({"userId": binary})),
        record("d", &text, &json!({"userId": kind("String", "ben")})),
    ];
    let (response, counts) = handle(&world, &cloud.url(), records).await;
    assert_eq!(response, r#"{"batchItemFailures":[]}"#);
    assert_eq!((counts.get(Metric::EventsApplied), counts.get(Metric::EventsPoison)), (1, 3));
    let reasons: Vec<String> = cloud.sent().iter().map(|sent| sent.attributes["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons.iter().filter(|reason| reason.contains("must be of the type String")).count(), 2, "{reasons:?}");
    assert_eq!(reasons.iter().filter(|reason| reason.contains("does not agree")).count(), 1, "{reasons:?}");
}

/// Delivered twice, applied once: by the author's id, else by the queue's.
#[tokio::test]
async fn an_event_that_comes_twice_is_applied_once() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    let named = |id: &str| record(id, &json!({"type": "notification", "id": "e1", "userId": "anna", "title": "t"}), &json!({}));
    let (_, counts) = handle(&world, &cloud.url(), vec![named("a"), good(1), named("b"), good(1)]).await;
    assert_eq!((counts.get(Metric::EventsApplied), counts.get(Metric::EventsDuplicate)), (2, 2));
    let (_, counts) = handle(&world, &cloud.url(), vec![named("c"), good(1)]).await;
    assert_eq!((counts.get(Metric::EventsApplied), counts.get(Metric::EventsDuplicate)), (0, 2));
    assert_eq!((unread(&world).await, cloud.sent().len()), (2, 0));
}

#[tokio::test]
async fn odd_records_harm_nobody() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    let records = vec![json!({"messageId": "a"}), json!({"messageId": "b", "body": ""}), good(2)];
    let (response, counts) = handle(&world, &cloud.url(), records).await;
    assert_eq!(response, r#"{"batchItemFailures":[]}"#);
    assert_eq!((counts.get(Metric::EventsPoison), cloud.sent().len()), (2, 2));
    assert_eq!(handle(&world, &cloud.url(), Vec::new()).await.0, r#"{"batchItemFailures":[]}"#);
}

/// A table that hangs costs no more than there is: Lambda would else stop the function before it has answered for any of them.
#[tokio::test]
async fn a_table_that_hangs_leaves_time_to_answer_and_to_put_poison_aside() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    world.engine().faults().set(engine::FaultPlan { delay_ms: 1_000_000..1_000_001, ..engine::FaultPlan::default() });
    let records = vec![good(0), record("m1", "not JSON", &json!({})), good(2)];
    // The table has what is beyond 10 s.
    let (response, counts) = handle_within(&world, &cloud.url(), records, Duration::from_millis(10_200)).await;
    assert_eq!(response, r#"{"batchItemFailures":[{"itemIdentifier":"m0"},{"itemIdentifier":"m2"}]}"#);
    assert_eq!((counts.get(Metric::EventsTrouble), counts.get(Metric::EventsPoison)), (2, 1));
    assert_eq!(cloud.sent().len(), 1);
    assert!(world.now().since(testkit::clock::BEGIN) < Duration::from_secs(10));
}

/// Whoever took it first may have stored it and stopped before they told anybody.
#[tokio::test]
async fn a_broadcast_that_the_queue_brings_again_is_told() {
    let (mut world, cloud, sockets) = (World::new(1).await, Cloud::open().await, Sockets::new(1));
    let stopped = world.process();
    sockets.serve(&world.service, PushSettings { shards: 1, ..PushSettings::default() });
    let broadcast = |count: &str| {
        let mut record = record("m", &json!({"type": "broadcast", "title": "t"}), &json!({}));
        record["attributes"]["ApproximateReceiveCount"] = json!(count);
        record
    };
    let deliver = Deliver::new(stopped, DeadLetterQueue::new(clients_at(&cloud.url()), DEAD.to_owned()));
    let event = serde_json::from_value(json!({"Records": [broadcast("1")]})).unwrap();
    deliver.handle(event, world.now().plus(Duration::from_secs(30)), &mut Counts::default()).await;
    handle(&world, &cloud.url(), vec![broadcast("1")]).await;
    assert!(sockets.take_jobs().is_empty());
    let (response, counts) = handle(&world, &cloud.url(), vec![broadcast("2")]).await;
    assert_eq!((response.as_str(), counts.get(Metric::EventsDuplicate)), (r#"{"batchItemFailures":[]}"#, 1));
    assert_eq!(sockets.take_jobs().len(), 1);
}
