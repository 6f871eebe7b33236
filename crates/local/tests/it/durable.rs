//! What was acknowledged is stored: killed at any moment and started again, a server tells each event once, in order.

use aws_sdk_sns::Client;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{Home, Server, TOPIC, entry};

/// A job's events of one round.
const BURST: usize = 50;
/// After so many answers the server is killed; the last time at once after the last answer.
const KILLS: [usize; 6] = [1, 7, 20, 33, 49, BURST];

fn event(title: &str) -> Value {
    json!({"type": "notification", "userId": "anna", "title": title, "id": title})
}

fn titles(round: usize) -> Vec<String> {
    (0..BURST).map(|n| format!("{round}.{n}")).collect()
}

/// A job that publishes one after the other, and ends at the first that is not taken. Gives how many were acknowledged.
async fn job(sns: Client, titles: Vec<String>, acknowledged: mpsc::UnboundedSender<()>) -> usize {
    for (count, title) in titles.iter().enumerate() {
        if sns.publish().topic_arn(TOPIC).message(event(title).to_string()).send().await.is_err() {
            return count;
        }
        acknowledged.send(()).unwrap();
    }
    titles.len()
}

/// The job once more, as one that did not get all its answers: the same events with the same ids.
async fn again(server: &Server<'_>, titles: &[String]) {
    for ten in titles.chunks(10) {
        let entries = ten.iter().enumerate().map(|(n, title)| entry(&n.to_string(), &event(title))).collect();
        let answer = server.sns().publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(entries)).send().await.unwrap();
        assert_eq!((answer.successful().len(), answer.failed().len()), (10, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i1_what_was_acknowledged_outlives_a_kill_and_is_told_once_in_order() {
    let home = Home::new();
    let mut place = Server::start(&home, &[]).stream("anna").await.place().to_owned();
    for (round, kill_after) in KILLS.into_iter().enumerate() {
        let titles = titles(round);
        let server = Server::start(&home, &[]);
        let (acknowledged, mut answers) = mpsc::unbounded_channel();
        let job = tokio::spawn(job(server.sns(), titles.clone(), acknowledged));
        for _ in 0..kill_after {
            answers.recv().await.unwrap();
        }
        server.kill();
        let count = job.await.unwrap();

        let server = Server::start(&home, &[]);
        let mut stream = server.stream_after("anna", &place).await;
        for title in &titles[..count] {
            assert_eq!(stream.title().await.as_ref(), Some(title), "round {round}: {count} were acknowledged");
        }
        again(&server, &titles).await;
        server.publish(&event(&format!("end of {round}"))).await;
        let rest = stream.titles_to(&format!("end of {round}")).await;
        assert_eq!(rest[..rest.len() - 1], titles[count..], "round {round}: {count} were acknowledged");
        // The counts stand last in what a commit brought, and bring the place behind it.
        stream.event_of("inbox").await;
        stream.place().clone_into(&mut place);
    }
    let server = Server::start(&home, &[]);
    assert_eq!(server.get("anna", "/api/unread").await["unreadCount"], KILLS.len() * (BURST + 1));
}

#[tokio::test]
async fn i4_the_same_id_again_changes_nothing_in_whatever_request_and_whenever() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let place = server.stream("anna").await.place().to_owned();
    let broadcast = json!({"type": "broadcast", "title": "to all", "id": "all"});
    let task = json!({"type": "task-completed", "userId": "anna", "taskId": "t1", "status": "completed"});
    let one = event("one");
    let batch = vec![entry("a", &one), entry("b", &one), entry("c", &broadcast), entry("d", &broadcast), entry("e", &task)];
    for _ in 0..2 {
        let send = server.sns().publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(batch.clone())).send();
        assert_eq!(send.await.unwrap().successful().len(), 5);
    }
    let before = server.get("anna", "/api/notifications").await;
    for event in [&one, &broadcast, &task] {
        server.publish(event).await;
    }
    server.kill();
    let server = Server::start(&home, &[]);
    for event in [&one, &broadcast, &task] {
        server.publish(event).await;
    }
    let after = server.get("anna", "/api/notifications").await;
    assert_eq!((&after["notifications"], &after["unreadCount"]), (&before["notifications"], &json!(2)));
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "the end"})).await;
    let mut stream = server.stream_after("anna", &place).await;
    let mut told = Vec::new();
    while told.last().is_none_or(|last| last != "the end") {
        let event = stream.event().await.unwrap();
        let what = event["notification"]["title"].as_str().or(event["taskId"].as_str());
        told.extend(what.map(str::to_owned));
    }
    told.sort();
    assert_eq!(told, ["one", "t1", "the end", "to all"]);
}
