//! Answers that are lost, rows that cannot be read, batches that are left undone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use engine::FaultPlan;
use inbox::id::Slot;
use inbox::journal::Doc;
use inbox::position::{Feed, Seq};
use table::{Error, Freshness, Table, key};
use testkit::Store;

use crate::common::{SHARDS, connection, id, noon, table, user};

/// Every write is done, and no answer to it arrives.
fn cut(store: &Store) {
    store.engine().faults().set(FaultPlan { cut_after_commit: 1.0, ..FaultPlan::default() });
}

#[tokio::test(start_paused = true)]
async fn a_ticket_whose_taking_is_not_answered_is_trouble_and_not_unknown() {
    let (store, table) = table().await;
    table.put_ticket("t", "anna", noon().plus(Duration::from_mins(1))).await.unwrap();
    cut(&store);
    let taken = table.take_ticket("t", noon()).await;
    assert!(matches!(taken, Err(Error::Engine(_))), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn a_slot_whose_taking_is_not_answered_is_counted_once() {
    let (store, table) = table().await;
    let window = Duration::from_mins(2);
    cut(&store);
    let taken = table.acquire_stream_slot(noon(), window, 2).await;
    assert!(matches!(taken, Err(Error::Engine(_))), "{taken:?}");
    store.engine().faults().heal();
    assert!(table.acquire_stream_slot(noon(), window, 2).await.unwrap().is_some(), "the lost one is counted more than once");
    assert_eq!(table.acquire_stream_slot(noon(), window, 2).await.unwrap(), None);
}

/// Changes the row of a connection of shard 0 behind the table's back.
async fn spoil(store: &Store, name: &str, attribute: &str, value: AttributeValue) {
    let update = store.client().update_item().table_name("belfry");
    let update = update.key(key::PK, AttributeValue::S(key::shard(0))).key(key::SK, AttributeValue::S(key::connection(&id(name))));
    let update = update.update_expression("SET #a = :a").expression_attribute_names("#a", attribute);
    update.expression_attribute_values(":a", value).send().await.unwrap();
}

#[tokio::test]
async fn a_row_that_cannot_be_read_keeps_no_other_from_being_found() {
    let (store, table) = table().await;
    for name in ["a", "b", "c", "d"] {
        table.put_connection(&connection(name, "anna"), 1).await.unwrap();
    }
    spoil(&store, "b", "muted", AttributeValue::N("1".to_owned())).await;
    let names = |found: &[table::connections::Connection]| found.iter().map(|one| one.id.as_str().to_owned()).collect::<Vec<_>>();
    let mut of_user = names(&table.connections_of(None, &user("anna"), noon(), 100).await.unwrap());
    of_user.sort_unstable();
    assert_eq!(of_user, ["a", "c", "d"]);
    let (page, next) = table.connections_in(0, None, 2).await.unwrap();
    assert_eq!((names(&page), next.clone()), (vec!["a".to_owned()], Some(id("b"))));
    assert_eq!(names(&table.connections_in(0, next.as_ref(), 100).await.unwrap().0), ["c", "d"]);
}

#[tokio::test]
async fn a_walk_goes_on_behind_rows_whose_names_cannot_be_read() {
    let (store, table) = table().await;
    for name in ["a", "z"] {
        table.put_connection(&connection(name, "anna"), 1).await.unwrap();
    }
    for number in 0..3 {
        let name = format!("{}/{number}", key::connection(&id("b")));
        let put = store.client().put_item().table_name("belfry").item(key::PK, AttributeValue::S(key::shard(0)));
        put.item(key::SK, AttributeValue::S(name)).send().await.unwrap();
    }
    for page in 1..5 {
        let (mut found, mut start) = (Vec::new(), None);
        loop {
            let (some, next) = table.connections_in(0, start.as_ref(), page).await.unwrap();
            found.extend(some.into_iter().map(|one| one.id.as_str().to_owned()));
            let Some(next) = next else { break };
            start = Some(next);
        }
        assert_eq!(found, ["a", "z"], "in pages of {page}");
    }
}

const UNREAD: &str = r#"{"UnprocessedKeys":{"belfry":{"Keys":[{"PK":{"S":"p"},"SK":{"S":"s"}}]}}}"#;
const UNWRITTEN: &str = r#"{"UnprocessedItems":{"belfry":[{"DeleteRequest":{"Key":{"PK":{"S":"p"},"SK":{"S":"s"}}}}]}}"#;

/// Does nothing, and asks to be asked again: without a limit to that, or so many times.
#[derive(Clone, Debug)]
struct Undone {
    asked: Arc<AtomicU32>,
    times: u32,
}

impl HttpClient for Undone {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Undone {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reading = request.headers().get("x-amz-target").is_some_and(|target| target.ends_with("BatchGetItem"));
        let undone = if reading { UNREAD } else { UNWRITTEN };
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let body = if asked < self.times { undone } else { "{}" };
        let mut response = HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body));
        response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
        HttpConnectorFuture::ready(Ok(response))
    }
}

/// Asks for a document, or to remove one, which the table leaves undone so many times; what came of it, how often it was asked, and how
/// long that took.
async fn ask(remove: bool, times: u32) -> (Result<usize, Error>, u32, Duration) {
    let undone = Undone { asked: Arc::default(), times };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://undone.invalid")
        .credentials_provider(Credentials::new("k", "s", None, None, "undone"))
        .http_client(undone.clone())
        .build();
    let table = Table::new(aws_sdk_dynamodb::Client::from_conf(config), "belfry", "g1");
    let slot = Slot { born: Seq(1), place: 0 };
    #[expect(clippy::disallowed_methods, reason = "how long it waits is measured in tokio's paused time")]
    let begun = tokio::time::Instant::now();
    let feed = Feed::user(None, user("anna"));
    let asking = async {
        if remove {
            return table.remove(&feed, &[slot]).await.map(|()| 0);
        }
        table.documents(&feed, &[Doc::Notification(slot)], Freshness::Eventual).await.map(|found| found.len())
    };
    let found = tokio::time::timeout(Duration::from_mins(10), asking).await.expect("it never ends");
    let asked = undone.asked.load(Ordering::Relaxed);
    (found, asked, begun.elapsed())
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_is_left_undone_is_asked_for_again_after_a_wait_and_not_for_ever() {
    for remove in [false, true] {
        let (found, asked, took) = ask(remove, 3).await;
        assert_eq!((found.unwrap(), asked), (0, 4));
        assert!(took > Duration::ZERO && took < Duration::from_millis(25 + 50 + 100 + 10), "{took:?}");
        let (found, asked, took) = ask(remove, 100).await;
        assert!(matches!(found, Err(Error::Throttled(_))), "{found:?}");
        assert!(asked < 10 && took < Duration::from_secs(5), "asked {asked} times in {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_whose_return_is_not_answered_is_given_back_once() {
    let (store, table) = table().await;
    let window = Duration::from_mins(2);
    let first = table.acquire_stream_slot(noon(), window, 2).await.unwrap().unwrap();
    let _second = table.acquire_stream_slot(noon(), window, 2).await.unwrap().unwrap();
    cut(&store);
    let released = table.release_stream_slot(first).await;
    assert!(matches!(released, Err(Error::Engine(_))), "{released:?}");
    store.engine().faults().heal();
    assert!(table.acquire_stream_slot(noon(), window, 2).await.unwrap().is_some());
    assert_eq!(table.acquire_stream_slot(noon(), window, 2).await.unwrap(), None, "one returned is no place for two");
}

#[tokio::test(start_paused = true)]
async fn a_fault_whose_counting_is_not_answered_is_counted_once() {
    let (store, table) = table().await;
    table.put_connection(&connection("a", "anna"), SHARDS).await.unwrap();
    cut(&store);
    let counted = table.connection_fault(&id("a"), SHARDS).await;
    assert!(matches!(counted, Err(Error::Engine(_))), "{counted:?}");
    store.engine().faults().heal();
    assert_eq!(table.connection_fault(&id("a"), SHARDS).await.unwrap(), Some(2));
}
