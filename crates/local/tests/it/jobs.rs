//! Jobs over SNS: what the SDK's client is told, what arrives, and what becomes a dead letter.

use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::MessageAttributeValue;
use serde_json::{Value, json};

use crate::support::{Home, Server, TOPIC, code, entry, number, text};

fn event(title: &str) -> Value {
    json!({"type": "notification", "userId": "anna", "title": title})
}

/// What a batch came to: how many were taken, and the codes of the rest; or the code for all of it.
async fn batch(server: &Server<'_>, entries: &[(&str, String)]) -> Result<(usize, Vec<String>), String> {
    let entries = entries.iter().map(|(id, message)| entry(id, message)).collect();
    let answer = server.sns().publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(entries)).send().await;
    match answer {
        Ok(answer) => Ok((answer.successful().len(), answer.failed().iter().map(|failed| failed.code().to_owned()).collect())),
        Err(_) => Err(code(answer)),
    }
}

#[tokio::test]
async fn an_inherited_message_is_complete_and_arrives_with_its_inherited_fields() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut stream = server.stream("u1").await;
    let message = r#"{"type":"task-completed","userId":"u1","taskId":"t1","status":"completed"}"#;
    server.sns().publish().topic_arn(TOPIC).message(message).send().await.unwrap();
    let event = stream.event_of("task-completed").await;
    assert_eq!((&event["userId"], &event["taskId"], &event["status"]), (&json!("u1"), &json!("t1"), &json!("completed")));
    assert_eq!((&event["task"]["id"], &event["task"]["name"]), (&json!("t1"), &json!("t1")));
    assert_eq!(server.get("u1", "/api/tasks/t1").await["status"], "completed");
}

#[tokio::test]
async fn batches_are_taken_refused_and_taken_in_part_as_on_aws() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let good = |title: &str| event(title).to_string();
    let ids: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    let many = |count: usize| ids[..count].iter().map(|id| (id.as_str(), good(id))).collect::<Vec<_>>();
    let large = "x".repeat(257 * 1_024 / 2);
    let refused = |code: &str| Err(code.to_owned());

    assert_eq!(batch(&server, &many(10)).await, Ok((10, vec![])));
    assert_eq!(batch(&server, &many(11)).await, refused("TooManyEntriesInBatchRequest"));
    assert_eq!(batch(&server, &[]).await, refused("EmptyBatchRequest"));
    assert_eq!(batch(&server, &[("a", good("twin")), ("a", good("twin"))]).await, refused("BatchEntryIdsNotDistinct"));
    assert_eq!(batch(&server, &[("a", large.clone()), ("b", large)]).await, refused("BatchRequestTooLong"));
    assert_eq!(batch(&server, &[("a b", good("spaced"))]).await, refused("InvalidBatchEntryId"));
    let part = batch(&server, &[("a", good("in part")), ("b", String::new()), ("c", good("as well"))]).await;
    assert_eq!(part, Ok((2, vec!["InvalidParameter".to_owned()])));

    let mut wanted = ids[..10].to_vec();
    wanted.extend(["in part".to_owned(), "as well".to_owned()]);
    assert_eq!(server.titles("anna").await, wanted, "of what was refused, nothing is there");
    assert_eq!(home.dead_letters(), Vec::<Value>::new());
}

#[tokio::test]
async fn single_messages_are_refused_as_on_aws() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let publish = |topic: &str, message: &str| server.sns().publish().topic_arn(topic).message(message).send();
    assert_eq!(code(publish("arn:aws:sns:us-east-1:000000000000:other", "x").await), "NotFound");
    assert_eq!(code(publish(TOPIC, "").await), "InvalidParameter");
    assert_eq!(code(publish(TOPIC, &"x".repeat(257 * 1_024)).await), "InvalidParameter");
    let phone = server.sns().publish().phone_number("+15550100").message("x").send().await;
    assert_eq!(code(phone), "InvalidParameter");
    assert_eq!(home.dead_letters(), Vec::<Value>::new());
}

#[tokio::test]
async fn attributes_of_each_type_are_taken_eleven_are_dropped_and_lies_are_told() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 159, 146])).build().unwrap();
    let publish = |title: &str| server.sns().publish().topic_arn(TOPIC).message(event(title).to_string());
    let three = publish("three types").message_attributes("type", text("notification")).message_attributes("userId", text("anna"));
    three.message_attributes("weight", number("1.5")).message_attributes("raw", bytes).send().await.unwrap();
    let ten = (0..10).fold(publish("ten"), |ten, n| ten.message_attributes(format!("a{n}"), text("x")));
    ten.clone().send().await.unwrap();
    ten.message(event("eleven").to_string()).message_attributes("a10", text("x")).send().await.unwrap();
    publish("to whom").message_attributes("userId", text("ben")).send().await.unwrap();
    publish("of which type").message_attributes("type", number("7")).send().await.unwrap();
    let not_a_number = publish("never").message_attributes("weight", number("heavy")).send().await;
    assert_eq!(code(not_a_number), "ParameterValueInvalid");

    assert_eq!(server.titles("anna").await, ["three types", "ten"]);
    let letters = home.dead_letters();
    let reasons: Vec<&str> = letters.iter().map(|letter| letter["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].contains("11 attributes") && reasons[1].contains("userId") && reasons[2].contains("type"), "{reasons:?}");
}

#[tokio::test]
async fn i9_poison_is_taken_and_stands_among_the_dead_letters_while_its_batch_mates_arrive() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let mut stream = server.stream("anna").await;
    let with = |name: &str, value: Value| {
        let mut event = event("t");
        event[name] = value;
        event.to_string()
    };
    let poisons = [
        ("not JSON".to_owned(), "JSON"),
        (with("colour", json!("red")), "colour"),
        (with("actions", json!([{"label": "l", "url": "javascript:alert(1)"}])), "url"),
        (with("title", json!("x".repeat(201))), "title"),
        (r#"{"type":"broadcast","type":"task-completed","title":"t"}"#.to_owned(), "type"),
        (with("data", json!({"text": "x".repeat(64 * 1_024)})), "bytes"),
    ];
    let entries = poisons.iter().map(|(message, _)| message.clone());
    let entries = std::iter::once(event("first").to_string()).chain(entries).chain([event("last").to_string()]);
    let ids: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let entries: Vec<(&str, String)> = ids.iter().map(String::as_str).zip(entries).collect();
    assert_eq!(batch(&server, &entries).await, Ok((8, vec![])));
    // Answered means kept: the list outlives a kill.
    assert_eq!(stream.titles_to("last").await, ["first", "last"]);
    server.kill();

    let letters = home.dead_letters();
    assert_eq!(letters.len(), poisons.len());
    for (letter, (message, wanted)) in letters.iter().zip(&poisons) {
        assert_eq!(letter["body"], json!(message));
        assert!(letter["reason"].as_str().unwrap().contains(wanted), "{wanted}: {}", letter["reason"]);
    }
    let log = home.log();
    assert!(log.contains("dead letter") && !log.contains("alert(1)"), "what a message says is not for logs: {log}");
}

#[tokio::test]
async fn with_a_key_pair_only_its_holder_publishes() {
    let home = Home::new();
    let server = Server::start(&home, &["--sns-access-key-id", "JOBS", "--sns-secret-access-key", "the jobs' secret"]);
    let publish = async |id: &str, secret: &str| {
        let message = event(id).to_string();
        code(server.sns_with(id, secret).publish().topic_arn(TOPIC).message(message).send().await)
    };
    assert_eq!(publish("JOBS", "the jobs' secret").await, "");
    assert_eq!(publish("JOBS", "another secret").await, "SignatureDoesNotMatch");
    assert_eq!(publish("OTHERS", "the jobs' secret").await, "InvalidClientTokenId");
    let unsigned = server.http.post(&server.url).header("content-type", "application/x-www-form-urlencoded");
    let unsigned = unsigned.body(format!("Action=Publish&TopicArn={TOPIC}&Message=x")).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    assert_eq!(server.titles("anna").await, ["JOBS"]);
}
