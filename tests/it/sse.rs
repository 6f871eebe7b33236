//! The stream: how it opens, what it carries, and where it goes on.

use std::time::Duration;

use serde_json::{Value, json};
use service::Settings;

use crate::support::{Listener, Setup, Site};

async fn notify(site: &Site, title: &str) {
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": title})).await;
}

#[tokio::test(start_paused = true)]
async fn it_opens_with_a_wait_and_a_place_and_each_group_ends_with_its_place() {
    let site = Site::new().await;
    let mut stream = site.user("anna").listen("").await;
    assert!(stream.news().await.is_empty());
    let opening = String::from_utf8(stream.raw.clone()).unwrap();
    assert!(opening.starts_with("retry: ") && opening.contains("\n\nid: "), "{opening}");
    let place = stream.last_event_id().to_owned();
    assert!(!place.is_empty() && place.len() < 512 && place.bytes().all(|byte| byte.is_ascii_graphic()));
    notify(&site, "one").await;
    let news = stream.news().await;
    assert_eq!(news.iter().map(|event| event["type"].as_str().unwrap()).collect::<Vec<_>>(), ["notification", "inbox"]);
    assert_eq!(news[1], json!({"type": "inbox", "unreadCount": 1, "unseenCount": 1}));
    let text = String::from_utf8(stream.raw[opening.len()..].to_vec()).unwrap();
    assert_eq!(text.matches("id: ").count(), 1, "{text}");
    assert!(text.rfind("id: ").unwrap() > text.find("\"one\"").unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_stream_dropped_before_its_first_event_goes_on_without_loss() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    stream.news().await;
    let place = stream.last_event_id().to_owned();
    drop(stream);
    notify(&site, "between").await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "to all"})).await;
    let mut titles = Listener::open(&anna, "?after=rubbish", &[("last-event-id", &place)]).await.titles().await;
    titles.sort();
    assert_eq!(titles, ["between", "to all"], "the header wins over the query");
    assert_eq!(site.service.hub().open_streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lists_place_then_a_change_then_the_stream_misses_nothing() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let place = anna.page().await["streamCursor"].as_str().unwrap().to_owned();
    notify(&site, "after the list").await;
    let mut stream = anna.listen(&format!("?after={place}")).await;
    assert_eq!(stream.titles().await, ["after the list"]);
    notify(&site, "live").await;
    assert_eq!(stream.titles().await, ["live"]);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_that_cannot_be_honoured_is_a_reset_everywhere() {
    let site = Site::new().await;
    let anna = site.user("anna");
    notify(&site, "one").await;
    let foreign = site.user("ben").cursor().await;
    let long = "x".repeat(10_000);
    let mut ahead = anna.cursor().await;
    ahead.replace_range(10..14, "____");
    for cursor in [foreign.as_str(), ahead.as_str(), "1.", "rubbish", "0", long.as_str()] {
        let mut stream = Listener::open(&anna, "", &[("last-event-id", cursor)]).await;
        assert_eq!(stream.news().await, [json!({"type": "reset"})], "{cursor}");
        let fresh = stream.last_event_id().to_owned();
        assert_eq!(anna.poll(&fresh).await.status, 204, "{cursor}");
        let polled = anna.poll(cursor).await;
        assert_eq!((polled.status.as_u16(), &polled.json()["events"]), (200, &json!([{"type": "reset"}])), "{cursor}");
    }
    let polled = anna.poll("%C3%A9t%C3%A9").await.json();
    assert_eq!(polled["events"], json!([{"type": "reset"}]));
    let mut request = anna.request("GET", "/api/stream/events", &[], "");
    let not_ascii = axum::http::HeaderValue::from_bytes("été".as_bytes()).unwrap();
    request.headers_mut().insert("last-event-id", not_ascii);
    let (status, _, body) = site.open(request).await;
    assert_eq!(status, 200);
    let mut body = body.into_data_stream();
    let first = futures::StreamExt::next(&mut body).await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("\"reset\""), "not silently now");
}

#[tokio::test(start_paused = true)]
async fn types_are_filtered_and_places_go_on() {
    let site = Site::new().await;
    let mut stream = site.user("anna").listen("?types=broadcast,task-completed").await;
    stream.news().await;
    let before = stream.last_event_id().to_owned();
    notify(&site, "not asked for").await;
    assert!(stream.news().await.is_empty());
    assert_ne!(stream.last_event_id(), before, "an id alone");
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "asked for"})).await;
    assert_eq!(stream.titles().await, ["asked for"]);
    site.user("anna").get("/api/stream/events?types=rubbish").await.problem(400);
}

#[tokio::test(start_paused = true)]
async fn a_newer_stream_of_the_same_client_ends_the_older() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut older = anna.listen("?client=tab-1").await;
    let mut other = anna.listen("?client=tab-2").await;
    let mut newer = anna.listen("?client=tab-1").await;
    notify(&site, "one").await;
    older.news().await;
    assert!(older.ended);
    assert_eq!((other.titles().await, newer.titles().await), (vec!["one".to_owned()], vec!["one".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn when_full_our_client_is_told_503_and_an_event_source_to_come_back() {
    let settings = Settings { streams_max: 1, ..Settings::default() };
    let site = Site::with(Setup { settings, ..Setup::default() }).await;
    let anna = site.user("anna");
    let held = anna.listen("").await;
    let full = anna.get("/api/stream/events?client=tab-1").await;
    full.problem(503);
    assert!(!full.header("retry-after").is_empty());
    let mut plain = anna.listen("").await;
    assert!(plain.news().await.is_empty() && plain.ended);
    assert!(String::from_utf8(plain.raw).unwrap().starts_with("retry: "));
    drop(held);
    assert!(!anna.listen("?client=tab-1").await.ended);
}

#[tokio::test(start_paused = true)]
async fn it_beats_and_ends_with_its_window_between_two_groups() {
    let site = Site::new().await;
    let mut stream = site.user("anna").listen("").await;
    stream.news().await;
    let opening = stream.raw.len();
    site.pass(Duration::from_secs(16));
    let mut again = site.user("anna").listen("").await;
    again.news().await;
    notify(&site, "one").await;
    assert_eq!(stream.titles().await, ["one"]);
    assert!(stream.raw.len() > opening);
    site.pass(Duration::from_mins(15));
    notify(&site, "two").await;
    assert_eq!(stream.titles().await, Vec::<String>::new());
    assert!(stream.ended && stream.raw.ends_with(b"\n\n"));
    let mut next = Listener::open(&site.user("anna"), "", &[("last-event-id", stream.last_event_id())]).await;
    assert_eq!(next.titles().await, ["two"]);
}

#[tokio::test(start_paused = true)]
async fn i10_reading_writes_nothing_but_the_first_visit() {
    let site = Site::new().await;
    let anna = site.user("anna");
    notify(&site, "one").await;
    anna.page().await;
    let written = || site.service.table().meter().used().write;
    let before = written();
    anna.page().await;
    anna.get("/api/unread").await;
    anna.get("/api/tasks").await;
    anna.get("/api/preferences").await;
    let place = anna.cursor().await;
    anna.poll(&place).await;
    let mut stream = anna.listen("").await;
    let _: Vec<Value> = stream.news().await;
    assert!((written() - before).abs() < f64::EPSILON);
}
