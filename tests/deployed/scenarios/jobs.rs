//! Jobs publish over SNS with the SDK's own client.

use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::{Value, json};

use crate::client::entry;
use crate::deployment::{DeadLetters, Deployment};
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

/// Case 53: an attribute of each type, on the way to `deliver` and to anybody else's queue.
pub(super) async fn attributes_of_every_type_come_along(at: &Deployment) {
    let anna = at.user("anna");
    let other = OtherQueue::subscribe(at).await;
    let event = notification(at, &anna.id, "with attributes").to_string();
    let attribute = |kind: &str| MessageAttributeValue::builder().data_type(kind);
    let publish = at.sns().publish().topic_arn(&at.topic_arn).message(&event);
    let publish = publish.message_attributes("type", attribute("String").string_value("notification").build().unwrap());
    let publish = publish.message_attributes("priority", attribute("Number").string_value("-3.5").build().unwrap());
    let bytes = vec![0, 255, 10, 13, 128];
    publish.message_attributes("trace", attribute("Binary").binary_value(Blob::new(bytes.clone())).build().unwrap()).send().await.unwrap();
    anna.shows(&["with attributes"]).await;

    if let Some(other) = &other {
        let message = other.receive().await;
        assert_eq!(message.body(), Some(event.as_str()), "the message itself, and no envelope");
        let attributes = message.message_attributes().unwrap();
        let text = |name: &str| (attributes[name].data_type().to_owned(), attributes[name].string_value().unwrap_or_default().to_owned());
        assert_eq!(text("type"), ("String".to_owned(), "notification".to_owned()));
        assert_eq!(text("priority"), ("Number".to_owned(), "-3.5".to_owned()));
        let found = (attributes["trace"].data_type(), attributes["trace"].binary_value().map(AsRef::as_ref));
        assert_eq!((found, attributes.len()), (("Binary", Some(bytes.as_slice())), 3));
        other.delete().await;
    }
}

/// A queue of somebody else's, with raw delivery; only where there are queues.
struct OtherQueue {
    sqs: aws_sdk_sqs::Client,
    url: String,
}

impl OtherQueue {
    async fn subscribe(at: &Deployment) -> Option<Self> {
        let DeadLetters::Queue(sqs, _) = &at.dead_letters else { return None };
        let made = sqs.create_queue().queue_name("somebody-elses").send().await.unwrap();
        let url = made.queue_url().unwrap().to_owned();
        let asked = sqs.get_queue_attributes().queue_url(&url).attribute_names(aws_sdk_sqs::types::QueueAttributeName::QueueArn);
        let arn = asked.send().await.unwrap().attributes().unwrap()[&aws_sdk_sqs::types::QueueAttributeName::QueueArn].clone();
        let subscribe = at.sns().subscribe().topic_arn(&at.topic_arn).protocol("sqs").endpoint(arn);
        subscribe.attributes("RawMessageDelivery", "true").send().await.unwrap();
        Some(Self { sqs: sqs.clone(), url })
    }

    async fn receive(&self) -> aws_sdk_sqs::types::Message {
        eventually("the message in somebody else's queue", async || {
            let asked = self.sqs.receive_message().queue_url(&self.url).message_attribute_names("All").send().await.unwrap();
            asked.messages().first().cloned()
        })
        .await
    }

    async fn delete(&self) {
        self.sqs.delete_queue().queue_url(&self.url).send().await.unwrap();
    }
}
