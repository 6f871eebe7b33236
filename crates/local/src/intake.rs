//! What the topic takes in: a message as its publisher sent it, before anybody looked inside.

use futures::future::BoxFuture;
use inbox::moment::Moment;

/// Raw delivery drops a message with more (Amazon SNS developer guide, "Raw message delivery", 2026).
pub const ATTRIBUTES_MAX: usize = 10;

/// One published message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// What the topic calls it: a UUID.
    pub message_id: String,
    /// The text, unread.
    pub body: String,
    /// Name, type and value; nobody but filter policies reads them.
    pub attributes: Vec<Attribute>,
    /// When it was taken in.
    pub sent: Moment,
}

/// A message attribute, checked as SNS does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type as the publisher wrote it: `String`, `Number`, `Binary`, `String.Array`, or one of these with a label.
    pub data_type: String,
    /// Its value.
    pub value: AttributeValue,
}

/// The value of a message attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeValue {
    /// Of a `String`, a `Number` or a `String.Array`: the text.
    Text(String),
    /// Of a `Binary`: the bytes.
    Bytes(Vec<u8>),
}

impl AttributeValue {
    /// The text; nothing for bytes.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bytes(_) => None,
        }
    }
}

/// Why a message was not taken in; the publisher should send it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntakeError {
    /// More waits already than may wait.
    #[error("too many messages are waiting")]
    Busy,
    /// The store could not be written, also not after some tries.
    #[error("the message could not be stored")]
    NotStored,
}

/// Takes messages in.
pub trait Intake: Send + Sync {
    /// Stores them; one answer for each, in their order. `Ok` once the message is stored, was stored before, or stands in the
    /// list of dead letters: sending it again would change nothing.
    fn accept(&self, messages: Vec<Incoming>) -> BoxFuture<'_, Vec<Result<(), IntakeError>>>;
}
