//! `Publish` and `PublishBatch`: from parameters to messages.

use std::collections::BTreeSet;

use inbox::moment::Moment;

use super::errors::SnsError;
use super::query::Params;
use super::{SnsApi, attributes, known_topic, xml};
use crate::intake::{Incoming, IntakeError};
use crate::random::uuid_v4;

/// Most bytes of a message with its attributes, and of all messages of a batch (Amazon SNS quotas, 2026).
const MESSAGE_BYTES: usize = 256 * 1_024;
/// Most entries of a batch.
const ENTRIES: usize = 10;
/// Longest id of an entry.
const ENTRY_ID_CHARS: usize = 80;

pub(super) async fn one(api: &SnsApi, params: &Params) -> Result<String, SnsError> {
    check_topic(params)?;
    let (message, bytes) = message(api, params, api.clock.now())?;
    if bytes > MESSAGE_BYTES {
        return Err(SnsError::parameter("Message too long"));
    }
    let id = message.message_id.clone();
    match api.intake.accept(vec![message]).await.pop() {
        Some(Ok(())) => Ok(xml::leaf("MessageId", &id)),
        Some(Err(IntakeError::Busy | IntakeError::NotStored)) | None => Err(SnsError::ServiceUnavailable),
    }
}

pub(super) async fn batch(api: &SnsApi, params: &Params) -> Result<String, SnsError> {
    check_topic(params)?;
    let entries = params.members("PublishBatchRequestEntries.member")?;
    let ids = entry_ids(&entries)?;
    let now = api.clock.now();
    let read: Vec<_> = entries.iter().map(|entry| message(api, entry, now)).collect();
    let total: usize = read.iter().flatten().map(|(_, bytes)| bytes).sum();
    if total > MESSAGE_BYTES {
        return Err(SnsError::BatchRequestTooLong);
    }
    let good: Vec<Incoming> = read.iter().flatten().map(|(message, _)| message.clone()).collect();
    let mut stored = api.intake.accept(good).await.into_iter();
    let (mut successful, mut failed) = (String::new(), String::new());
    for (id, read) in ids.into_iter().zip(read) {
        let outcome = read.and_then(|(message, _)| match stored.next() {
            Some(Ok(())) => Ok(message.message_id),
            Some(Err(IntakeError::Busy | IntakeError::NotStored)) | None => Err(SnsError::ServiceUnavailable),
        });
        match outcome {
            Ok(message_id) => successful += &xml::node("member", &(xml::leaf("Id", id) + &xml::leaf("MessageId", &message_id))),
            Err(error) => failed += &failed_entry(id, &error),
        }
    }
    Ok(xml::node("Successful", &successful) + &xml::node("Failed", &failed))
}

fn failed_entry(id: &str, error: &SnsError) -> String {
    let fault = if error.sender_fault() { "true" } else { "false" };
    let parts =
        [xml::leaf("Id", id), xml::leaf("Code", error.code()), xml::leaf("Message", &error.to_string()), xml::leaf("SenderFault", fault)];
    xml::node("member", &parts.concat())
}

fn entry_ids(entries: &[Params]) -> Result<Vec<&str>, SnsError> {
    if entries.is_empty() {
        return Err(SnsError::EmptyBatchRequest);
    }
    if entries.len() > ENTRIES {
        return Err(SnsError::TooManyEntriesInBatchRequest);
    }
    let good = |id: &&str| id.len() <= ENTRY_ID_CHARS && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let ids: Option<Vec<&str>> = entries.iter().map(|entry| entry.get("Id").filter(good)).collect();
    let ids = ids.ok_or(SnsError::InvalidBatchEntryId)?;
    if ids.iter().collect::<BTreeSet<_>>().len() < ids.len() { Err(SnsError::BatchEntryIdsNotDistinct) } else { Ok(ids) }
}

fn check_topic(params: &Params) -> Result<(), SnsError> {
    if params.get("PhoneNumber").is_some() {
        return Err(SnsError::parameter("PhoneNumber: this endpoint sends no text messages"));
    }
    match (params.get("TopicArn"), params.get("TargetArn")) {
        (Some(arn), None) | (None, Some(arn)) => known_topic(arn),
        (Some(_), Some(_)) => Err(SnsError::parameter("Both TopicArn and TargetArn are given")),
        (None, None) => Err(SnsError::parameter("TopicArn or TargetArn Reason: no value for required parameter")),
    }
}

/// The message, and how many bytes it counts for.
fn message(api: &SnsApi, params: &Params, now: Moment) -> Result<(Incoming, usize), SnsError> {
    match params.get("MessageStructure") {
        None => {}
        Some("json") => {
            return Err(SnsError::parameter("MessageStructure: json wraps a text for each protocol; send the event itself"));
        }
        Some(_) => return Err(SnsError::parameter("MessageStructure")),
    }
    let body = params.get("Message").ok_or(SnsError::parameter("Empty message"))?;
    let attributes = attributes::parse(params)?;
    let bytes = body.len() + attributes::bytes(&attributes);
    Ok((Incoming { message_id: uuid_v4(&*api.entropy), body: body.to_owned(), attributes, sent: now }, bytes))
}
