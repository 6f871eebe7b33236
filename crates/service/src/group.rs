//! What one commit of one feed brings to its readers: made once, shared by all streams that get it.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use inbox::event::{Event, EventKind};
use inbox::id::Category;
use inbox::position::{Segment, Seq};
use inbox::preferences::Preferences;

/// The events of one commit of one feed.
#[derive(Debug)]
pub struct Group {
    /// The number before it: a stream that stands there takes it.
    pub follows: Seq,
    /// Where a stream stands after it.
    pub segment: Segment,
    /// In order; a user's own feed ends with its counts.
    pub events: Vec<Event>,
    /// The reader's preferences from here on, where this commit changed them.
    pub preferences: Option<Preferences>,
    /// What a transport made of the events, made once for all streams.
    wire: OnceLock<Wire>,
}

/// The bytes of a group's events, one each.
#[derive(Debug)]
pub struct Wire(pub Vec<WireEvent>);

/// The bytes of one event.
#[derive(Debug)]
pub struct WireEvent {
    /// For a reader that takes only some types.
    pub kind: EventKind,
    /// For a reader that mutes some categories of broadcasts.
    pub muted_by: Option<Category>,
    /// Up to the place where the reader's own id stands, or all of it.
    pub before: Bytes,
    /// The rest behind the reader's id; `None` where no id is to be put in.
    pub after: Option<Bytes>,
}

impl Group {
    pub(crate) fn new(follows: Seq, segment: Segment, events: Vec<Event>) -> Arc<Self> {
        Arc::new(Self { follows, segment, events, preferences: None, wire: OnceLock::new() })
    }

    pub(crate) fn with_preferences(follows: Seq, segment: Segment, events: Vec<Event>, preferences: Option<Preferences>) -> Arc<Self> {
        Arc::new(Self { follows, segment, events, preferences, wire: OnceLock::new() })
    }

    /// The bytes, made by the first stream that asks.
    pub fn wire(&self, make: impl FnOnce(&[Event]) -> Wire) -> &Wire {
        self.wire.get_or_init(|| make(&self.events))
    }
}
