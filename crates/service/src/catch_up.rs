//! What a reader missed since a position: the same for streams and polls.

use std::collections::HashMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::join;
use inbox::audience::Reader;
use inbox::event::{Counts, Event, Watermark};
use inbox::id::{NotificationId, Slot};
use inbox::journal::{BroadcastMark, Change, Doc, Entry};
use inbox::notification::Notification;
use inbox::position::{Feed, Position, Segment, Seq, Standing};
use inbox::task::Task;
use table::Freshness;
use table::journal::Document;
use table::settle::{Followed, Portion};
use table::state::{FeedState, Muting};

use crate::channels::{Need, View, groups};
use crate::group::Group;
use crate::snapshot::{Snapshot, position};
use crate::{After, Error, Polled, Service};

/// What one look brings at most, of all feeds together. Documents weigh half a KB as a rule, and 30 KB where everything in them is as long
/// as it may be: then 15 MB are held at a time.
pub(crate) const PORTION: Portion = Portion { commits: 200, documents: 500 };

/// What a reader missed.
pub(crate) enum CaughtUp {
    /// The position cannot be honoured; this one is fresh.
    Reset(Position, Muting),
    /// What came behind the position.
    Groups(Missed),
}

/// What came behind a position: all of it, or a portion.
pub(crate) struct Missed {
    /// Each with the place of its feed; the reader's own is 0.
    pub(crate) groups: Vec<(usize, Arc<Group>)>,
    /// What the reader mutes now.
    pub(crate) muting: Muting,
    /// The position that they follow, in the order of the feeds.
    pub(crate) from: Position,
    /// Whether more is known to be behind them: to be asked for at once, from the position behind the last.
    pub(crate) more: bool,
}

/// Groups of one feed, and how many documents had to be read for them.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) groups: Vec<Arc<Group>>,
    documents: usize,
    /// Whether more is behind them.
    pub(crate) more: bool,
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
        let Missed { groups, muting, from: mut position, more } = match self.catch_up(reader, &asked, Freshness::Eventual).await? {
            CaughtUp::Reset(position, _) => return Ok(Polled::News { events: vec![Event::Reset], position, more: false }),
            CaughtUp::Groups(missed) if missed.groups.is_empty() => return Ok(Polled::Nothing),
            CaughtUp::Groups(missed) => missed,
        };
        let mut events = Vec::new();
        let mut counts = None;
        for (feed, group) in &groups {
            advance(&mut position, *feed, group.segment);
            for event in &group.events {
                match event {
                    Event::Inbox(now) => counts = Some(*now),
                    Event::Broadcast(one) if muting.muted.hides(one.content.category.as_ref()) => {}
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
    pub(crate) async fn position_now(&self, reader: &Reader) -> Result<(Position, Muting), Error> {
        let feed = reader.own_feed();
        let (views, state) = join(self.views(reader, Need::Current), self.inner.table.state(&feed, Freshness::Consistent).boxed()).await;
        let (views, state) = (views?, state?);
        let head = self.inner.table.head(&feed, &state);
        Ok((position(&head, views.iter().map(|view| &**view), self.now()), state.muting()))
    }

    /// What came after a position, in order, a portion at most: channels first, so that a mark never comes before its broadcast.
    pub(crate) async fn catch_up(&self, reader: &Reader, from: &Position, freshness: Freshness) -> Result<CaughtUp, Error> {
        let feed = reader.own_feed();
        let mut looked = self.look(reader, &feed, from, freshness).await?;
        if looked.from.is_none() && freshness == Freshness::Eventual {
            // An eventual read may be older than the cursor: only a consistent one may refuse it.
            looked = self.look(reader, &feed, from, Freshness::Consistent).await?;
        }
        let muting = looked.state.muting();
        let fresh = looked.fresh.clone();
        match self.missed(reader, &feed, looked).await {
            Ok(Some(missed)) => Ok(CaughtUp::Groups(missed)),
            Ok(None) | Err(Error::NotFound(_)) => Ok(CaughtUp::Reset(fresh, muting)),
            Err(error) => Err(error),
        }
    }

    /// [`Error::NotFound`] where a journal has a hole for good; `None` where the position cannot be honoured.
    async fn missed(&self, reader: &Reader, feed: &Feed, looked: Looked) -> Result<Option<Missed>, Error> {
        let Looked { state, views, from, .. } = looked;
        let Some(from) = from else { return Ok(None) };
        let mut missed = Missed { groups: Vec::new(), muting: state.muting(), from, more: false };
        let mut left = PORTION;
        for (index, view) in views.iter().enumerate() {
            let after = missed.from.0[index + 1].n;
            if after < view.head.n && missed.has_room(left) {
                let taken = self.channel_portion(view, after, left).await?;
                missed.take(index + 1, taken, &mut left);
            }
        }
        let after = missed.from.0[0].n;
        if after < state.n && missed.has_room(left) {
            // On the heap, for all that the counts are read from would lie in the future of whoever asks.
            let taken = Box::pin(self.own_portion(reader, feed, state, after, views, left)).await?;
            missed.take(0, taken, &mut left);
        }
        Ok(Some(missed))
    }

    async fn look(&self, reader: &Reader, feed: &Feed, from: &Position, freshness: Freshness) -> Result<Looked, Error> {
        let need = if freshness == Freshness::Eventual { Need::Recent } else { Need::Current };
        let (views, state) = join(self.views(reader, need), self.inner.table.state(feed, freshness).boxed()).await;
        let (views, state) = (views?, state?);
        let head = self.inner.table.head(feed, &state);
        let now = self.now();
        let heads = std::iter::once(head).chain(views.iter().map(|view| view.head));
        let standing = |head: inbox::position::Head| {
            let segment = from.of(head.tag).or_else(|| from.of(head.unborn))?;
            match segment.standing(&head, now) {
                // Nothing is to come: who keeps coming does not grow old in a quiet feed.
                Standing::At(n) if n == head.n => Some(Segment { hour: now.hours(), ..*segment }),
                Standing::At(_) => Some(*segment),
                Standing::Ahead | Standing::Lost => None,
            }
        };
        let same_feeds = from.0.len() == views.len() + 1;
        let from = heads.map(standing).collect::<Option<Vec<Segment>>>().filter(|_| same_feeds).map(Position);
        let fresh = position(&head, views.iter().map(|view| &**view), now);
        Ok(Looked { state, views, from, fresh })
    }

    /// A channel's groups after a number: from memory while they are at hand. A portion at most.
    pub(crate) async fn channel_groups(&self, view: &View, after: Seq) -> Result<Vec<Arc<Group>>, Error> {
        Ok(self.channel_portion(view, after, PORTION).await?.groups)
    }

    async fn channel_portion(&self, view: &View, after: Seq, most: Portion) -> Result<Taken, Error> {
        if let Some(mut groups) = view.groups_after(after) {
            let more = groups.len() > most.commits;
            groups.truncate(most.commits);
            return Ok(Taken { groups, documents: 0, more });
        }
        let state = FeedState { n: view.head.n, ..view.state.clone() };
        let followed = self.followed(&view.feed, &state, after, most).await?;
        let groups = groups(&view.feed, &view.head, &followed, self.now());
        Ok(Taken { groups, documents: followed.documents.len(), more: followed.more })
    }

    /// The reader's own groups after a number, with the counts at their end. A portion at most.
    pub(crate) async fn own_groups(
        &self,
        reader: &Reader,
        feed: &Feed,
        state: FeedState,
        after: Seq,
        views: Vec<Arc<View>>,
    ) -> Result<Vec<Arc<Group>>, Error> {
        Ok(self.own_portion(reader, feed, state, after, views, PORTION).await?.groups)
    }

    pub(crate) async fn own_portion(
        &self,
        reader: &Reader,
        feed: &Feed,
        state: FeedState,
        after: Seq,
        views: Vec<Arc<View>>,
        most: Portion,
    ) -> Result<Taken, Error> {
        if state.n <= after {
            return Ok(Taken::default());
        }
        let followed = self.followed(feed, &state, after, most).await?;
        if followed.entries.is_empty() {
            return Ok(Taken::default());
        }
        let mut snapshot = self.snapshot_at(reader, feed.clone(), state, views).await?;
        self.meet_marked(&mut snapshot, &followed).await?;
        let groups = Telling::new(&snapshot, &followed).groups();
        Ok(Taken { groups, documents: followed.documents.len(), more: followed.more })
    }

    /// [`Error::NotFound`] where the journal has a hole for good.
    async fn followed(&self, feed: &Feed, state: &FeedState, after: Seq, most: Portion) -> Result<Followed, Error> {
        self.inner.table.follow(feed, state, after, most, &|| self.now()).await.map_err(|error| match error {
            table::Error::Hole => Error::NotFound("journal"),
            table::Error::Conflict
            | table::Error::Throttled(_)
            | table::Error::Corrupt(_)
            | table::Error::Invalid(_)
            | table::Error::Engine(_) => error.into(),
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

impl Missed {
    /// Whether another feed's groups may come in; where there is no room for them, or an earlier feed has more, there is more.
    fn has_room(&mut self, left: Portion) -> bool {
        self.more |= left.commits == 0 || left.documents == 0;
        !self.more
    }

    /// Takes a feed's groups out of what is left of the portion.
    fn take(&mut self, feed: usize, taken: Taken, left: &mut Portion) {
        left.commits = left.commits.saturating_sub(taken.groups.len());
        left.documents = left.documents.saturating_sub(taken.documents);
        self.groups.extend(taken.groups.into_iter().map(|group| (feed, group)));
        self.more = taken.more;
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
        let muting = changed.then(|| self.snapshot.state.muting());
        let marked = entry.changes.iter().any(|change| matches!(change, Change::Broadcast { .. }));
        let heads = self.snapshot.parts.iter().map(|part| (part.view.head.tag, part.view.head.n));
        let beside = if marked { heads.collect() } else { Vec::new() };
        Group::own(Seq(entry.n.0 - 1), segment, events, muting, beside)
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
