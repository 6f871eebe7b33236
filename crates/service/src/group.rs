//! What one commit of one feed brings to its readers: made once, shared by all streams that get it.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use inbox::event::Event;
use inbox::position::{FeedTag, Segment, Seq};
use inbox::preferences::Preferences;
use table::state::Muting;

/// The events of one commit of one feed.
#[derive(Debug)]
pub struct Group {
    /// The number before it: a stream that stands there takes it.
    pub follows: Seq,
    /// Where a stream stands after it.
    pub segment: Segment,
    /// In order; a user's own feed ends with its counts.
    pub events: Vec<Event>,
    /// What the reader mutes from here on, where this commit changed that.
    pub muting: Option<Muting>,
    /// How far the reader's channels were known when their broadcasts were put into it. Whoever has shown more of one of them would
    /// bring back with it what has ended since.
    pub(crate) beside: Vec<(FeedTag, Seq)>,
    /// What a transport made of the events, made once for all streams.
    encoded: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Group {
    pub(crate) fn new(follows: Seq, segment: Segment, events: Vec<Event>) -> Arc<Self> {
        Arc::new(Self { follows, segment, events, muting: None, beside: Vec::new(), encoded: OnceLock::new() })
    }

    pub(crate) fn own(
        follows: Seq,
        segment: Segment,
        events: Vec<Event>,
        muting: Option<Muting>,
        beside: Vec<(FeedTag, Seq)>,
    ) -> Arc<Self> {
        Arc::new(Self { follows, segment, events, muting, beside, encoded: OnceLock::new() })
    }

    /// The events that a reader who muted these categories gets, each with its place among all.
    pub fn shown<'a>(&'a self, muted: &'a Preferences) -> impl Iterator<Item = (usize, &'a Event)> {
        let hidden = |event: &Event| matches!(event, Event::Broadcast(one) if muted.hides(one.content.category.as_ref()));
        self.events.iter().enumerate().filter(move |(_, event)| !hidden(event))
    }

    /// What a transport makes of the events: made by the first stream that asks, shared by all. `None` where another transport
    /// with another encoding was first.
    pub fn encoded<T: Any + Send + Sync>(&self, encode: impl FnOnce(&[Event]) -> T) -> Option<&T> {
        self.encoded.get_or_init(|| Box::new(encode(&self.events))).downcast_ref()
    }
}
