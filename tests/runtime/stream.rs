//! `stream` under the streaming response protocol.

use std::time::Duration;

use testkit::lambda::{End, Function};

use crate::support::{Follow, Site, changed, event, set_header, set_query};

/// A stream that ends in so long; API Gateway's own end is never near.
const WINDOW_S: &str = "6";

async fn started(site: &Site, more: &[(&str, &str)]) -> Function {
    let launch = site.launch("stream").with("BELFRY_STREAM_WINDOW_S", WINDOW_S);
    more.iter().fold(launch, |launch, (name, value)| launch.with(name, *value)).start().await
}

fn from_now() -> Vec<u8> {
    event("stream-open.json").into_bytes()
}

fn from(cursor: &str) -> Vec<u8> {
    changed("stream-resume.json", |event| set_header(event, "Last-Event-ID", cursor))
}

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_one_by_one() {
    let site = Site::open().await;
    let function = started(&site, &[]).await;
    let mut follow = Follow::open(&function, &from_now()).await.placed().await;
    assert_eq!(follow.streamed.header("content-type"), "text/event-stream");
    assert_eq!(follow.streamed.header("x-accel-buffering"), "no");
    for title in ["one", "two", "three"] {
        // Each is read before the next is sent: nothing waits for company.
        let sent = site.now();
        site.notify(title).await;
        assert_eq!(follow.title().await.as_deref(), Some(title), "{}", function.log());
        // An idle stream looks every three quarters of a second, beside what this machine has to do; nothing waits for a heartbeat, which is
        // fifteen away.
        let took = site.now().since(sent);
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    site.broadcast("to everyone").await;
    assert_eq!(follow.title().await.as_deref(), Some("to everyone"));
    follow.until_end().await;
    assert_eq!(follow.streamed.end(), Some(&End::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_come_on_time() {
    let site = Site::open().await;
    let function = started(&site, &[("BELFRY_HEARTBEAT_S", "1"), ("BELFRY_STREAM_WINDOW_S", "5")]).await;
    let mut follow = Follow::open(&function, &from_now()).await;
    follow.until_end().await;
    assert!((3..=5).contains(&follow.beats.len()), "{}", follow.raw);
    for pair in follow.beats.windows(2) {
        let between = pair[1] - pair[0];
        assert!(between > Duration::from_millis(700) && between < Duration::from_millis(1_800), "{between:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i8_windows_end_between_groups_and_the_next_goes_on() {
    const EVENTS: usize = 60;
    let site = Site::open().await;
    let function = started(&site, &[("BELFRY_STREAM_WINDOW_S", "1")]).await;
    let mut follow = Follow::open(&function, &from_now()).await.placed().await;
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    let write = async {
        for number in 0..EVENTS {
            pace.tick().await;
            site.notify(&format!("n{number}")).await;
        }
    };
    let read = async {
        let (mut titles, mut windows) = (Vec::new(), 1);
        while titles.len() < EVENTS {
            while let Some(title) = follow.title().await {
                titles.push(title);
            }
            assert_eq!(follow.streamed.end(), Some(&End::default()));
            assert!(follow.raw.ends_with("\n\n"), "cut in a group: {}", follow.raw);
            windows += 1;
            assert!(windows < 60, "{titles:?}");
            follow = Follow::open(&function, &from(&follow.last_event_id())).await;
        }
        (titles, windows)
    };
    let ((), (titles, windows)) = tokio::join!(write, read);
    assert_eq!(titles, (0..EVENTS).map(|number| format!("n{number}")).collect::<Vec<_>>());
    assert!(windows > 3, "{windows} windows for three seconds of news");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_is_answered_at_once_and_holds_nothing() {
    let site = Site::open().await;
    let function = started(&site, &[("BELFRY_STREAM_WINDOW_S", "60")]).await;
    let mut head = function.invoke(event("stream-head.json").as_bytes()).streamed().await.unwrap();
    assert_eq!((head.status, head.text().await.as_str()), (200, ""));
    let mut follow = Follow::open(&function, &from_now()).await.placed().await;
    site.notify("after it").await;
    assert_eq!(follow.title().await.as_deref(), Some("after it"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_route_that_is_led_here_works() {
    let site = Site::open().await;
    site.notify("one").await;
    let function = started(&site, &[]).await;
    let mut page = function.invoke(event("api-list.json").as_bytes()).streamed().await.unwrap();
    assert_eq!((page.status, page.header("content-type")), (200, "application/json"));
    assert!(page.text().await.contains("\"unreadCount\":1"));
    let mut refused = function.invoke(event("api-no-credential.json").as_bytes()).streamed().await.unwrap();
    assert_eq!((refused.status, refused.header("www-authenticate")), (401, "Bearer"));
    assert!(refused.text().await.starts_with('{'));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_trouble_ends_it_cleanly() {
    let site = Site::open().await;
    let function = started(&site, &[]).await;
    let mut follow = Follow::open(&function, &from_now()).await.placed().await;
    site.notify("before").await;
    assert_eq!(follow.title().await.as_deref(), Some("before"));
    site.cloud.table_fails(true);
    // A writer in this process does not pass the stand-in: the news is there, and cannot be read.
    site.notify("meanwhile").await;
    let shown = follow.until_end().await;
    assert!(shown.iter().all(|event| event["notification"]["title"] != "meanwhile"), "{shown:?}");
    assert_eq!(follow.streamed.end(), Some(&End::default()));
    let cursor = follow.last_event_id();
    for word in ["rror", "rouble", "DynamoDB", "problem"] {
        assert!(!follow.raw.contains(word), "{}", follow.raw);
    }
    site.cloud.table_fails(false);
    let mut follow = Follow::open(&function, &from(&cursor)).await;
    assert_eq!(follow.title().await.as_deref(), Some("meanwhile"), "{}", function.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_in_trouble_at_the_beginning_is_a_503() {
    let site = Site::open().await;
    let function = started(&site, &[]).await;
    site.cloud.table_fails(true);
    let ask = changed("stream-open.json", |event| set_query(event, &[("client", "tab-1")]));
    let mut refused = function.invoke(&ask).streamed().await.unwrap();
    assert!(refused.status >= 500, "{}", refused.status);
    let body = refused.text().await;
    assert_eq!(refused.header("content-type"), "application/problem+json", "{body}");
    assert!(!body.contains("trouble"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn when_full_each_kind_of_client_is_told_its_way() {
    let site = Site::open().await;
    let more = [("BELFRY_STREAMS_MAX", "1"), ("BELFRY_STREAM_WINDOW_S", "20")];
    let (first, second) = (started(&site, &more).await, started(&site, &more).await);
    let held = Follow::open(&first, &from_now()).await.placed().await;

    let mut plain = second.invoke(&from_now()).streamed().await.unwrap();
    let body = plain.text().await;
    assert_eq!(plain.status, 200);
    assert!(body.starts_with("retry: ") && !body.contains("id:") && !body.contains("data:"), "{body}");

    let ours = changed("stream-open.json", |event| set_query(event, &[("client", "tab-9")]));
    let mut ours = second.invoke(&ours).streamed().await.unwrap();
    assert_eq!(ours.status, 503);
    assert!(!ours.header("retry-after").is_empty(), "{:?}", ours.headers);
    let problem: serde_json::Value = serde_json::from_str(&ours.text().await).unwrap();
    assert_eq!(problem["status"], 503);
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_stream_of_a_client_ends_the_older_in_another_process() {
    let site = Site::open().await;
    let more = [("BELFRY_HEARTBEAT_S", "1"), ("BELFRY_STREAM_WINDOW_S", "60")];
    let (first, second) = (started(&site, &more).await, started(&site, &more).await);
    let ask = changed("stream-open.json", |event| set_query(event, &[("client", "tab-1")]));
    let mut older = Follow::open(&first, &ask).await.placed().await;
    let mut newer = Follow::open(&second, &ask).await.placed().await;
    // Far before its window is over; the patience of a chunk is half of that.
    older.until_end().await;
    assert_eq!(older.streamed.end(), Some(&End::default()));
    site.notify("for the newer").await;
    assert_eq!(newer.title().await.as_deref(), Some("for the newer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_expires_ends_its_stream() {
    let site = Site::open().await;
    let function = started(&site, &[("BELFRY_STREAM_WINDOW_S", "60"), ("BELFRY_HEARTBEAT_S", "1")]).await;
    let token = site.token_for("anna", Duration::from_secs(3));
    let ask = changed("stream-open.json", |event| set_header(event, "Authorization", &format!("Bearer {token}")));
    let mut follow = Follow::open(&function, &ask).await.placed().await;
    follow.until_end().await;
    assert_eq!(follow.streamed.end(), Some(&End::default()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_holds_small_pieces_back_is_pushed_on() {
    for (flush, expected) in [("none", 0), ("comment", 1), ("pad", 4_096)] {
        let site = Site::open().await;
        let function = started(&site, &[("BELFRY_STREAM_FLUSH", flush), ("BELFRY_STREAM_WINDOW_S", "1")]).await;
        let mut follow = Follow::open(&function, &from_now()).await.placed().await;
        site.notify("one").await;
        assert_eq!(follow.until_end().await.len(), 2, "the notification, and the counts");
        let comments: usize = follow.raw.lines().filter(|line| line.starts_with(':') && !line.contains("heartbeat")).map(str::len).sum();
        assert!(comments >= expected && (expected > 0 || comments == 0), "{flush}: {comments}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_reader_is_logged() {
    let site = Site::open().await;
    let function = started(&site, &[("BELFRY_STREAM_WINDOW_S", "1")]).await;
    let token = site.token("anna");
    let ask = changed("stream-open.json", |event| set_header(event, "Authorization", &format!("Bearer {token}")));
    let mut follow = Follow::open(&function, &ask).await.placed().await;
    site.notify("a title that nobody may log").await;
    follow.until_end().await;
    let log = function.logged("/api/stream/events").await;
    for secret in [token.as_str(), "nobody may log"] {
        assert!(!log.contains(secret), "{log}");
    }
}
