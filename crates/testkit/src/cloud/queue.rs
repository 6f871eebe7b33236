//! SQS and SNS, as far as whoever sends can see.

use std::sync::Mutex;

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Map, Value, json};

use super::{json_answer, locked, text, with_type};
use crate::loopback::Answer;

/// A message that a queue or a topic took.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// The queue's URL, or the topic's ARN.
    pub to: String,
    /// The message.
    pub body: String,
    /// Its message attributes: name to text.
    pub attributes: Map<String, Value>,
    /// How long the queue keeps it back, in seconds.
    pub delay_s: u64,
}

/// One operation of SQS's JSON protocol.
pub(super) fn sqs(sent: &Mutex<Vec<Sent>>, operation: &str, body: &[u8]) -> Answer {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let to = request["QueueUrl"].as_str().unwrap_or_default().to_owned();
    match operation {
        "SendMessage" => {
            locked(sent).push(message(&to, &request));
            json_answer(&json!({"MessageId": "00000000-0000-4000-8000-000000000001", "MD5OfMessageBody": ""}))
        }
        "SendMessageBatch" => {
            let entries = request["Entries"].as_array().cloned().unwrap_or_default();
            locked(sent).extend(entries.iter().map(|entry| message(&to, entry)));
            let taken = |entry: &Value| json!({"Id": entry["Id"], "MessageId": entry["Id"], "MD5OfMessageBody": ""});
            json_answer(&json!({"Successful": entries.iter().map(taken).collect::<Vec<_>>(), "Failed": []}))
        }
        _ => text(StatusCode::BAD_REQUEST, format!("{operation} is not served")),
    }
}

fn message(to: &str, entry: &Value) -> Sent {
    let attributes = entry["MessageAttributes"].as_object().into_iter().flatten();
    Sent {
        to: to.to_owned(),
        body: entry["MessageBody"].as_str().unwrap_or_default().to_owned(),
        attributes: attributes.map(|(name, value)| (name.clone(), value["StringValue"].clone())).collect(),
        delay_s: entry["DelaySeconds"].as_u64().unwrap_or_default(),
    }
}

/// One operation of SNS's query protocol.
pub(super) fn sns(sent: &Mutex<Vec<Sent>>, body: &[u8]) -> Answer {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
    let of = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
    let to = of("TopicArn").unwrap_or_default();
    let told = |prefix: &str| of(&format!("{prefix}Message")).map(|body| published(&to, body, prefix, &of));
    match of("Action").as_deref() {
        Some("Publish") => {
            locked(sent).extend(told(""));
            xml("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>".to_owned())
        }
        Some("PublishBatch") => {
            let prefix = |number: usize| format!("PublishBatchRequestEntries.member.{number}.");
            let entries: Vec<Sent> = (1..).map_while(|number| told(&prefix(number))).collect();
            let id = |number: usize| of(&format!("{}Id", prefix(number))).unwrap_or_default();
            let taken = |number| format!("<member><Id>{}</Id><MessageId>{number}</MessageId></member>", id(number));
            let members: String = (1..=entries.len()).map(taken).collect();
            locked(sent).extend(entries);
            xml(format!(
                "<PublishBatchResponse><PublishBatchResult><Failed/><Successful>{members}</Successful></PublishBatchResult></PublishBatchResponse>"
            ))
        }
        other => text(StatusCode::BAD_REQUEST, format!("{other:?} is not served")),
    }
}

fn published(to: &str, body: String, prefix: &str, of: &impl Fn(&str) -> Option<String>) -> Sent {
    let attribute = |number: usize| {
        let entry = format!("{prefix}MessageAttributes.entry.{number}.");
        Some((of(&format!("{entry}Name"))?, Value::from(of(&format!("{entry}Value.StringValue")))))
    };
    Sent { to: to.to_owned(), body, attributes: (1..).map_while(attribute).collect(), delay_s: 0 }
}

fn xml(body: String) -> Answer {
    with_type(StatusCode::OK, Bytes::from(body), "text/xml")
}
