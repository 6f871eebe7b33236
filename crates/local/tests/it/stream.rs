//! Streams over real sockets: at once, to whom they are for, and on from where the last one stood.

use std::time::Duration;

use contract::sse::Frame;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde_json::{Value, json};

use crate::support::{Home, Listener, Server, TOPIC};

/// A third of the heartbeat: what comes sooner was not held back until the next one.
const AT_ONCE: Duration = Duration::from_secs(5);

fn event(title: &str) -> Value {
    json!({"type": "notification", "userId": "anna", "title": title})
}

fn broadcast(title: &str) -> Value {
    json!({"type": "broadcast", "title": title})
}

#[tokio::test]
async fn an_event_arrives_at_once_and_uncompressed() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let request = server.request(Method::GET, "anna", "/api/stream/events").header("accept-encoding", "gzip, br, zstd");
    let mut stream = Listener::open(request, "").await;
    assert!(!stream.headers().contains_key("content-encoding"), "{:?}", stream.headers());
    assert!(stream.headers()["cache-control"] == "no-cache" && stream.headers()["x-accel-buffering"] == "no");
    for n in 0..5 {
        let title = format!("{n}");
        server.publish(&event(&title)).await;
        let told = tokio::time::timeout(AT_ONCE, stream.title()).await.expect("it was held back");
        assert_eq!(told, Some(title));
    }
}

#[tokio::test]
async fn a_broadcast_reaches_every_stream_under_its_readers_own_name() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let users = ["anna", "ben", "carl ☃ \"quoted\"", "dora"];
    let mut streams = Vec::new();
    for user in users {
        streams.push(server.stream(user).await);
    }
    let sent = server.post("admin", "/api/notifications/broadcast", &json!({"title": "maintenance at six"})).await;
    server.publish(&broadcast("and by a job")).await;
    assert!(sent["id"].is_string());
    let mut ids = Vec::new();
    for (user, stream) in users.iter().zip(&mut streams) {
        for title in ["maintenance at six", "and by a job"] {
            let notification = stream.event_of("broadcast").await["notification"].take();
            assert_eq!((&notification["title"], &notification["userId"]), (&json!(title), &json!(user)));
            ids.push(notification["id"].clone());
        }
    }
    assert!(ids.chunks(2).all(|pair| pair == &ids[..2]), "one broadcast has one id: {ids:?}");
}

#[tokio::test]
async fn a_stream_goes_on_where_the_last_one_was_cut() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut stream = server.stream("anna").await;
    server.publish(&event("seen")).await;
    assert_eq!(stream.titles_to("seen").await, ["seen"]);
    stream.event_of("inbox").await;
    let place = stream.place().to_owned();
    drop(stream);
    let missed: Vec<String> = (0..30).map(|n| format!("missed {n}")).collect();
    for title in &missed {
        server.publish(&event(title)).await;
    }
    server.publish(&broadcast("to all")).await;
    let mut stream = server.stream_after("anna", &place).await;
    server.publish(&event("the end")).await;
    let told = stream.titles_to("the end").await;
    let (to_all, own): (Vec<_>, Vec<_>) = told.into_iter().partition(|title| title == "to all");
    assert_eq!((to_all.len(), &own[..30]), (1, &missed[..]));
}

#[tokio::test]
async fn a_place_that_cannot_be_read_is_a_reset_and_then_the_present() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    server.publish(&event("long ago")).await;
    for bad in [HeaderValue::from_static("rubbish"), HeaderValue::from_bytes("schön".as_bytes()).unwrap()] {
        let request = server.request(Method::GET, "anna", "/api/stream/events").header("last-event-id", bad);
        let mut stream = Listener::open(request, "").await;
        assert_eq!(stream.event().await.unwrap(), json!({"type": "reset"}));
        server.publish(&event("now")).await;
        assert_eq!(stream.title().await.as_deref(), Some("now"));
    }
}

#[tokio::test]
async fn an_idle_stream_beats() {
    let home = Home::new();
    let server = Server::start(&home, &["--heartbeat-seconds", "1"]);
    let mut stream = server.stream("anna").await;
    let mut beats = 0;
    while beats < 2 {
        match stream.frame().await.unwrap() {
            Frame::Comment(text) => {
                assert_eq!(text, "heartbeat");
                beats += 1;
            }
            Frame::Retry(wait) => assert!((Duration::from_secs(2)..Duration::from_secs(4)).contains(&wait)),
            Frame::Id(_) => {}
            Frame::Message { data, .. } => panic!("{data}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_end_by_themselves_lose_nothing_between_them() {
    let home = Home::new();
    let server = Server::start(&home, &["--stream-window-seconds", "1"]);
    let mut stream = server.stream("anna").await;
    let (mut published, mut told) = (Vec::new(), Vec::new());
    for window in 0..3 {
        let mut n = 0;
        let sns = server.sns();
        // Whatever moment the stream ends at, it is in the middle of events.
        let ended = loop {
            let title = format!("{window}.{n}");
            let send = sns.publish().topic_arn(TOPIC).message(event(&title).to_string()).send();
            send.await.unwrap();
            published.push(title);
            n += 1;
            match stream.title().await {
                Some(title) => told.push(title),
                None => break stream.place().to_owned(),
            }
        };
        assert!(stream.tail.ends_with(b"\n\n"));
        stream = server.stream_after("anna", &ended).await;
    }
    server.publish(&event("the end")).await;
    told.extend(stream.titles_to("the end").await);
    published.push("the end".to_owned());
    assert_eq!(told, published);
}

#[tokio::test]
async fn a_full_server_tells_each_kind_of_client_what_it_understands() {
    let home = Home::new();
    let server = Server::start(&home, &["--max-streams", "1"]);
    let _held = server.stream("anna").await;
    let open = async |query: &str| {
        let response = server.request(Method::GET, "ben", &format!("/api/stream/events{query}")).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.headers().contains_key("retry-after"), response.text().await.unwrap())
    };
    let (status, _, text) = open("").await;
    assert!(status == 200 && text.starts_with("retry: ") && text.ends_with("\n\n") && text.lines().count() == 2, "{status} {text}");
    let (status, told_when, _) = open("?client=c1").await;
    assert_eq!((status, told_when), (503, true));
}

#[tokio::test]
async fn head_asks_for_no_stream_and_nobody_gets_none() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let head = server.request(Method::HEAD, "anna", "/api/stream/events").send().await.unwrap();
    assert!(head.status() == 200 && head.headers()["content-type"] == "text/event-stream", "{head:?}");
    assert_eq!(head.text().await.unwrap(), "");
    let nobody = server.http.get(format!("{}/api/stream/events", server.url)).send().await.unwrap();
    assert_eq!(nobody.status(), 401);
    assert!(nobody.headers().contains_key("www-authenticate"));
}
