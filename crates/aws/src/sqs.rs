//! A batch of the queue, in; the messages that shall come again, out.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use contract::sns;
use futures::future::join_all;
use inbox::moment::Moment;
use service::{Message, Outcome, Service};

use crate::dead_letters::DeadLetterQueue;
use crate::telemetry::{Counts, Metric};

/// What `deliver` does with a batch.
#[derive(Clone)]
pub struct Deliver {
    service: Service,
    dead_letters: Arc<DeadLetterQueue>,
}

impl Deliver {
    /// Applies batches by these use cases; poison goes to that queue.
    pub fn new(service: Service, dead_letters: DeadLetterQueue) -> Self {
        Self { service, dead_letters: Arc::new(dead_letters) }
    }

    /// Applies a batch. What it answers names exactly the messages that shall come again: those in trouble, and poison that could not
    /// be put aside. What was committed has been pushed by then.
    pub async fn handle(&self, event: SqsEvent, counts: &mut Counts) -> SqsBatchResponse {
        let outcomes = self.apply(&event.records).await;
        self.service.flush_pushes().await;
        let buried = join_all(event.records.iter().zip(&outcomes).map(|(record, outcome)| self.bury(record, outcome))).await;
        let mut response = SqsBatchResponse::default();
        for ((record, outcome), kept) in event.records.iter().zip(&outcomes).zip(buried) {
            counts.add(metric(outcome), 1);
            if *outcome == Outcome::Trouble || !kept {
                // One without an id makes the whole batch come again, which does no harm.
                response.add_failure(record.message_id.clone().unwrap_or_default());
            }
        }
        response
    }

    /// One outcome for each record, in their order.
    async fn apply(&self, records: &[SqsMessage]) -> Vec<Outcome> {
        let now = self.service.clock().now();
        let read: Vec<Result<Message, String>> = records.iter().map(|record| read(record, now)).collect();
        let messages: Vec<Message> = read.iter().filter_map(|read| read.as_ref().ok()).cloned().collect();
        let mut applied = self.service.deliver(&messages).await.into_iter();
        let outcome = |read: Result<Message, String>| match read {
            Ok(_) => applied.next().unwrap_or(Outcome::Trouble),
            Err(reason) => Outcome::Poison { reason },
        };
        read.into_iter().map(outcome).collect()
    }

    /// Puts poison aside; `false` where it must come again instead.
    async fn bury(&self, record: &SqsMessage, outcome: &Outcome) -> bool {
        let Outcome::Poison { reason } = outcome else { return true };
        let id = record.message_id.as_deref().unwrap_or("none");
        self.dead_letters.bury(id, record.body.as_deref().unwrap_or_default(), reason).await.is_ok()
    }
}

fn metric(outcome: &Outcome) -> Metric {
    match outcome {
        Outcome::Applied { changed: true } => Metric::EventsApplied,
        Outcome::Applied { changed: false } => Metric::EventsDuplicate,
        Outcome::Poison { .. } => Metric::EventsPoison,
        Outcome::Trouble => Metric::EventsTrouble,
    }
}

/// What a record says, or why nobody can read it. The queue's id is the event's where its author gave none.
fn read(record: &SqsMessage, now: Moment) -> Result<Message, String> {
    let id = record.message_id.as_deref().unwrap_or_default();
    let body = record.body.as_deref().ok_or("the message has no body")?;
    let publication = sns::parse(body, id, sent(&record.attributes).unwrap_or(now)).map_err(|poison| poison.reason)?;
    let attributes = record.message_attributes.iter().map(|(name, attribute)| sns::Attribute {
        name,
        data_type: attribute.data_type.as_deref().unwrap_or_default(),
        value: attribute.string_value.as_deref(),
    });
    sns::check_attributes(attributes, &publication).map_err(|poison| poison.reason)?;
    Ok(Message { handle: id.to_owned(), publication })
}

/// When the queue took it, in UTC milliseconds (SQS `SentTimestamp`, API reference, 2026).
fn sent(attributes: &HashMap<String, String>) -> Option<Moment> {
    attributes.get("SentTimestamp")?.parse().ok().map(Moment::from_millis)
}
