//! Everything that a reader's list, counts and marks are decided on, read once, consistently.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::{join, join_all};
use inbox::audience::Reader;
use inbox::event::Counts;
use inbox::id::{Channel, NotificationId};
use inbox::limits;
use inbox::marks::{ChannelMarks, Live, Watermarks};
use inbox::moment::Moment;
use inbox::notification::{Audience, Notification, UnreadSince};
use inbox::position::{Feed, Head, Position, Segment, Seq};
use table::notifications::{Stored, Unread};
use table::state::FeedState;

use crate::channels::{Need, View, fresh};
use crate::retry::ATTEMPTS;
use crate::{Error, Service};

/// A reader's marks on broadcasts, by channel.
type Marks = BTreeMap<Channel, ChannelMarks>;

/// A channel together with what the reader did in it.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) channel: Channel,
    pub(crate) view: Arc<View>,
    pub(crate) marks: ChannelMarks,
    /// The `rev` of the stored marks; `None` where none are stored.
    pub(crate) stored: Option<Seq>,
}

/// A reader's inbox as of one number in each feed.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    pub(crate) reader: Reader,
    pub(crate) feed: Feed,
    pub(crate) state: FeedState,
    pub(crate) head: Head,
    pub(crate) parts: Vec<Part>,
    pub(crate) rows: Vec<Unread>,
    pub(crate) now: Moment,
}

impl Service {
    /// Reads a reader's inbox: their state settled, what is unread, their marks, and the channels as fresh as needed.
    pub(crate) async fn snapshot(&self, reader: &Reader, need: Need) -> Result<Snapshot, Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, need).await?;
        self.snapshot_at(reader, feed, state, views).await
    }

    /// The reader's inbox at this state of their own feed.
    pub(crate) async fn snapshot_at(
        &self,
        reader: &Reader,
        feed: Feed,
        state: FeedState,
        mut views: Vec<Arc<View>>,
    ) -> Result<Snapshot, Error> {
        let now = self.now();
        // On the heap: what is asked side by side would lie in the future of whoever asks, all of it.
        let (marks, rows) = (self.marks_with_state(&feed, state.clone()).boxed(), self.unread_rows(&feed, &state, now).boxed());
        let (marked, rows) = join(marks, rows).await;
        let (mut rows, (settled, mut marks)) = (rows?, marked?);
        if settled != state {
            rows = self.unread_rows(&feed, &settled, now).await?;
        }
        let state = settled;
        let mut parts = Vec::with_capacity(views.len());
        for (channel, view) in reader.channels().zip(&mut views) {
            let marked = marks.get(&channel);
            if foreign(view, &state, &channel, marked) && !view.read_after(state.at.plus(limits::SETTLE_AGE)) {
                *view = self.channel(&view.feed, Need::Current).await?;
            }
            let known = known(view, &state, &channel, marked);
            if known > view.head.n {
                *view = self.channel(&view.feed, Need::AtLeast(known)).await?;
            }
            parts.push(self.part(&feed, channel.clone(), Arc::clone(view), marks.remove(&channel), now).await?);
        }
        let head = self.inner.table.head(&feed, &state);
        Ok(Snapshot { reader: reader.clone(), feed, state, head, parts, rows, now })
    }

    /// The reader's channels, and their own state, settled. Side by side, as everything is read that waits for nothing else: a reader
    /// far from the table waits for each answer.
    pub(crate) async fn read_beside(&self, reader: &Reader, feed: &Feed, need: Need) -> Result<(Vec<Arc<View>>, FeedState), Error> {
        let clock = || self.now();
        let (views, state) = join(self.views(reader, need), self.inner.table.settled_state(feed, &clock).boxed()).await;
        Ok((views?, state?))
    }

    async fn unread_rows(&self, feed: &Feed, state: &FeedState, now: Moment) -> Result<Vec<Unread>, Error> {
        if state.epoch.is_none() {
            return Ok(Vec::new());
        }
        Ok(self.inner.table.unread(feed, state.own.read, state.own.deleted, now, limits::COUNT_CAP).await?)
    }

    /// The reader's marks, and a state that is not older than they are: what a commit folded out of the marks stands in the
    /// watermarks of its state, so older watermarks beside them would show as unread what was read.
    async fn marks_with_state(&self, feed: &Feed, mut state: FeedState) -> Result<(FeedState, Marks), Error> {
        for attempt in 0..ATTEMPTS {
            let marks = self.inner.table.marks(feed).await?;
            if marks.values().all(|held| held.rev <= state.n) {
                return Ok((state, marks));
            }
            if attempt > 0 {
                self.wait(attempt).await;
            }
            state = self.inner.table.settled_state(feed, &|| self.now()).await?;
        }
        Err(Error::busy())
    }

    pub(crate) async fn views(&self, reader: &Reader, need: Need) -> Result<Vec<Arc<View>>, Error> {
        let view = async |channel| self.channel(&reader.channel_feed(&channel), need).await;
        join_all(reader.channels().map(view)).await.into_iter().collect()
    }

    /// The only write that a reader makes: their first visit to a channel.
    async fn part(&self, feed: &Feed, channel: Channel, view: Arc<View>, marks: Option<ChannelMarks>, now: Moment) -> Result<Part, Error> {
        let stored = marks.as_ref().map(|marks| marks.rev);
        let marks = if let Some(marks) = marks {
            table::marks::in_life(marks, view.head.tag)
        } else {
            let first = ChannelMarks::first_visit(view.head.tag, now);
            self.inner.table.first_visit(feed, &channel, &first).await?;
            first
        };
        Ok(Part { channel, view, marks, stored: stored.or(Some(Seq::ZERO)) })
    }
}

/// Whether the reader's own marks speak of another life of the channel than the copy does. One of the two is older, and it may be
/// the copy: it may not even know that the channel was born.
fn foreign(view: &View, state: &FeedState, channel: &Channel, marks: Option<&ChannelMarks>) -> bool {
    let watermarks = state.channels.get(channel).map(|held| held.tag);
    let tags = marks.map(|marks| marks.tag).into_iter().chain(watermarks);
    tags.into_iter().any(|tag| tag != view.head.tag && tag != view.head.unborn)
}

/// The highest number of the channel's present life that the reader's own marks speak of.
fn known(view: &View, state: &FeedState, channel: &Channel, marks: Option<&ChannelMarks>) -> Seq {
    let watermarks = state.channel(channel, view.head.tag);
    let marked = marks.filter(|marks| marks.tag == view.head.tag).into_iter().flat_map(|marks| {
        let sets = [marks.read.last(), marks.archived.last(), marks.deleted.last(), marks.unread.keys().next_back()];
        sets.into_iter().flatten().map(|slot| slot.born)
    });
    marked.chain([watermarks.read, watermarks.seen, watermarks.deleted]).max().unwrap_or_default()
}

impl Part {
    pub(crate) fn watermarks(&self, state: &FeedState) -> Watermarks {
        state.channel(&self.channel, self.view.head.tag)
    }
}

impl Snapshot {
    /// A broadcast as this reader sees it; `None` where they do not.
    pub(crate) fn broadcast(&self, part: &Part, stored: &Stored) -> Option<Notification> {
        if stored.expires <= self.now || self.state.preferences.hides(stored.content.category.as_ref()) {
            return None;
        }
        let live = Live { slot: stored.slot, created: stored.created };
        let (unread_since, archived) = part.marks.view(&part.channel, live, part.watermarks(&self.state), self.state.own)?;
        let fresh = fresh(&part.view.feed, &part.view.head, stored);
        Some(Notification { user: Some(self.reader.user.clone()), unread_since, archived, ..fresh })
    }

    /// All broadcasts that this reader sees.
    pub(crate) fn broadcasts(&self) -> impl Iterator<Item = Notification> + '_ {
        self.parts.iter().flat_map(|part| part.view.live.values().filter_map(|stored| self.broadcast(part, stored)))
    }

    /// A notification of their own as this reader sees it; `None` where it is gone.
    pub(crate) fn own(&self, stored: &Stored) -> Option<Notification> {
        own(&self.reader, &self.head, &self.state, stored, self.now)
    }

    /// Their counts.
    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Tally::default();
        for row in &self.rows {
            counts.add(true, self.state.own.unseen(row.since));
        }
        for one in self.broadcasts() {
            if let Some(since) = one.unread_since {
                counts.add(true, self.unseen(&since));
            }
        }
        counts.capped()
    }

    fn unseen(&self, since: &UnreadSince) -> bool {
        match &since.feed {
            Audience::User => self.state.own.unseen(since.n),
            Audience::Channel(channel) => {
                let part = self.parts.iter().find(|part| part.channel == *channel);
                part.is_some_and(|part| part.watermarks(&self.state).unseen(since.n))
            }
        }
    }

    /// Where all of the reader's feeds stood.
    pub(crate) fn position(&self) -> Position {
        position(&self.head, self.parts.iter().map(|part| &*part.view), self.now)
    }

    /// Whether an id is of a commit that was made, in the reader's own feed or in one of their channels.
    pub(crate) fn knows(&self, id: NotificationId) -> bool {
        let own = (&self.head, self.state.epoch);
        let channels = self.parts.iter().map(|part| (&part.view.head, part.view.state.epoch));
        let made = |head: &Head| (Seq(1)..=head.n).contains(&id.slot.born);
        std::iter::once(own).chain(channels).any(|(head, epoch)| head.tag == id.feed && epoch.is_some() && made(head))
    }

    /// When the first of what is counted expires.
    pub(crate) fn first_expiry(&self) -> Option<Moment> {
        self.rows.iter().map(|row| row.expires).chain(self.broadcasts().map(|one| one.expires)).min()
    }
}

/// A position at these heads.
pub(crate) fn position<'a>(own: &Head, views: impl Iterator<Item = &'a View>, now: Moment) -> Position {
    let own = Segment { feed: own.tag, n: own.n, hour: now.hours() };
    Position(std::iter::once(own).chain(views.map(|view| view.segment(now))).collect())
}

/// A notification of a reader's own feed as they see it.
pub(crate) fn own(reader: &Reader, head: &Head, state: &FeedState, stored: &Stored, now: Moment) -> Option<Notification> {
    if stored.expires <= now || stored.slot.born <= state.own.deleted {
        return None;
    }
    let unread = stored.unread.filter(|n| *n > state.own.read);
    Some(Notification {
        id: NotificationId { feed: head.tag, slot: stored.slot },
        user: Some(reader.user.clone()),
        content: stored.content.clone(),
        audience: Audience::User,
        created: stored.created,
        expires: stored.expires,
        archived: stored.archived,
        unread_since: unread.map(|n| UnreadSince { feed: Audience::User, n }),
    })
}

/// Counting, with the cap at the end.
#[derive(Default)]
pub(crate) struct Tally {
    unread: usize,
    unseen: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, unread: bool, unseen: bool) {
        self.unread += usize::from(unread);
        self.unseen += usize::from(unread && unseen);
    }

    pub(crate) fn capped(&self) -> Counts {
        let cap = |count: usize| u32::try_from(count.min(limits::COUNT_CAP)).unwrap_or(u32::MAX);
        Counts { unread: cap(self.unread), unseen: cap(self.unseen) }
    }
}
