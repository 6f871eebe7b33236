//! Jobs that publish: batches, poison, and what stands in the list of dead letters.

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use serde_json::{Value, json};

use crate::server::{Server, TOPIC};

fn entry(id: &str, message: &str) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id).message(message).build().unwrap()
}

fn dead_letters(data: &std::path::Path) -> Vec<Value> {
    let text = std::fs::read_to_string(data.join("dead-letters.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn i9_poison_goes_to_the_dead_letters_and_its_batch_mates_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let mut stream = server.stream(data, "anna", "").await;
    let good = |title: &str| json!({"type": "notification", "userId": "anna", "title": title, "id": title}).to_string();
    let long = json!({"type": "notification", "userId": "anna", "title": "x".repeat(201)}).to_string();
    let script = json!({"type": "notification", "userId": "anna", "title": "t", "actions": [{"label": "l", "url": "javascript:alert(1)"}]});
    let batch = vec![
        entry("a", &good("first")),
        entry("b", "not JSON"),
        entry("c", &long),
        entry("d", &script.to_string()),
        entry("e", r#"{"type":"notification","type":"broadcast","userId":"anna","title":"t"}"#),
        entry("f", r#"{"type":"notification","userId":"anna","title":"t","colour":"red"}"#),
        entry("g", &good("first")),
        entry("h", &good("last")),
    ];
    let answer = server.sns().publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(batch)).send().await.unwrap();
    assert_eq!((answer.successful().len(), answer.failed().len()), (8, 0), "as a topic does, it takes everything");
    assert_eq!(stream.title().await.unwrap(), "first");
    assert_eq!(stream.title().await.unwrap(), "last");
    let reasons: Vec<String> = dead_letters(data).iter().map(|letter| letter["reason"].as_str().unwrap().to_owned()).collect();
    assert_eq!(reasons.len(), 5, "{reasons:?}");
    for word in ["title", "actions[0].url", "colour"] {
        assert!(reasons.iter().any(|reason| reason.contains(word)), "{word}: {reasons:?}");
    }
    assert_eq!(server.get(data, "anna", "/api/unread").await["unreadCount"], 2);
}

#[tokio::test]
async fn attributes_are_as_on_aws_and_eleven_never_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let server = Server::start(data, &[]);
    let text = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap();
    let event = |title: &str| json!({"type": "notification", "userId": "anna", "title": title}).to_string();
    let number = MessageAttributeValue::builder().data_type("Number").string_value("1").build().unwrap();
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(aws_sdk_sns::primitives::Blob::new([1])).build().unwrap();
    let publish = server.sns().publish().topic_arn(TOPIC).message(event("three kinds"));
    publish
        .message_attributes("userId", text("anna"))
        .message_attributes("n", number)
        .message_attributes("b", binary)
        .send()
        .await
        .unwrap();
    let mut eleven = server.sns().publish().topic_arn(TOPIC).message(event("eleven"));
    for name in 0..11 {
        eleven = eleven.message_attributes(format!("a{name}"), text("x"));
    }
    eleven.send().await.unwrap();
    let wrong = MessageAttributeValue::builder().data_type("Number").string_value("7").build().unwrap();
    server.sns().publish().topic_arn(TOPIC).message(event("wrong type")).message_attributes("type", wrong).send().await.unwrap();
    let page = server.get(data, "anna", "/api/notifications").await;
    let titles: Vec<&str> = page["notifications"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["three kinds"]);
    assert_eq!(dead_letters(data).len(), 2);
    let elsewhere = server.sns().publish().topic_arn("arn:aws:sns:us-east-1:000000000000:other").message("x").send().await;
    assert!(elsewhere.unwrap_err().into_service_error().is_not_found_exception());
}
