//! Where messages go that no try can apply, each with its reason.

use std::sync::Arc;

use aws_sdk_sqs::types::MessageAttributeValue;
use service::chain::Chain;

use crate::clients::Clients;

/// Names the attribute that says why.
pub const REASON: &str = "reason";
/// Names the attribute that says which message of the first queue it was.
pub const MESSAGE_ID: &str = "messageId";
/// A reason is a line, not a document.
const REASON_CHARS: usize = 1_000;

/// The dead-letter queue.
#[derive(Debug)]
pub struct DeadLetterQueue {
    clients: Arc<Clients>,
    url: String,
}

/// A message that could not be put there, so that it must not be given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the dead-letter queue did not take the message")]
pub struct NotBuried;

impl DeadLetterQueue {
    /// The queue of this address.
    pub fn new(clients: Arc<Clients>, url: String) -> Self {
        Self { clients, url }
    }

    /// Puts a message there; it is kept when this returns.
    ///
    /// # Errors
    /// [`NotBuried`].
    pub async fn bury(&self, message_id: &str, body: &str, reason: &str) -> Result<(), NotBuried> {
        let reason = printable(reason);
        tracing::warn!(message.id = message_id, reason, "message {message_id} is a dead letter: {reason}");
        let mut send = self.clients.sqs().send_message().queue_url(&self.url);
        // SQS takes no empty text.
        send = send.message_body(if body.is_empty() { " " } else { body });
        for (name, value) in [(REASON, reason.as_str()), (MESSAGE_ID, message_id)] {
            send = send.message_attributes(name, text(value)?);
        }
        send.send().await.map(drop).map_err(|error| {
            tracing::error!(message.id = message_id, error = %Chain(&error), "a dead letter could not be kept");
            NotBuried
        })
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, NotBuried> {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(|_| NotBuried)
}

/// What SQS takes in an attribute, and fits a line.
fn printable(reason: &str) -> String {
    let plain = |letter: char| if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { letter };
    let text: String = reason.chars().take(REASON_CHARS).map(plain).collect();
    if text.is_empty() { "unknown".to_owned() } else { text }
}
