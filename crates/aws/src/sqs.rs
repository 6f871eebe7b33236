//! A batch of the queue, in; the messages that shall come again, out.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use contract::sns;
use futures::future::{join, join_all};
use inbox::moment::Moment;
use service::{Message, Outcome, Service};

use crate::dead_letters::DeadLetterQueue;
use crate::telemetry::{Counts, Metric};

/// What is kept back of the invocation's time: for pushing (3 s at most, [`service::PushSettings::flush_within`]), for putting poison
/// aside, and for answering.
const RESERVE: Duration = Duration::from_secs(10);

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

    /// Applies a batch within the invocation's time, which is over at `deadline`. What it answers names exactly the messages that shall
    /// come again: those in trouble or out of time, and poison that could not be put aside. What was committed has been pushed by then.
    pub async fn handle(&self, event: SqsEvent, deadline: Moment, counts: &mut Counts) -> SqsBatchResponse {
        let now = self.service.clock().now();
        let read: Vec<Result<Message, String>> = event.records.iter().map(|record| read(record, now)).collect();
        // What nobody can read is put aside at once, however the others fare.
        let illegible = join_all(event.records.iter().zip(&read).map(|(record, read)| self.bury(record, read.as_ref().err())));
        let (illegible, outcomes) = join(illegible, self.apply(&read, deadline.minus(RESERVE))).await;
        self.service.flush_pushes().await;
        let refused = event.records.iter().zip(&outcomes).map(|(record, outcome)| self.bury(record, outcome.as_ref().and_then(reason)));
        let refused = join_all(refused).await;
        let mut response = SqsBatchResponse::default();
        for (place, record) in event.records.iter().enumerate() {
            counts.add(outcomes[place].as_ref().map_or(Metric::EventsPoison, metric), 1);
            if outcomes[place] == Some(Outcome::Trouble) || !illegible[place] || !refused[place] {
                // One without an id makes the whole batch come again, which does no harm.
                response.add_failure(record.message_id.clone().unwrap_or_default());
            }
        }
        response
    }

    /// One outcome for each message, in their order; `None` for what could not be read.
    async fn apply(&self, read: &[Result<Message, String>], until: Moment) -> Vec<Option<Outcome>> {
        let messages: Vec<Message> = read.iter().filter_map(|read| read.as_ref().ok()).cloned().collect();
        let mut applied = self.service.deliver_until(&messages, until).await.into_iter();
        read.iter().map(|read| read.is_ok().then(|| applied.next().unwrap_or(Outcome::Trouble))).collect()
    }

    /// Puts a record aside that is poison for this reason; `false` where it must come again instead.
    async fn bury(&self, record: &SqsMessage, reason: Option<&String>) -> bool {
        let Some(reason) = reason else { return true };
        let id = record.message_id.as_deref().unwrap_or("none");
        self.dead_letters.bury(id, record.body.as_deref().unwrap_or_default(), reason).await.is_ok()
    }
}

fn reason(outcome: &Outcome) -> Option<&String> {
    match outcome {
        Outcome::Poison { reason } => Some(reason),
        Outcome::Applied { .. } | Outcome::Trouble => None,
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
    Ok(Message { handle: id.to_owned(), publication, redelivered: redelivered(&record.attributes) })
}

/// Whether it was handed out before (SQS `ApproximateReceiveCount`, API reference, 2026: how often it was received, this time included).
fn redelivered(attributes: &HashMap<String, String>) -> bool {
    attributes.get("ApproximateReceiveCount").and_then(|count| count.parse::<u64>().ok()).is_some_and(|count| count > 1)
}

/// When the queue took it, in UTC milliseconds (SQS `SentTimestamp`, API reference, 2026).
fn sent(attributes: &HashMap<String, String>) -> Option<Moment> {
    attributes.get("SentTimestamp")?.parse().ok().map(Moment::from_millis)
}
