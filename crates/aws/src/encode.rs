//! The messages that are pushed, as the contract spells them.

use bytes::Bytes;
use contract::event::{EncodedEvent, ReaderName, encode};
use contract::socket;
use inbox::audience::Reader;
use inbox::event::Event;
use inbox::position::{Feed, Seq};
use inbox::preferences::Preferences;
use service::{Encode, Group};

/// The one encoding. Streams share what it makes of a group.
#[derive(Clone, Copy, Debug, Default)]
pub struct Encoder;

impl Encode for Encoder {
    fn push(&self, feed: &Feed, group: &Group, reader: &Reader, muted: &Preferences) -> Bytes {
        let name = ReaderName::new(&reader.user);
        let message = if let Some(encoded) = group.encoded(encode_all) {
            let shown: Vec<&EncodedEvent> = group.shown(muted).filter_map(|(place, _)| encoded.get(place)).collect();
            socket::push(feed.name(), &group.segment, shown.iter().copied(), &name)
        } else {
            let shown: Vec<EncodedEvent> = group.shown(muted).map(|(_, event)| encode(event)).collect();
            socket::push(feed.name(), &group.segment, &shown, &name)
        };
        message.into()
    }

    fn notice(&self, feed: &Feed, n: Seq) -> Bytes {
        socket::notice(feed.name(), n).into()
    }
}

fn encode_all(events: &[Event]) -> Vec<EncodedEvent> {
    events.iter().map(encode).collect()
}
