//! The stream: how it opens, what it carries, and where it goes on.

use std::time::Duration;

use contract::sse::Parser;
use serde_json::{Value, json};
use service::Settings;

use crate::support::{Listener, Setup, Site, each};

#[tokio::test(start_paused = true)]
async fn it_opens_with_a_wait_and_a_place_and_each_group_ends_with_its_place() {
    let site = Site::new().await;
    let mut stream = site.user("anna").listen("").await;
    assert!(stream.news().await.is_empty());
    let opening = String::from_utf8(stream.raw.clone()).unwrap();
    assert!(opening.starts_with("retry: ") && opening.contains("\n\nid: "), "{opening}");
    let place = stream.last_event_id().to_owned();
    assert!(!place.is_empty() && place.len() < 512 && place.bytes().all(|byte| byte.is_ascii_graphic()));
    site.notify("anna", "one").await;
    let news = stream.news().await;
    assert_eq!(news.iter().map(|event| event["type"].as_str().unwrap()).collect::<Vec<_>>(), ["notification", "inbox"]);
    assert_eq!(news[1], json!({"type": "inbox", "unreadCount": 1, "unseenCount": 1}));
    let text = String::from_utf8(stream.raw[opening.len()..].to_vec()).unwrap();
    assert_eq!(text.matches("id: ").count(), 1, "{text}");
    assert!(text.rfind("id: ").unwrap() > text.find("\"one\"").unwrap());
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
async fn i10_reading_writes_nothing_but_the_first_visit() {
    let site = Site::new().await;
    let anna = site.user("anna");
    site.notify("anna", "one").await;
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

/// One commit of three notifications.
async fn three_at_once(site: &Site) {
    let one = |title: &str| json!({"type": "notification", "userId": "anna", "title": title});
    site.deliver(&[one("a"), one("b"), one("c")]).await;
}

#[tokio::test(start_paused = true)]
async fn i8_only_the_last_of_a_group_has_the_place_so_half_a_group_comes_again_whole() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    stream.news().await;
    let (opening, before) = (stream.raw.len(), stream.last_event_id().to_owned());
    three_at_once(&site).await;
    let news = stream.news().await;
    assert_eq!(each(&news.clone().into(), "type"), ["notification", "notification", "notification", "inbox"]);
    let text = String::from_utf8(stream.raw[opening..].to_vec()).unwrap();
    let blocks: Vec<&str> = text.split_terminator("\n\n").collect();
    assert_eq!(blocks.iter().map(|block| block.contains("id: ")).collect::<Vec<_>>(), [false, false, false, true], "{text}");
    for cut in 1..text.len() {
        let mut parser = Parser::new(&before);
        parser.feed(&text.as_bytes()[..cut]);
        assert_eq!(parser.last_event_id(), before, "cut behind {cut} bytes");
    }
    let mut again = Listener::open(&anna, "", &[("last-event-id", &before)]).await;
    assert_eq!(again.news().await, news);
}

#[tokio::test(start_paused = true)]
async fn types_are_filtered_and_places_go_on() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("?types=broadcast,task-completed").await;
    stream.news().await;
    let (opening, before) = (stream.raw.len(), stream.last_event_id().to_owned());
    site.notify("anna", "not asked for").await;
    assert_eq!(stream.news().await, Vec::<Value>::new());
    let text = String::from_utf8(stream.raw[opening..].to_vec()).unwrap();
    assert!(text.starts_with("id: ") && text.lines().count() == 2, "an id alone: {text}");
    assert_ne!(stream.last_event_id(), before);
    assert_eq!(anna.poll(stream.last_event_id()).await.status, 204);
    let mut some = anna.listen("?types=notification").await;
    three_at_once(&site).await;
    assert_eq!(some.titles().await, ["a", "b", "c"], "without the counts");
    assert_eq!(anna.poll(some.last_event_id()).await.status, 204, "and their place is passed all the same");
    site.broadcast("asked for").await;
    assert_eq!(stream.titles().await, ["asked for"]);
    anna.done("PUT", "/api/preferences", &json!({"muted": ["x"]})).await;
    assert_eq!(stream.news().await, [json!({"type": "reset"})], "a reset is never left out");
    for wrong in
        ["types=rubbish", "types=", "types=broadcast,", "types=broadcast&types=inbox", "client=", "client=a/b", "client=a&client=b"]
    {
        assert_eq!(anna.get(&format!("/api/stream/events?{wrong}")).await.problem(400), "invalid-query", "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_hears_what_is_addressed_to_them_alone() {
    let site = Site::new().await;
    let mut streams = [site.user("anna").listen("").await, site.user("ben").listen("").await];
    site.notify("anna", "hers").await;
    site.notify("ben", "his").await;
    site.admin().done("POST", "/api/tasks", &json!({"userId": "ben", "taskId": "t", "status": "running"})).await;
    site.broadcast("for both").await;
    for (stream, (user, own)) in streams.iter_mut().zip([("anna", "hers"), ("ben", "his")]) {
        let news = stream.news().await;
        let mut titles: Vec<&str> = news.iter().filter_map(|event| event["notification"]["title"].as_str()).collect();
        titles.sort_unstable();
        assert_eq!(titles, ["for both", own]);
        let users: Vec<&str> = news.iter().filter_map(|event| event["notification"]["userId"].as_str()).collect();
        assert!(users.iter().all(|name| *name == user), "a broadcast's userId is the reader's: {news:?}");
        assert_eq!(news.iter().filter(|event| event["task"].is_object()).count(), usize::from(user == "ben"));
    }
}

#[tokio::test(start_paused = true)]
async fn it_beats_when_idle_and_a_beat_moves_nothing() {
    let site = Site::new().await;
    let mut stream = site.user("anna").listen("").await;
    stream.news().await;
    let place = stream.last_event_id().to_owned();
    for (seconds, beats) in [(14, ""), (1, ": heartbeat\n\n"), (14, ""), (1, ": heartbeat\n\n")] {
        let before = stream.raw.len();
        site.pass(Duration::from_secs(seconds));
        assert_eq!(stream.news().await, Vec::<Value>::new());
        assert_eq!(String::from_utf8_lossy(&stream.raw[before..]), beats);
    }
    assert_eq!(stream.last_event_id(), place);
    site.pass(Duration::from_secs(10));
    site.notify("anna", "one").await;
    assert_eq!(stream.titles().await, ["one"]);
    let before = stream.raw.len();
    site.pass(Duration::from_secs(10));
    stream.news().await;
    assert_eq!(stream.raw.len(), before, "an event is a beat too");
}

#[tokio::test(start_paused = true)]
async fn i8_it_ends_with_its_window_between_two_groups_and_the_next_goes_on() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    site.notify("anna", "one").await;
    assert_eq!(stream.titles().await, ["one"]);
    site.pass(Duration::from_mins(15));
    three_at_once(&site).await;
    assert_eq!(stream.titles().await, Vec::<String>::new());
    assert!(stream.ended && stream.raw.ends_with(b"\n\n"));
    let mut next = Listener::open(&anna, "", &[("last-event-id", stream.last_event_id())]).await;
    assert_eq!(next.titles().await, ["a", "b", "c"]);
}

#[tokio::test(start_paused = true)]
async fn a_newer_stream_of_the_same_client_ends_the_older() {
    let site = Site::new().await;
    let (anna, ben) = (site.user("anna"), site.user("ben"));
    let mut older = anna.listen("?client=tab-1").await;
    let mut others = [anna.listen("?client=tab-2").await, anna.listen("").await, ben.listen("?client=tab-1").await];
    site.send(anna.request("HEAD", "/api/stream/events?client=tab-1", &[], "")).await;
    older.news().await;
    assert!(!older.ended, "a HEAD is no stream");
    let mut newer = anna.listen("?client=tab-1").await;
    older.news().await;
    assert!(older.ended && older.raw.ends_with(b"\n\n"), "at once");
    drop(older);
    site.broadcast("one").await;
    for stream in &mut others {
        assert_eq!(stream.titles().await, ["one"]);
    }
    assert_eq!(newer.titles().await, ["one"]);
}

/// Cases 13, 42 and 70.
#[tokio::test(start_paused = true)]
async fn it_is_200_uncompressed_and_a_head_returns_at_once() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let here = anna.cursor().await;
    let headers = [("accept-encoding", "gzip, br"), ("accept", "text/event-stream"), ("if-none-match", "*")];
    for query in [String::new(), format!("?after={here}"), "?after=rubbish".to_owned(), "?types=inbox".to_owned()] {
        let stream = Listener::open(&anna, &query, &headers).await;
        assert_eq!(stream.headers["content-type"], "text/event-stream");
        assert_eq!(stream.headers["cache-control"], "no-cache");
        assert!(stream.headers.get("content-encoding").is_none() && stream.headers.get("content-length").is_none());
        let head = site.send(anna.request("HEAD", &format!("/api/stream/events{query}"), &headers, "")).await;
        assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
        assert_eq!(head.headers["content-type"], "text/event-stream");
    }
    assert_eq!(site.service.hub().open_streams(), 0, "none is held");
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_each_stream_between_two_groups_and_takes_no_new_one() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut streams = [anna.listen("").await, site.user("ben").listen("").await];
    three_at_once(&site).await;
    site.service.hub().shutdown(site.now(), Duration::from_secs(2), site.service.entropy());
    site.pass(Duration::from_secs(2));
    for stream in &mut streams {
        stream.news().await;
        assert!(stream.ended && stream.raw.ends_with(b"\n\n"));
    }
    anna.get("/api/stream/events?client=tab-1").await.problem(503);
}
