//! What was acknowledged is stored: kill -9 at once after, and it is there, once, in order.

use serde_json::json;

use crate::server::{Server, TOPIC};

const ROUNDS: usize = 3;
const BURST: usize = 40;

#[tokio::test]
async fn i1_what_was_acknowledged_survives_a_kill_and_reaches_the_client_once_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let mut acknowledged: Vec<String> = Vec::new();
    let mut server = Server::start(data, &[]);
    let mut place = server.stream(data, "anna", "").await.place().to_owned();
    let mut told: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        let sns = server.sns();
        for number in 0..BURST {
            let title = format!("{round}.{number}");
            let event = json!({"type": "notification", "userId": "anna", "title": title, "id": title});
            sns.publish().topic_arn(TOPIC).message(event.to_string()).send().await.unwrap();
            acknowledged.push(title);
        }
        server.kill();
        server = Server::start(data, &[]);
        // The same ids again, as a job does that never saw its answer.
        let last = acknowledged.last().unwrap().clone();
        server.publish(&json!({"type": "notification", "userId": "anna", "title": last, "id": last})).await;
        let mut stream = server.stream(data, "anna", &place).await;
        while told.len() < acknowledged.len() {
            told.push(stream.title().await.unwrap());
        }
        place = stream.place().to_owned();
    }
    assert_eq!(told, acknowledged);
    // Whatever else would still come, comes before this.
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "the end"})).await;
    let mut stream = server.stream(data, "anna", &place).await;
    assert_eq!(stream.title().await.unwrap(), "the end");
    let page = server.get(data, "anna", "/api/unread").await;
    assert_eq!(page["unreadCount"], ROUNDS * BURST + 1);
}

#[tokio::test]
async fn a_kill_in_the_middle_of_a_burst_loses_nothing_acknowledged_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let place = server.stream(data, "anna", "").await.place().to_owned();
    let (sns, url) = (server.sns(), server.url.clone());
    let publishing = tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        for number in 0.. {
            let title = format!("number {number}");
            let event = json!({"type": "notification", "userId": "anna", "title": title, "id": title});
            if sns.publish().topic_arn(TOPIC).message(event.to_string()).send().await.is_err() {
                return acknowledged;
            }
            acknowledged.push(title);
        }
        acknowledged
    });
    let mut watching = server.stream(data, "anna", "").await;
    for _ in 0..30 {
        watching.title().await.unwrap();
    }
    server.kill();
    assert!(!url.is_empty());
    let acknowledged = publishing.await.unwrap();
    let server = Server::start(data, &[]);
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "the end"})).await;
    let mut stream = server.stream(data, "anna", &place).await;
    let mut told = Vec::new();
    loop {
        let title = stream.title().await.unwrap();
        if title == "the end" {
            break;
        }
        told.push(title);
    }
    // One more than was acknowledged may have been stored: its answer was on the way.
    assert!(told.len() == acknowledged.len() || told.len() == acknowledged.len() + 1, "{} of {}", told.len(), acknowledged.len());
    assert_eq!(told[..acknowledged.len()], acknowledged);
}
