//! Text comes out as it went in, from a job's query request to a socket's push and resume.

use serde_json::{Value, json};

use crate::support::{Home, Server};

/// What would break the framing of a stream, a form or a message that is put together by hand.
const TEXTS: [&str; 6] = [
    "ok\rdata: {\"type\":\"reset\"}",
    "a\n\nid: 0\n\n",
    "a\r\nb\rc",
    "\u{2028}\u{2029}\u{85}",
    "a&Action=Publish%26+b",
    "\u{feff}👨‍👩‍👧‍👦 \u{0}",
];

#[tokio::test]
async fn i7_texts_of_jobs_are_the_same_in_a_push_and_a_resume() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let (mut socket, begun) = server.socket("anna").await;
    let mut pushed: Vec<Value> = Vec::new();
    for text in TEXTS {
        let sent = json!({"type": "notification", "userId": "anna", "title": text, "message": text, "data": {"text": text}});
        server.publish(&sent).await;
        pushed.extend(socket.push_of("user").await["events"].as_array().unwrap().iter().cloned());
    }
    let (_, resumed) = server.socket_after("anna", Some(&begun.cursor)).await;
    for (way, events) in [("push", &pushed), ("resume", &resumed.events)] {
        let told: Vec<_> = events.iter().map(|event| &event["notification"]).filter(|one| one.is_object()).collect();
        assert_eq!(told.len(), TEXTS.len(), "{way}");
        for (one, text) in told.iter().zip(TEXTS) {
            assert_eq!((&one["title"], &one["message"], &one["data"]["text"]), (&json!(text), &json!(text), &json!(text)), "{way}");
        }
    }
}
