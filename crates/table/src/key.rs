//! The only place that spells keys.

use inbox::id::{Channel, ClientId, ConnectionId, EventId, EventKey, Slot, TaskId};
use inbox::journal::Doc;
use inbox::position::{Feed, FeedOf, FeedTag, Seq};
use sha2::{Digest, Sha256};

use crate::state::Epoch;

/// The partition key's attribute.
pub const PK: &str = "PK";
/// The sort key's attribute.
pub const SK: &str = "SK";
/// The sort key of whatever is alone in its partition, and of a feed's state.
pub const STATE: &str = "STATE";

/// The partition of a feed. A tenant's name holds no `#`, so no tenant's key can be another's.
pub fn feed(feed: &Feed) -> String {
    let (kind, name) = match &feed.of {
        FeedOf::User(user) => ("USER", user.as_str()),
        FeedOf::Channel(channel) => ("CHANNEL", channel.as_str()),
    };
    match &feed.tenant {
        Some(tenant) => format!("TENANT#{tenant}#{kind}#{name}"),
        None => format!("{kind}#{name}"),
    }
}

/// A further partition of a channel: the same state, entries and documents once more, for those who only follow. No channel's name
/// holds a `#`. The first, 0, is the feed's own.
pub fn partition(feed: &Feed, number: u32) -> String {
    let own = self::feed(feed);
    if number == 0 { own } else { format!("{own}#P{number}") }
}

/// The tag of a feed's journal in one epoch (`None`: before its first commit) of one generation.
pub fn tag(generation: &str, of: &Feed, epoch: Option<Epoch>) -> FeedTag {
    let epoch = epoch.map_or_else(|| "unborn".to_owned(), |epoch| format!("{:016x}", epoch.0));
    let digest = digest(&[generation, &feed(of), &epoch]);
    let mut tag = [0; 6];
    tag.copy_from_slice(&digest[..6]);
    FeedTag(tag)
}

/// The entry of a commit.
pub fn entry(n: Seq) -> String {
    format!("J#{:013}", n.0)
}

/// A notification.
pub fn notification(slot: Slot) -> String {
    format!("N#{:013}#{:02}", slot.born.0, slot.place)
}

/// A task.
pub fn task(slot: Slot) -> String {
    format!("T#{:013}#{:02}", slot.born.0, slot.place)
}

/// A document.
pub fn doc(doc: Doc) -> String {
    match doc {
        Doc::Notification(slot) => notification(slot),
        Doc::Task(slot) => task(slot),
    }
}

/// The document that a sort key names.
pub fn parse_doc(sk: &str) -> Option<Doc> {
    let (kind, rest) = sk.split_once('#')?;
    let (born, place) = rest.split_once('#')?;
    let slot = Slot { born: Seq(born.parse().ok()?), place: place.parse().ok()? };
    match kind {
        "N" => Some(Doc::Notification(slot)),
        "T" => Some(Doc::Task(slot)),
        _ => None,
    }
}

/// What all marks of a user begin with.
pub const MARKS: &str = "M#";

/// A user's marks on a channel's broadcasts.
pub fn marks(channel: &Channel) -> String {
    format!("{MARKS}{channel}")
}

/// The identity of an event.
pub fn event(id: &EventId) -> String {
    format!("K#i#{}", hex16(&[id.as_str()]))
}

/// What is under a key.
pub fn event_key(key: &EventKey) -> String {
    format!("K#k#{}", hex16(&[key.as_str()]))
}

/// Where a task is.
pub fn task_name(task: &TaskId) -> String {
    format!("K#t#{}", hex16(&[task.as_str()]))
}

/// The newest stream of a client instance.
pub fn stream(client: &ClientId) -> String {
    format!("S#{client}")
}

/// The partition of a ticket: never the ticket itself.
pub fn ticket(ticket: &str) -> String {
    format!("TICKET#{}", hex16(&[ticket]))
}

/// The partition of an idempotency key of one caller.
pub fn idempotency(caller: &Feed, key: &str) -> String {
    format!("IDEM#{}", hex16(&[&feed(caller), key]))
}

/// The attribute by which connections are found by their user, and that no other item has.
pub const USER_ID: &str = "userId";

/// The shard of a connection: the same for the same id and number of shards, in every process.
pub fn shard_of(id: &ConnectionId, shards: u32) -> u32 {
    let [a, b, c, d, ..] = digest(&[id.as_str()]);
    u32::from_be_bytes([a, b, c, d]) % shards.max(1)
}

/// The partition of a shard of the connections.
pub fn shard(shard: u32) -> String {
    format!("SHARD#{shard}")
}

const CONNECTION: &str = "C#";

/// A connection in its shard.
pub fn connection(id: &ConnectionId) -> String {
    format!("{CONNECTION}{id}")
}

/// The connection that a sort key names.
pub fn parse_connection(sk: &str) -> Option<ConnectionId> {
    ConnectionId::parse(sk.strip_prefix(CONNECTION)?).ok()
}

/// The partition of the counts of open streams.
pub const STREAMS: &str = "STREAMS";

/// The count of the streams opened in a minute since the epoch; 12 digits, so that text order is time's.
pub fn stream_minute(minute: i64) -> String {
    format!("M#{minute:012}")
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

fn hex16(parts: &[&str]) -> String {
    digest(parts)[..16].iter().fold(String::with_capacity(32), |mut text, byte| {
        text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
        text
    })
}

#[cfg(test)]
mod tests {
    use inbox::id::Tenant;

    use super::*;

    #[test]
    fn further_partitions_of_a_channel_are_nobody_elses() {
        let of = |tenant: Option<&str>, name: &str| Feed {
            tenant: tenant.map(|tenant| Tenant::parse(tenant).unwrap()),
            of: FeedOf::Channel(Channel::parse(name).unwrap()),
        };
        assert_eq!(partition(&of(None, "ops"), 0), "CHANNEL#ops");
        assert_eq!(partition(&of(None, "ops"), 1), "CHANNEL#ops#P1");
        assert_eq!(partition(&of(Some("acme"), "everyone"), 7), "TENANT#acme#CHANNEL#everyone#P7");
        assert!(Channel::parse("ops#P1").is_err() && Tenant::parse("acme#P1").is_err());
    }
}
