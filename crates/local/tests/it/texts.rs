//! Text comes out as it went in: from a job's query request, alone and in a batch, over every way in which a client gets it.

use std::fmt::Write as _;

use contract::sse::Frame;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::texts::{TEXTS, check, full};

use crate::support::{Home, Listener, Server, TOPIC, entry};

/// Each text is sent so often: to one user, to one user in a batch, to everyone in the same batch.
const TIMES: usize = 3;
const END: &str = "the end";

/// The same JSON in ASCII alone, with white space around it.
fn spelled_out(message: &Value) -> String {
    let mut text = "\r\n\t".to_owned();
    for unit in message.to_string().encode_utf16() {
        match u8::try_from(unit).ok().filter(u8::is_ascii) {
            Some(ascii) => text.push(char::from(ascii)),
            None => write!(text, "\\u{unit:04x}").unwrap(),
        }
    }
    text + "\r\n"
}

async fn publish(server: &Server<'_>) {
    let sns = server.sns();
    for text in TEXTS {
        let (mut own, mut all) = (full(text), full(text));
        own["type"] = json!("notification");
        own["userId"] = json!("anna");
        all["type"] = json!("broadcast");
        sns.publish().topic_arn(TOPIC).message(own.to_string()).send().await.unwrap();
        let batch = vec![entry("a", &spelled_out(&own)), entry("b", &all)];
        let answer = sns.publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(batch)).send().await.unwrap();
        assert_eq!((answer.successful().len(), answer.failed().len()), (2, 0), "{text:?}");
    }
    server.publish(&json!({"type": "notification", "userId": "anna", "title": END})).await;
}

/// Takes what comes until all has come, in whatever order the feeds are told.
async fn take(mut next: impl AsyncFnMut() -> Vec<Value>) -> Vec<Value> {
    let (mut taken, mut told) = (Vec::new(), 0);
    while told <= TIMES * TEXTS.len() {
        let events = next().await;
        told += events.iter().filter(|event| event["notification"].is_object()).count();
        taken.extend(events);
    }
    taken
}

/// The next event of a stream, in which a text could make a line of its own.
async fn next(stream: &mut Listener) -> Vec<Value> {
    match stream.frame().await.unwrap() {
        Frame::Message { event, data, .. } => {
            assert_eq!(event, "message");
            vec![serde_json::from_str(&data).unwrap()]
        }
        Frame::Comment(text) => {
            assert!(text.is_empty() || text == "heartbeat", "{text:?}");
            Vec::new()
        }
        Frame::Retry(wait) => {
            assert!(!wait.is_zero());
            Vec::new()
        }
        Frame::Id(_) => Vec::new(),
    }
}

async fn polled(server: &Server<'_>, place: &str) -> Vec<Value> {
    let (mut events, mut place) = (Vec::new(), place.to_owned());
    loop {
        let answer = server.request(Method::GET, "anna", &format!("/api/events?after={place}")).send().await.unwrap();
        if answer.status() == 204 {
            return events;
        }
        let news: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        events.extend(news["events"].as_array().unwrap().iter().cloned());
        news["cursor"].as_str().unwrap().clone_into(&mut place);
    }
}

#[tokio::test]
async fn i7_texts_of_jobs_are_the_same_in_every_way_that_they_come() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (mut socket, begun) = server.socket("anna").await;
    let mut stream = server.stream("anna").await;
    let place = stream.place().to_owned();
    let publishing = publish(&server);
    let pushing = take(async || socket.told().await["events"].as_array().unwrap().clone());
    let streaming = take(async || next(&mut stream).await);
    let ((), pushed, streamed) = tokio::join!(publishing, pushing, streaming);
    let mut again = server.stream_after("anna", &place).await;
    let resumed = take(async || next(&mut again).await);
    let resumed = resumed.await;
    let resumed_by_socket = server.socket_after("anna", Some(&begun.cursor)).await.1.events;
    let polled_all = polled(&server, &place).await;
    let listed = server.get("anna", "/api/notifications?limit=100").await["notifications"].as_array().unwrap().clone();
    for (way, mut items) in [
        ("push", pushed),
        ("stream", streamed),
        ("resumed stream", resumed),
        ("resumed socket", resumed_by_socket),
        ("poll", polled_all),
        ("list", listed),
    ] {
        let all = items.len();
        items.retain(|item| item["title"] != END && item["notification"]["title"] != END);
        assert_eq!(items.len(), all - 1, "{way}: one end");
        check(way, &items, TIMES);
    }
    // No forged place: behind all of it a stream stands where nothing is left.
    for stream in [&mut stream, &mut again] {
        while !polled(&server, stream.place()).await.is_empty() {
            next(stream).await;
        }
    }
}
