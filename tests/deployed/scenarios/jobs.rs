//! Jobs publish over SNS with the SDK's own client.

use serde_json::{Value, json};

use crate::client::entry;
use crate::deployment::Deployment;
use crate::wait::eventually;

fn notification(at: &Deployment, to: &str, title: &str) -> Value {
    json!({"type": "notification", "userId": to, "title": at.own(title)})
}

pub(super) async fn an_inherited_message_ends_a_task(at: &Deployment) {
    let anna = at.user("anna");
    let cursor = anna.cursor().await;
    at.publish_text(&format!(r#"{{"type":"task-completed","userId":"{}","taskId":"t1","status":"completed"}}"#, anna.id)).await;
    let task = eventually("the task", async || {
        let answer = anna.get("/api/tasks/t1").await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!((&task["status"], &task["name"], &task["userId"]), (&json!("completed"), &json!("t1"), &json!(anna.id)));
    let news = anna.get(&format!("/api/events?after={cursor}")).await.json();
    let event = news["events"].as_array().unwrap().iter().find(|event| event["type"] == "task-completed").cloned().unwrap();
    assert_eq!((&event["taskId"], &event["status"], &event["task"]["id"]), (&json!("t1"), &json!("completed"), &json!("t1")));
    assert_eq!(anna.get("/api/tasks").await.json()["tasks"].as_array().unwrap().len(), 1);
}

pub(super) async fn one_id_twice_is_one_notification(at: &Deployment) {
    let anna = at.user("anna");
    let cursor = anna.cursor().await;
    let mut once = notification(at, &anna.id, "once");
    once["id"] = json!(at.own("job-7"));
    at.publish(&once).await;
    anna.shows(&["once"]).await;
    at.publish(&once).await;
    at.publish(&notification(at, &anna.id, "after")).await;
    anna.shows(&["once", "after"]).await;
    assert_eq!(anna.polled_to(cursor, "after").await.0, ["once", "after"]);
}

pub(super) async fn a_batch_comes_whole(at: &Deployment) {
    let anna = at.user("anna");
    let titles: Vec<String> = (0..10).map(|n| format!("no. {n}")).collect();
    let entries = titles.iter().enumerate().map(|(n, title)| entry(n, &notification(at, &anna.id, title))).collect();
    let batch = at.sns().publish_batch().topic_arn(&at.topic_arn).set_publish_batch_request_entries(Some(entries));
    let answer = batch.send().await.unwrap();
    assert_eq!((answer.successful().len(), answer.failed().len()), (10, 0));
    eventually("all ten", async || {
        let mut there = anna.titles().await;
        there.sort();
        (there == titles).then_some(())
    })
    .await;
}
