//! What a reader missed since a position: the same for streams and polls.

use std::collections::HashMap;
use std::sync::Arc;

use inbox::audience::Reader;
use inbox::event::{Counts, Event, Watermark};
use inbox::id::{NotificationId, Slot};
use inbox::journal::{BroadcastMark, Change, Doc, Entry};
use inbox::notification::Notification;
use inbox::position::{Feed, Position, Segment, Seq, Standing};
use inbox::preferences::Preferences;
use inbox::task::Task;
use table::Freshness;
use table::journal::Document;
use table::settle::Followed;
use table::state::FeedState;

use crate::channels::{Need, View, groups};
use crate::group::Group;
use crate::snapshot::{Snapshot, position};
use crate::{After, Error, Polled, Service};

/// Groups that one poll brings at most.
pub(crate) const GROUPS_A_POLL: usize = 200;

/// What a reader missed.
pub(crate) enum CaughtUp {
    /// The position cannot be honoured; this one is fresh.
    Reset(Position, Preferences),
    /// The groups behind the position, each with the place of its feed (the reader's own is 0), and the position in that order.
    Groups(Vec<(usize, Arc<Group>)>, Preferences, Position),
}

/// A reader's feeds as they are looked at.
struct Looked {
    state: FeedState,
    views: Vec<Arc<View>>,
    /// The position with its segments in the order of the feeds; `None` if it cannot be honoured.
    from: Option<Position>,
    fresh: Position,
}

impl Service {
    /// The events of a reader since a position: what a stream would have sent.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`].
    pub async fn poll(&self, reader: &Reader, after: After) -> Result<Polled, Error> {
        let asked = match after {
            After::Now => return Ok(Polled::News { events: Vec::new(), position: self.position_now(reader).await?.0, more: false }),
            After::Unreadable => {
                let position = self.position_now(reader).await?.0;
                return Ok(Polled::News { events: vec![Event::Reset], position, more: false });
            }
            After::Position(position) => position,
        };
        let (mut caught, preferences, mut position) = match self.catch_up(reader, &asked, Freshness::Eventual).await? {
            CaughtUp::Reset(position, _) => return Ok(Polled::News { events: vec![Event::Reset], position, more: false }),
            CaughtUp::Groups(groups, ..) if groups.is_empty() => return Ok(Polled::Nothing),
            CaughtUp::Groups(groups, preferences, position) => (groups, preferences, position),
        };
        let more = caught.len() > GROUPS_A_POLL;
        caught.truncate(GROUPS_A_POLL);
        let mut events = Vec::new();
        let mut counts = None;
        for (feed, group) in &caught {
            advance(&mut position, *feed, group.segment);
            for event in &group.events {
                match event {
                    Event::Inbox(now) => counts = Some(*now),
                    Event::Broadcast(one) if preferences.hides(one.content.category.as_ref()) => {}
                    Event::Broadcast(_)
                    | Event::Notification(_)
                    | Event::NotificationDeleted(_)
                    | Event::TaskProgress(_)
                    | Event::TaskCompleted(_)
                    | Event::Watermark(..)
                    | Event::Reset => events.push(event.clone()),
                }
            }
        }
        events.extend(counts.map(Event::Inbox));
        Ok(Polled::News { events, position, more })
    }

    /// Where all feeds of a reader stand, consistently.
    pub(crate) async fn position_now(&self, reader: &Reader) -> Result<(Position, Preferences), Error> {
        let views = self.views(reader, Need::Current).await?;
        let feed = reader.own_feed();
        let state = self.inner.table.state(&feed, Freshness::Consistent).await?;
        let head = self.inner.table.head(&feed, &state);
        Ok((position(&head, views.iter().map(|view| &**view), self.now()), state.preferences))
    }

    /// What came after a position, in order: channels first, so that a mark never comes before its broadcast.
    pub(crate) async fn catch_up(&self, reader: &Reader, from: &Position, freshness: Freshness) -> Result<CaughtUp, Error> {
        let feed = reader.own_feed();
        let mut looked = self.look(reader, &feed, from, freshness).await?;
        if looked.from.is_none() && freshness == Freshness::Eventual {
            // An eventual read may be older than the cursor: only a consistent one may refuse it.
            looked = self.look(reader, &feed, from, Freshness::Consistent).await?;
        }
        let preferences = looked.state.preferences.clone();
        let Some(from) = looked.from else { return Ok(CaughtUp::Reset(looked.fresh, preferences)) };
        let mut caught = Vec::new();
        for (index, view) in looked.views.iter().enumerate() {
            match self.channel_groups(view, from.0[index + 1].n).await {
                Ok(groups) => caught.extend(groups.into_iter().map(|group| (index + 1, group))),
                Err(Error::NotFound(_)) => return Ok(CaughtUp::Reset(looked.fresh, preferences)),
                Err(error) => return Err(error),
            }
        }
        match self.own_groups(reader, &feed, looked.state, from.0[0].n, looked.views).await {
            Ok(groups) => caught.extend(groups.into_iter().map(|group| (0, group))),
            Err(Error::NotFound(_)) => return Ok(CaughtUp::Reset(looked.fresh, preferences)),
            Err(error) => return Err(error),
        }
        Ok(CaughtUp::Groups(caught, preferences, from))
    }

    async fn look(&self, reader: &Reader, feed: &Feed, from: &Position, freshness: Freshness) -> Result<Looked, Error> {
        let need = if freshness == Freshness::Eventual { Need::Recent } else { Need::Current };
        let views = self.views(reader, need).await?;
        let state = self.inner.table.state(feed, freshness).await?;
        let head = self.inner.table.head(feed, &state);
        let now = self.now();
        let heads = std::iter::once(head).chain(views.iter().map(|view| view.head));
        let standing = |head: inbox::position::Head| {
            let segment = from.of(head.tag).or_else(|| from.of(head.unborn))?;
            match segment.standing(&head, now) {
                Standing::At(_) => Some(*segment),
                Standing::Ahead | Standing::Lost => None,
            }
        };
        let same_feeds = from.0.len() == views.len() + 1;
        let from = heads.map(standing).collect::<Option<Vec<Segment>>>().filter(|_| same_feeds).map(Position);
        let fresh = position(&head, views.iter().map(|view| &**view), now);
        Ok(Looked { state, views, from, fresh })
    }

    /// A channel's groups after a number: from memory while they are at hand.
    pub(crate) async fn channel_groups(&self, view: &View, after: Seq) -> Result<Vec<Arc<Group>>, Error> {
        if let Some(groups) = view.groups_after(after) {
            return Ok(groups);
        }
        let state = FeedState { n: view.head.n, ..view.state.clone() };
        let followed = self.followed(&view.feed, &state, after).await?;
        Ok(groups(&view.feed, &view.head, &followed, self.now()))
    }

    /// The reader's own groups after a number, with the counts at their end.
    pub(crate) async fn own_groups(
        &self,
        reader: &Reader,
        feed: &Feed,
        state: FeedState,
        after: Seq,
        views: Vec<Arc<View>>,
    ) -> Result<Vec<Arc<Group>>, Error> {
        if state.n <= after {
            return Ok(Vec::new());
        }
        let followed = self.followed(feed, &state, after).await?;
        if followed.entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut snapshot = self.snapshot_at(reader, feed.clone(), state, views).await?;
        self.meet_marked(&mut snapshot, &followed).await?;
        Ok(Telling::new(&snapshot, &followed).groups())
    }

    /// [`Error::NotFound`] where the journal has a hole for good.
    async fn followed(&self, feed: &Feed, state: &FeedState, after: Seq) -> Result<Followed, Error> {
        self.inner.table.follow(feed, state, after, &|| self.now()).await.map_err(|error| match error {
            table::Error::Hole => Error::NotFound("journal"),
            table::Error::Conflict | table::Error::Throttled(_) | table::Error::Corrupt(_) | table::Error::Engine(_) => error.into(),
        })
    }

    /// A process that meets a mark of a broadcast above its copy of the channel refreshes the copy first.
    async fn meet_marked(&self, snapshot: &mut Snapshot, followed: &Followed) -> Result<(), Error> {
        for change in followed.entries.iter().flat_map(|entry| &entry.changes) {
            let Change::Broadcast { channel, slot, .. } = change else { continue };
            for part in &mut snapshot.parts {
                if part.channel == *channel && slot.born > part.view.head.n {
                    let feed = part.view.feed.clone();
                    part.view = self.channel(&feed, Need::Current).await?;
                }
            }
        }
        Ok(())
    }
}

/// Moves the segment of one of the reader's feeds; an unborn feed's segment is replaced by its first.
pub(crate) fn advance(position: &mut Position, feed: usize, to: Segment) {
    if let Some(segment) = position.0.get_mut(feed) {
        *segment = to;
    }
}

/// Turns entries into events: each document once, at its last entry.
struct Telling<'a> {
    snapshot: &'a Snapshot,
    followed: &'a Followed,
    last: HashMap<Doc, Seq>,
    last_mark: HashMap<(&'a str, Slot), Seq>,
    counts: Counts,
}

impl<'a> Telling<'a> {
    fn new(snapshot: &'a Snapshot, followed: &'a Followed) -> Self {
        let mut last = HashMap::new();
        let mut last_mark = HashMap::new();
        for entry in &followed.entries {
            for change in &entry.changes {
                match change {
                    Change::Upsert(doc) => last.insert(*doc, entry.n),
                    Change::Gone(slot) => last.insert(Doc::Notification(*slot), entry.n),
                    Change::Broadcast { channel, slot, .. } => last_mark.insert((channel.as_str(), *slot), entry.n),
                    Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::DeletedUpTo(_) | Change::Preferences => None,
                };
            }
        }
        Self { snapshot, followed, last, last_mark, counts: snapshot.counts() }
    }

    fn groups(&self) -> Vec<Arc<Group>> {
        self.followed.entries.iter().map(|entry| self.group(entry)).collect()
    }

    fn group(&self, entry: &Entry) -> Arc<Group> {
        let mut events: Vec<Event> = entry.changes.iter().filter_map(|change| self.event(entry.n, change)).collect();
        events.push(Event::Inbox(self.counts));
        let segment = Segment { feed: self.snapshot.head.tag, n: entry.n, hour: entry.at.hours() };
        let changed = entry.changes.contains(&Change::Preferences);
        let preferences = changed.then(|| self.snapshot.state.preferences.clone());
        let marked = entry.changes.iter().any(|change| matches!(change, Change::Broadcast { .. }));
        let heads = self.snapshot.parts.iter().map(|part| (part.view.head.tag, part.view.head.n));
        let beside = if marked { heads.collect() } else { Vec::new() };
        Group::own(Seq(entry.n.0 - 1), segment, events, preferences, beside)
    }

    fn event(&self, n: Seq, change: &Change) -> Option<Event> {
        match change {
            Change::Upsert(doc) => match self.followed.documents.get(doc).filter(|_| self.last[doc] == n)? {
                Document::Notification(stored) => self.snapshot.own(stored).map(Event::Notification),
                Document::Task(stored) => Some(task_event(stored.task.clone())),
            },
            Change::Gone(slot) => Some(Event::NotificationDeleted(NotificationId { feed: self.snapshot.head.tag, slot: *slot })),
            Change::Broadcast { channel, slot, became } => {
                let newest = self.last_mark.get(&(channel.as_str(), *slot)) == Some(&n);
                let part = self.snapshot.parts.iter().find(|part| part.channel == *channel).filter(|_| newest)?;
                match became {
                    BroadcastMark::Deleted => Some(Event::NotificationDeleted(NotificationId { feed: part.view.head.tag, slot: *slot })),
                    BroadcastMark::Shown { .. } => {
                        let stored = part.view.live.get(slot)?;
                        let shown: Option<Notification> = self.snapshot.broadcast(part, stored);
                        shown.map(Event::Notification)
                    }
                }
            }
            Change::ReadUpTo(places) => Some(Event::Watermark(Watermark::Read, places.clone())),
            Change::DeletedUpTo(places) => Some(Event::Watermark(Watermark::Deleted, places.clone())),
            Change::SeenUpTo(_) => None,
            Change::Preferences => Some(Event::Reset),
        }
    }
}

fn task_event(task: Task) -> Event {
    if task.status.finished() { Event::TaskCompleted(task) } else { Event::TaskProgress(task) }
}
