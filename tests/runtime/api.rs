//! `api` as API Gateway asks it; each single event of `events/` is asked in `events.rs`.

use serde_json::{Value, json};
use testkit::lambda::Function;

use crate::support::{Site, TOPIC, body_of, changed, event, set_header};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_read_marked_and_read_again() {
    let site = Site::open().await;
    site.notify("one").await;
    site.broadcast("two").await;
    let function = site.launch("api").start().await;
    let page = list(&function).await;
    let titles: Vec<&Value> = page["notifications"].as_array().unwrap().iter().map(|one| &one["title"]).collect();
    assert_eq!((titles, page["unreadCount"].as_u64()), (vec![&json!("two"), &json!("one")], Some(2)));

    let marked = function.invoke(event("api-base64-body.json").as_bytes()).returned().await.unwrap();
    assert_eq!((marked["statusCode"].as_u64(), body_of(&marked)["unreadCount"].as_u64()), (Some(200), Some(0)), "{marked}");
    assert_eq!(list(&function).await["unreadCount"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_taken_for_base64_only_where_the_event_says_so() {
    let site = Site::open().await;
    let function = site.launch("api").start().await;
    let ask = changed("api-base64-body.json", |event| event["isBase64Encoded"] = json!(false));
    let answer = function.invoke(&ask).returned().await.unwrap();
    assert_eq!((answer["statusCode"].as_u64(), &body_of(&answer)["type"]), (Some(400), &json!("urn:belfry:problem:malformed-json")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_led_here_is_refused_and_holds_nothing() {
    let site = Site::open().await;
    let function = site.launch("api").start().await;
    let answer = function.invoke(event("stream-open.json").as_bytes()).returned().await.unwrap();
    assert_eq!((answer["statusCode"].as_u64(), body_of(&answer)["status"].as_u64()), (Some(500), Some(500)), "{answer}");
    // Whoever deployed it is told what is wrong.
    function.logged("RESPONSE_STREAM").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unchanged_is_not_sent_again() {
    let site = Site::open().await;
    site.notify("one").await;
    let function = site.launch("api").start().await;
    let first = function.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    let etag = header(&first, "etag");
    let ask = changed("api-list.json", |event| set_header(event, "If-None-Match", &etag));
    let again = function.invoke(&ask).returned().await.unwrap();
    assert_eq!((again["statusCode"].as_u64(), again["body"].as_str().unwrap_or_default()), (Some(304), ""), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_reaches_the_readers_open_socket() {
    let site = Site::open().await;
    site.notify("one").await;
    let websocket = site.launch("websocket").start().await;
    let connected = websocket.invoke(event("socket-connect-bearer.json").as_bytes()).returned().await.unwrap();
    assert_eq!(connected["statusCode"], 200, "{}", websocket.log());
    let function = site.launch("api").start().await;
    function.invoke(event("api-base64-body.json").as_bytes()).returned().await.unwrap();
    let posts = site.cloud.posts();
    let [post] = posts.as_slice() else { panic!("{posts:?}\n{}", function.log()) };
    assert_eq!(post.connection, "L0SM9cOFvHcCIhw=");
    let push: Value = serde_json::from_slice(post.message.as_ref().unwrap()).unwrap();
    assert_eq!((&push["feed"], &push["events"][0]["type"]), (&json!("user"), &json!("watermark")), "{push}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_goes_to_the_topic() {
    let site = Site::open().await;
    let function = site.launch("api").start().await;
    let answer = function.invoke(event("api-broadcast.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer["statusCode"], 202, "{answer}\n{}", function.log());
    let sent = site.cloud.sent();
    let [message] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!((message.to.as_str(), &message.attributes["type"]), (TOPIC, &json!("broadcast")));
    let published: Value = serde_json::from_str(&message.body).unwrap();
    assert_eq!((&published["id"], &published["title"]), (&body_of(&answer)["id"], &json!("Maintenance at six")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_trouble_says_no_more_than_that() {
    let site = Site::open().await;
    let function = site.launch("api").start().await;
    site.cloud.table_fails(true);
    let answer = function.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    assert!(answer["statusCode"].as_u64().unwrap() >= 500, "{answer}");
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    assert!(!answer["body"].as_str().unwrap().contains("trouble"), "{answer}");
    site.cloud.table_fails(false);
    let answer = function.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
}

async fn list(function: &Function) -> Value {
    let answer = function.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}\n{}", function.log());
    body_of(&answer)
}

pub(crate) fn header(answer: &Value, name: &str) -> String {
    let single = answer["headers"][name].as_str();
    single.or(answer["multiValueHeaders"][name][0].as_str()).unwrap_or_default().to_owned()
}
