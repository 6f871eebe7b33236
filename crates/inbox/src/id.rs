//! Names of things, parsed once.

use std::fmt;
use std::sync::Arc;

use crate::limits;
use crate::position::{FeedTag, Seq};

/// Why a text is not a name of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadId {
    /// No text at all.
    Empty,
    /// More than this many bytes.
    TooLong(usize),
    /// A character that the kind does not allow.
    Character,
    /// A name that stands for something else.
    Reserved,
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong(bytes) => write!(f, "must have at most {bytes} bytes"),
            Self::Character => f.write_str("holds a character that is not allowed"),
            Self::Reserved => f.write_str("is a reserved name"),
        }
    }
}

impl std::error::Error for BadId {}

fn printable(text: &str) -> Result<(), BadId> {
    match text {
        "" => Err(BadId::Empty),
        long if long.len() > limits::ID_BYTES => Err(BadId::TooLong(limits::ID_BYTES)),
        odd if odd.chars().any(char::is_control) => Err(BadId::Character),
        _ => Ok(()),
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Parses it.
            ///
            /// # Errors
            /// What is wrong with the text.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let check: fn(&str) -> Result<(), BadId> = $check;
                check(text).map(|()| Self(text.into()))
            }

            /// The text as it came.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

text_id!(
    /// Whose inbox it is: 1 to 128 bytes, no control characters, so it fits a key and a log line.
    UserId,
    printable
);
text_id!(
    /// What the author of an event calls it: 1 to 128 bytes, no control characters.
    EventId,
    printable
);
text_id!(
    /// The name under which a later notification replaces an earlier one: as [`EventId`].
    EventKey,
    printable
);
text_id!(
    /// What a job calls its task: as [`EventId`].
    TaskId,
    printable
);
text_id!(
    /// A kind of notification that a user may mute: as [`EventId`].
    Category,
    printable
);
text_id!(
    /// A topic that tokens name: `[a-z0-9._:-]{1,64}`, not `user` and not `everyone`.
    Topic,
    |text| match text {
        "" => Err(BadId::Empty),
        long if long.len() > 64 => Err(BadId::TooLong(64)),
        "user" | "everyone" => Err(BadId::Reserved),
        odd if !odd.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'-')) => Err(BadId::Character),
        _ => Ok(()),
    }
);
text_id!(
    /// One of several customers that share a deployment: `[A-Za-z0-9._-]{1,64}`.
    Tenant,
    |text| match text {
        "" => Err(BadId::Empty),
        long if long.len() > 64 => Err(BadId::TooLong(64)),
        odd if !odd.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) => Err(BadId::Character),
        _ => Ok(()),
    }
);
text_id!(
    /// One instance of a client (a browser, a tab), whose newer stream ends its older one: `[A-Za-z0-9._-]{1,64}`.
    ClientId,
    |text| match text {
        "" => Err(BadId::Empty),
        long if long.len() > 64 => Err(BadId::TooLong(64)),
        odd if !odd.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')) => Err(BadId::Character),
        _ => Ok(()),
    }
);

text_id!(
    /// An open socket, as API Gateway calls it (`L0SM9cOFvHcCIhw=`): 1 to 128 bytes of printable ASCII without space and `/`, so that it fits a key, a
    /// log line and one segment of a path.
    ConnectionId,
    |text| match text {
        "" => Err(BadId::Empty),
        long if long.len() > limits::ID_BYTES => Err(BadId::TooLong(limits::ID_BYTES)),
        odd if !odd.bytes().all(|b| b.is_ascii_graphic() && b != b'/') => Err(BadId::Character),
        _ => Ok(()),
    }
);

/// A broadcast channel: everyone, or those whose token names a topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Every user.
    Everyone,
    /// The users whose token names it.
    Topic(Topic),
}

impl Channel {
    /// Parses `everyone` or a topic's name.
    ///
    /// # Errors
    /// What is wrong with the topic's name.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        if text == "everyone" { Ok(Self::Everyone) } else { Topic::parse(text).map(Self::Topic) }
    }

    /// `everyone` or the topic's name.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Everyone => "everyone",
            Self::Topic(topic) => topic.as_str(),
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The public name of a notification: the feed's tag, the number of the commit that made it, and its place there.
/// It needs no look-up, and one of another feed or epoch cannot be taken for one's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NotificationId {
    /// Which feed, in which epoch.
    pub feed: FeedTag,
    /// Where in it.
    pub slot: Slot,
}

/// Where a document was born: the number of its commit and its place in that commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The commit's number.
    pub born: Seq,
    /// The place among that commit's documents, from 0.
    pub place: u8,
}

#[cfg(test)]
mod tests;
