//! Streams over real sockets: beats, windows, slow readers, and the end of the process.

use std::io::Write as _;
use std::net::TcpStream;

use contract::sse::Frame;
use serde_json::json;

use crate::server::{Server, token};

#[tokio::test]
async fn when_the_process_is_asked_to_end_all_streams_end_between_two_events() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let mut streams = Vec::new();
    for user in ["anna", "ben", "carl"] {
        streams.push(server.stream(data, user, "").await);
    }
    server.publish(&json!({"type": "broadcast", "title": "before"})).await;
    for stream in &mut streams {
        assert_eq!(stream.title().await.unwrap(), "before");
    }
    server.ask_to_end();
    for stream in &mut streams {
        while stream.next().await.is_some() {}
        assert!(stream.raw.ends_with(b"\n\n"));
    }
    assert!(server.wait().success());
    let places: Vec<String> = streams.iter().map(|stream| stream.place().to_owned()).collect();
    let server = Server::start(data, &[]);
    server.publish(&json!({"type": "broadcast", "title": "after"})).await;
    for (user, place) in ["anna", "ben", "carl"].into_iter().zip(places) {
        assert_eq!(server.stream(data, user, &place).await.title().await.unwrap(), "after");
    }
}

#[tokio::test]
async fn an_idle_stream_beats_and_a_window_ends_cleanly() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &["--heartbeat-seconds", "1", "--stream-window-seconds", "3"]);
    let mut stream = server.stream(data, "anna", "").await;
    let mut beats = 0;
    while let Some(frame) = stream.next().await {
        beats += usize::from(matches!(frame, Frame::Comment(text) if text.trim() == "heartbeat"));
    }
    assert!((1..=3).contains(&beats), "{beats}");
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "between"})).await;
    let mut next = server.stream(data, "anna", stream.place()).await;
    assert_eq!(next.title().await.unwrap(), "between");
}

#[tokio::test]
async fn a_reader_that_takes_nothing_holds_nobody_back_and_costs_little() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let address = server.url.strip_prefix("http://").unwrap();
    let mut deaf = TcpStream::connect(address).unwrap();
    let head = format!("GET /api/stream/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\r\n", token(data, "deaf"));
    deaf.write_all(head.as_bytes()).unwrap();
    let mut stream = server.stream(data, "anna", "").await;
    let before = resident_kib(server.process.id());
    let text = "x".repeat(3_900);
    for number in 0..300 {
        for part in 0..4 {
            let message = format!("{number}.{part} {text}");
            server.publish(&json!({"type": "broadcast", "title": "much", "message": message, "key": format!("k{part}")})).await;
        }
        for _ in 0..4 {
            assert_eq!(stream.title().await.unwrap(), "much");
        }
    }
    let grown = resident_kib(server.process.id()).saturating_sub(before);
    assert!(grown < 60 * 1_024, "{grown} KiB for one reader that takes nothing");
}

/// Of Linux; elsewhere nothing is known, and nothing is measured.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or(0)
}
