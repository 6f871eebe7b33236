//! Each event of `events/`, as its trigger would hand it to its function, and what came of it.
//!
//! In the files stand tokens of the tests' secret; `TICKET` and `CURSOR` are put in here, since neither lives long.

use serde_json::{Value, json};
use testkit::notify;

use crate::api::header;
use crate::support::{DEAD_LETTERS, Follow, Site, body_of, event, titles};
use crate::websocket::posted;

/// Asks `api`, after two notifications of Anna's.
async fn api(name: &str) -> (Site, Value) {
    let site = Site::open().await;
    site.notify("one").await;
    site.deliver([notify("anna", "two").category("a b\"c & café 100%")]).await;
    let function = site.launch("api").start().await;
    let answer = function.invoke(event(name).as_bytes()).returned().await;
    let answer = answer.unwrap_or_else(|failure| panic!("{name}: {failure:?}\n{}", function.log()));
    (site, answer)
}

async fn check_api(name: &str, status: u16, body: impl FnOnce(&Value) -> bool) {
    let (_, answer) = api(name).await;
    assert_eq!(answer["statusCode"], status, "{name}: {answer}");
    assert!(body(&body_of(&answer)), "{name}: {answer}");
}

fn two_unread(body: &Value) -> bool {
    body["unreadCount"] == 2
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_are_read() {
    check_api("api-list.json", 200, |body| body["notifications"].as_array().is_some_and(|list| list.len() == 2)).await;
    check_api("api-two-cookies.json", 200, two_unread).await;
    check_api("api-multi-value.json", 200, two_unread).await;
    check_api("api-stage-prefix.json", 200, two_unread).await;
    check_api("api-stage-in-path.json", 200, two_unread).await;
    check_api("api-base-path.json", 200, two_unread).await;
    check_api("api-trailing-slash.json", 200, two_unread).await;
    check_api("api-decoded-query.json", 200, |body| {
        let list = body["notifications"].as_array().unwrap();
        list.len() == 1 && list[0]["title"] == "two"
    })
    .await;
    check_api("api-ticket.json", 200, |body| body["ticket"].as_str().is_some_and(|ticket| ticket.len() == 32)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_that_change_are_done() {
    check_api("api-base64-body.json", 200, |body| body["unreadCount"] == 0).await;
    check_api("api-broadcast.json", 202, |body| body["id"].is_string()).await;
    for (name, key) in [("api-encoded-path.json", "café/bar one"), ("api-decoded-path.json", "café bar")] {
        let (site, answer) = api(name).await;
        assert_eq!(answer["statusCode"], 202, "{name}: {answer}");
        let sent = site.cloud.sent();
        let withdrawn: Value = serde_json::from_str(&sent[0].body).unwrap();
        assert_eq!((&withdrawn["type"], &withdrawn["key"]), (&json!("withdraw"), &json!(key)), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_without_a_body_have_none() {
    let (_, head) = api("api-head.json").await;
    assert_eq!((head["statusCode"].as_u64(), head["body"].as_str().unwrap_or_default()), (Some(200), ""), "{head}");
    assert!(!header(&head, "etag").is_empty(), "{head}");
    // The template leads a stream's HEAD to `api`, so that it costs no run of the other.
    let (_, head) = api("stream-head.json").await;
    assert_eq!((head["statusCode"].as_u64(), head["body"].as_str().unwrap_or_default()), (Some(200), ""), "{head}");
    assert_eq!(header(&head, "content-type"), "text/event-stream", "{head}");
    let (_, options) = api("api-options.json").await;
    assert!(matches!(options["statusCode"].as_u64(), Some(200 | 204)), "{options}");
    assert_eq!(header(&options, "access-control-allow-origin"), "https://app.example", "{options}");
    assert_eq!(header(&options, "access-control-allow-credentials"), "true", "{options}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rest_events_that_are_refused_say_why() {
    check_api("api-no-credential.json", 401, |body| body["type"] == "urn:belfry:problem:unauthenticated").await;
    check_api("api-malformed-body.json", 400, |body| body["type"] == "urn:belfry:problem:malformed-json").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_events_open_streams() {
    let site = Site::open().await;
    let function = site.launch("stream").with("BELFRY_STREAM_WINDOW_S", "1").start().await;
    let mut now = Follow::open(&function, event("stream-open.json").as_bytes()).await;
    assert_eq!(now.until_end().await, Vec::<Value>::new());
    let cursor = now.last_event_id();
    site.notify("one").await;

    let resume = event("stream-resume.json").replace("CURSOR", &cursor);
    assert_eq!(Follow::open(&function, resume.as_bytes()).await.title().await.as_deref(), Some("one"));

    let mut bad = Follow::open(&function, event("stream-bad-cursor.json").as_bytes()).await;
    assert_eq!(bad.until_end().await[0]["type"], "reset");

    let mut cookies = Follow::open(&function, event("stream-two-cookies.json").as_bytes()).await;
    assert_eq!(cookies.until_end().await, Vec::<Value>::new());

    let mut filtered = Follow::open(&function, event("stream-types.json").as_bytes()).await.placed().await;
    site.notify("two").await;
    let types: Vec<Value> = filtered.until_end().await.iter().map(|event| event["type"].clone()).collect();
    assert_eq!(types, ["notification"], "no counts: they were not asked for");

    let mut head = function.invoke(event("stream-head.json").as_bytes()).streamed().await.unwrap();
    assert_eq!((head.status, head.text().await.as_str()), (200, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_opened_by_a_ticket() {
    let site = Site::open().await;
    let (_, answer) = (&site, site.launch("api").start().await.invoke(event("api-ticket.json").as_bytes()).returned().await.unwrap());
    let ticket = body_of(&answer)["ticket"].as_str().unwrap().to_owned();
    let function = site.launch("stream").with("BELFRY_STREAM_WINDOW_S", "1").start().await;
    let ask = event("stream-ticket.json").replace("TICKET", &ticket).replace("CURSOR", "no cursor");
    let mut follow = Follow::open(&function, ask.as_bytes()).await;
    assert_eq!(follow.until_end().await[0]["type"], "reset");
}

/// Tells `websocket`, on a socket of Anna's that is open where the event is not its beginning.
async fn socket(name: &str) -> (Value, Vec<Value>) {
    let site = Site::open().await;
    let function = site.launch("websocket").start().await;
    if !name.starts_with("socket-connect") {
        function.invoke(event("socket-connect-bearer.json").as_bytes()).returned().await.unwrap();
    }
    let api = site.launch("api").start().await;
    let ticket = body_of(&api.invoke(event("api-ticket.json").as_bytes()).returned().await.unwrap())["ticket"].clone();
    let text = event(name).replace("TICKET", ticket.as_str().unwrap()).replace("CURSOR", "no cursor");
    let answer = function.invoke(text.as_bytes()).returned().await;
    let answer = answer.unwrap_or_else(|failure| panic!("{name}: {failure:?}\n{}", function.log()));
    (answer, posted(&site))
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_events_connect() {
    for (name, status) in [
        ("socket-connect-ticket.json", 200),
        ("socket-connect-bearer.json", 200),
        ("socket-connect-subprotocol.json", 200),
        ("socket-connect-cookie.json", 401),
    ] {
        let (answer, posts) = socket(name).await;
        assert_eq!(answer["statusCode"], status, "{name}: {answer}");
        assert!(posts.is_empty(), "nothing can be posted to a socket that is not open yet");
        let echoed = if name.contains("subprotocol") { "belfry.v1" } else { "" };
        let found = answer["headers"]["sec-websocket-protocol"].as_str().or(answer["headers"]["Sec-WebSocket-Protocol"].as_str());
        assert_eq!(found.unwrap_or_default(), echoed, "{name}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn socket_events_are_answered_by_posts() {
    let check = async |name: &str, holds: fn(&Value) -> bool| {
        let (answer, posts) = socket(name).await;
        assert_eq!(answer["statusCode"], 200, "{name}: {answer}");
        assert!(posts.len() == 1 && holds(&posts[0]), "{name}: {posts:?}");
    };
    check("socket-resume.json", |post| post["events"][0]["type"] == "reset" && post["cursor"].is_string()).await;
    check("socket-ping.json", |post| post["positions"]["user"].is_object()).await;
    check("socket-binary.json", |post| post["error"]["status"] == 400).await;
    check("socket-unknown-action.json", |post| post["error"]["status"] == 400).await;
    let (answer, posts) = socket("socket-disconnect.json").await;
    assert_eq!((answer["statusCode"].as_u64(), posts.len()), (Some(200), 0), "{answer}");
}

/// Hands a batch to a function; gives what failed, and the reasons of dead letters.
async fn batch(function: &str, name: &str) -> (Site, usize, Vec<String>) {
    let site = Site::open().await;
    let function = site.launch(function).start().await;
    let answer = function.invoke(event(name).as_bytes()).returned().await;
    let answer = answer.unwrap_or_else(|failure| panic!("{name}: {failure:?}\n{}", function.log()));
    let failed = answer["batchItemFailures"].as_array().unwrap_or_else(|| panic!("{name}: {answer}")).len();
    let letters = site.cloud.sent().into_iter().filter(|sent| sent.to == DEAD_LETTERS);
    let reasons = letters.map(|letter| letter.attributes["reason"].as_str().unwrap().to_owned()).collect();
    (site, failed, reasons)
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_events_are_delivered() {
    for (name, wanted) in [
        ("deliver-batch.json", vec!["Maintenance at six", "Your export is ready"]),
        ("deliver-duplicate.json", vec!["Your export is ready"]),
    ] {
        let (site, failed, reasons) = batch("deliver", name).await;
        assert_eq!((failed, reasons), (0, Vec::new()), "{name}");
        // Between two feeds no order is promised.
        let mut found = titles(&site).await;
        found.sort_unstable();
        assert_eq!(found, wanted, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i9_poison_goes_to_the_dead_letters_and_its_mates_are_delivered() {
    let (site, failed, reasons) = batch("deliver", "deliver-poison.json").await;
    assert_eq!((failed, reasons.len()), (0, 2), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("title")), "{reasons:?}");
    assert_eq!(titles(&site).await, ["Your export is ready"]);

    let (site, failed, reasons) = batch("deliver", "deliver-wrong-attribute.json").await;
    assert_eq!((failed, reasons.len()), (0, 2), "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains("attribute type")), "{reasons:?}");
    assert_eq!(titles(&site).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn job_events_are_done() {
    for name in ["fanout-job.json", "fanout-sweep.json"] {
        let (_, failed, reasons) = batch("fanout", name).await;
        assert_eq!((failed, reasons), (0, Vec::new()), "{name}");
    }
    let (_, failed, reasons) = batch("fanout", "fanout-poison.json").await;
    assert_eq!((failed, reasons.len()), (0, 1), "{reasons:?}");
    assert!(reasons[0].contains("job"), "{reasons:?}");
}
