//! Publishing over SNS: as jobs do, with the attributes that others' filter policies go by.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use contract::sns;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt as _};
use inbox::publication::Publication;
use service::chain::Chain;
use service::{Entropy, Publish, PublishError};

use crate::batch::{self, Refused};
use crate::clients::Clients;

/// Raw delivery drops a message with more (Amazon SNS developer guide, "Raw message delivery", 2026).
pub const ATTRIBUTES_MAX: usize = 10;
/// Batches that are under way at once: a notification for a thousand users is a hundred batches.
const SIDE_BY_SIDE: usize = 8;

/// A topic.
pub struct Topic {
    clients: Arc<Clients>,
    arn: String,
    entropy: Arc<dyn Entropy>,
}

/// A message that would never arrive, because it has too many attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message has {0} attributes; raw delivery drops one with more than {ATTRIBUTES_MAX}")]
pub struct TooManyAttributes(pub usize);

/// A message for the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    body: String,
    attributes: BTreeMap<String, String>,
}

impl Message {
    /// A message with these attributes, all of the type `String`.
    ///
    /// # Errors
    /// [`TooManyAttributes`].
    pub fn new(body: String, attributes: impl IntoIterator<Item = (String, String)>) -> Result<Self, TooManyAttributes> {
        let attributes: BTreeMap<_, _> = attributes.into_iter().collect();
        if attributes.len() > ATTRIBUTES_MAX {
            return Err(TooManyAttributes(attributes.len()));
        }
        Ok(Self { body, attributes })
    }

    fn of(publication: &Publication) -> Result<Self, TooManyAttributes> {
        let attributes = sns::attributes(publication).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::new(sns::encode(publication), attributes)
    }

    /// What SNS counts: body, names, types and values.
    fn bytes(&self) -> usize {
        self.body.len() + self.attributes.iter().map(|(name, value)| name.len() + value.len() + "String".len()).sum::<usize>()
    }
}

impl Topic {
    /// The topic of this address.
    pub fn new(clients: Arc<Clients>, arn: String, entropy: Arc<dyn Entropy>) -> Self {
        Self { clients, arn, entropy }
    }

    /// Sends all of them, however some fare.
    async fn send(&self, messages: Vec<Message>) -> Result<(), PublishError> {
        let batches = batch::cut(messages, Message::bytes);
        let send = |batch| async move { batch::send(batch, &*self.entropy, |entries| self.offer(entries)).await };
        let mut answers = stream::iter(batches.into_iter().map(send)).buffer_unordered(SIDE_BY_SIDE);
        let mut result = Ok(());
        while let Some(one) = answers.next().await {
            result = result.and(one);
        }
        result
    }

    /// Offers messages once; tells which were not taken.
    async fn offer(&self, messages: Vec<(usize, Message)>) -> Result<Vec<Refused>, PublishError> {
        let entries = messages.into_iter().map(|(id, message)| entry(id, message)).collect::<Result<Vec<_>, _>>()?;
        let answer = self.clients.sns().publish_batch().topic_arn(&self.arn).set_publish_batch_request_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "the topic could not be reached");
            PublishError::Failed
        })?;
        let refused = answer.failed().iter().filter_map(|failed| {
            tracing::debug!(code = failed.code(), "the topic did not take a message");
            Some(Refused { id: failed.id().parse().ok()?, for_good: failed.sender_fault() })
        });
        Ok(refused.collect())
    }
}

fn entry(id: usize, message: Message) -> Result<PublishBatchRequestEntry, PublishError> {
    let mut entry = PublishBatchRequestEntry::builder().id(id.to_string()).message(message.body);
    for (name, value) in message.attributes {
        let value = MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(|_| PublishError::Failed)?;
        entry = entry.message_attributes(name, value);
    }
    entry.build().map_err(|_| PublishError::Failed)
}

impl Publish for Topic {
    /// All or none, but for a failure half-way: then some may be out already, and are told apart by their ids when they are sent again.
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            let messages: Result<Vec<_>, _> = publications.iter().map(Message::of).collect();
            let messages = messages.map_err(|error| {
                tracing::error!(%error, "an event is not published");
                PublishError::Failed
            })?;
            self.send(messages).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Case 54: raw delivery would drop it without a word, so it is refused here.
    #[test]
    fn eleven_attributes_are_refused_before_they_are_dropped() {
        let some = |count: usize| (0..count).map(|n| (n.to_string(), "x".to_owned()));
        assert_eq!(Message::new(String::new(), some(11)), Err(TooManyAttributes(11)));
        assert!(Message::new(String::new(), some(10)).is_ok());
    }
}
