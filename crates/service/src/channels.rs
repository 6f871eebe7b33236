//! Live broadcasts in memory: channels are read by everyone, so by no one directly.

mod kept;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use inbox::event::Event;
use inbox::id::{NotificationId, Slot};
use inbox::journal::{Change, Doc, Entry};
use inbox::limits;
use inbox::marks::{ChannelWatermarks, Live, Watermarks};
use inbox::moment::Moment;
use inbox::notification::{Audience, Content, Notification, UnreadSince};
use inbox::position::{Feed, FeedOf, Head, Segment, Seq};
use table::Freshness;
use table::journal::Document;
use table::notifications::Stored;
use table::settle::{Followed, Portion};
use table::state::FeedState;

use crate::group::Group;
use crate::{Error, Service};

pub(crate) use kept::Channels;

/// How many commits of a channel are kept for streams that come back.
const RECENT: usize = 256;
/// How much text of theirs, in bytes: a channel's longest messages would come to some 20 MiB. Who comes from further back reads the journal.
const RECENT_BYTES: usize = 1 << 20;
/// What an event weighs without its texts.
const BARE_BYTES: usize = 400;
/// How often a process that follows a further partition of a channel looks at its own.
const SURE_EVERY: Duration = Duration::from_mins(1);
/// How often a copy that is behind a number that it must know is refreshed, before the caller is told to come back.
const TRIES: u32 = 8;

/// A channel as of one number of its journal.
#[derive(Clone, Debug)]
pub(crate) struct View {
    pub(crate) feed: Feed,
    pub(crate) state: FeedState,
    pub(crate) head: Head,
    /// Live broadcasts, oldest first; expired ones are among them until the next refresh.
    pub(crate) live: Arc<BTreeMap<Slot, Arc<Stored>>>,
    /// The last commits as groups, unbroken up to the head.
    pub(crate) recent: VecDeque<Arc<Group>>,
    /// When its read began: what was committed since may be missing, however long the answer took to arrive.
    read_at: Moment,
    /// When its own partition was last read.
    sure_at: Moment,
    stale: bool,
    /// About what it weighs.
    bytes: usize,
}

impl View {
    pub(crate) fn segment(&self, now: Moment) -> Segment {
        Segment { feed: self.head.tag, n: self.head.n, hour: now.hours() }
    }

    /// Whether it was read after this moment.
    pub(crate) fn read_after(&self, moment: Moment) -> bool {
        self.read_at > moment
    }

    /// What marks care about of the live broadcasts, oldest first.
    pub(crate) fn live_marks(&self, now: Moment) -> Vec<Live> {
        let live = self.live.values().filter(|one| one.expires > now);
        live.map(|one| Live { slot: one.slot, created: one.created }).collect()
    }

    /// A user's watermarks in this channel, to be kept for as long as something at or below them is there; `None` where nothing is.
    pub(crate) fn watermarks(&self, marks: Watermarks, before: Option<&ChannelWatermarks>, now: Moment) -> Option<ChannelWatermarks> {
        let top = marks.read.max(marks.seen).max(marks.deleted);
        let below = self.live.values().filter(|one| one.slot.born <= top && one.expires > now);
        let until = below.map(|one| one.expires).max()?;
        let tag = self.head.tag;
        // Another process may have marked more than this copy has.
        let until = before.filter(|held| held.tag == tag).map_or(until, |held| held.until.max(until));
        Some(ChannelWatermarks { tag, marks, until })
    }

    /// The groups after `after`, if all of them are still at hand.
    pub(crate) fn groups_after(&self, after: Seq) -> Option<Vec<Arc<Group>>> {
        if after == self.head.n {
            return Some(Vec::new());
        }
        let first = self.recent.front()?;
        (first.follows <= after).then(|| self.recent.iter().filter(|group| group.segment.n > after).cloned().collect())
    }
}

/// A broadcast as it is before any reader did anything with it.
pub(crate) fn fresh(feed: &Feed, head: &Head, stored: &Stored) -> Notification {
    let audience = match &feed.of {
        FeedOf::User(_) => Audience::User,
        FeedOf::Channel(channel) => Audience::Channel(channel.clone()),
    };
    Notification {
        id: NotificationId { feed: head.tag, slot: stored.slot },
        user: None,
        content: stored.content.clone(),
        unread_since: Some(UnreadSince { feed: audience.clone(), n: stored.slot.born }),
        audience,
        created: stored.created,
        expires: stored.expires,
        archived: false,
    }
}

/// The groups that entries of a channel bring.
pub(crate) fn groups(feed: &Feed, head: &Head, followed: &Followed, now: Moment) -> Vec<Arc<Group>> {
    let one = |entry: &Entry| {
        let events = entry.changes.iter().filter_map(|change| event(feed, head, change, followed, now)).collect();
        let segment = Segment { feed: head.tag, n: entry.n, hour: entry.at.hours() };
        Group::new(Seq(entry.n.0 - 1), segment, events)
    };
    followed.entries.iter().map(one).collect()
}

fn event(feed: &Feed, head: &Head, change: &Change, followed: &Followed, now: Moment) -> Option<Event> {
    match change {
        Change::Upsert(doc) => match followed.documents.get(doc)? {
            Document::Notification(stored) => (stored.expires > now).then(|| Event::Broadcast(fresh(feed, head, stored))),
            Document::Task(_) => None,
        },
        Change::Gone(slot) => Some(Event::NotificationDeleted(NotificationId { feed: head.tag, slot: *slot })),
        Change::Broadcast { .. } | Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::DeletedUpTo(_) | Change::Preferences => None,
    }
}

/// How sure a caller must be of a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// As old as the settings allow.
    Recent,
    /// As of now.
    Current,
    /// At least this number of this life of the channel.
    AtLeast(Seq),
}

impl Service {
    /// Somebody committed to this channel: the next reader looks again.
    pub(crate) fn channel_changed(&self, feed: &Feed) {
        let Some(copy) = self.inner.channels.known(feed) else { return };
        let mut held = copy.view();
        copy.changed();
        if let Some(view) = held.take() {
            *held = Some(Arc::new(View { stale: true, ..(*view).clone() }));
        }
    }

    /// A channel's copy, as fresh as needed; and what news it brought to those who listen.
    pub(crate) async fn channel(&self, feed: &Feed, need: Need) -> Result<Arc<View>, Error> {
        let copy = self.inner.channels.copy(feed);
        let age = self.inner.settings.channel_age;
        let good = |view: &View| match need {
            Need::Recent => !view.stale && self.now().since(view.read_at) <= age,
            Need::Current => false,
            Need::AtLeast(n) => view.head.n >= n,
        };
        if let Some(view) = copy.held().filter(|view| good(view)) {
            return Ok(view);
        }
        let asked_at = self.now();
        let _alone = copy.refreshing.lock().await;
        // What was good enough when it was asked for is so still: of many who waited for one slow read, not each reads again.
        let was_good = |view: &View| need == Need::Recent && !view.stale && asked_at.since(view.read_at) <= age;
        if let Some(view) = copy.held().filter(|view| good(view) || was_good(view)) {
            return Ok(view);
        }
        for attempt in 0..TRIES {
            let changes = copy.changes();
            let before = copy.held();
            let mut view = self.refresh(feed, before.as_deref(), need).await?;
            let behind = view.head.n < view.state.n;
            let view = {
                let mut held = copy.view();
                // Somebody committed while it was read: whether it shows that is not known.
                view.stale |= copy.changes() != changes;
                Arc::clone(held.insert(Arc::new(view)))
            };
            self.inner.channels.weighs(feed, view.bytes, self.inner.settings.channel_bytes);
            let enough = match need {
                Need::Recent => true,
                Need::Current => !behind,
                Need::AtLeast(n) => view.head.n >= n,
            };
            if enough {
                return Ok(view);
            }
            self.wait(attempt).await;
        }
        Err(Error::busy())
    }

    async fn refresh(&self, feed: &Feed, copy: Option<&View>, need: Need) -> Result<View, Error> {
        let read_at = self.now();
        // A further partition may be behind for longer than a moment: while a deployment changes how many there are, not all write it.
        let further = self.inner.table.follows_a_further_partition();
        let long_ago = |view: &View| further && read_at.since(view.sure_at) >= SURE_EVERY;
        let sure = need != Need::Recent || copy.is_none_or(|view| view.stale || long_ago(view));
        let freshness = if sure { Freshness::Consistent } else { Freshness::Eventual };
        let mut state = self.inner.table.state(feed, freshness).await?;
        let Some(known) = copy else { return self.load(feed, state, read_at).await };
        let sure_at = if sure { read_at } else { known.sure_at };
        if further && !sure && state.epoch.is_none() {
            // Nobody has written to this partition yet, which says nothing of the channel.
            return Ok(View { read_at, stale: false, ..known.clone() });
        }
        if state.epoch != known.state.epoch && !sure && known.state.epoch.is_some() {
            state = self.inner.table.state(feed, Freshness::Consistent).await?;
        }
        if state.epoch != known.state.epoch && known.state.epoch.is_some() {
            return self.load(feed, state, read_at).await;
        }
        if state.n <= known.head.n {
            return Ok(View { read_at, sure_at, stale: false, ..known.clone() });
        }
        let head = self.inner.table.head(feed, &state);
        match self.inner.table.follow(feed, &state, known.head.n, Portion::ALL, &|| self.now()).await {
            Ok(followed) => Ok(View { read_at, sure_at, ..known.moved(state, head, &followed, self.now()) }),
            Err(table::Error::Hole) => Ok(View { sure_at, ..self.load(feed, state, read_at).await? }),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a channel anew: once a process, or after its journal was lost.
    async fn load(&self, feed: &Feed, state: FeedState, read_at: Moment) -> Result<View, Error> {
        let now = self.now();
        self.inner.table.settle(feed, &state, &|| self.now()).await?;
        let head = self.inner.table.head(feed, &state);
        let mut live = BTreeMap::new();
        let mut below = Some(Slot { born: state.n.next(), place: 0 });
        while let Some(from) = below.filter(|_| live.len() < 2 * limits::LIVE_BROADCASTS) {
            let range = self.inner.table.notifications(feed, from, Seq::ZERO, None).await?;
            live.extend(range.found.into_iter().filter(|one| one.expires > now).map(|one| (one.slot, Arc::new(one))));
            below = range.more_below;
        }
        let bytes = weight(&live, &VecDeque::new());
        Ok(View {
            feed: feed.clone(),
            head,
            state,
            live: Arc::new(live),
            recent: VecDeque::new(),
            read_at,
            sure_at: read_at,
            stale: false,
            bytes,
        })
    }
}

impl View {
    fn moved(&self, state: FeedState, head: Head, followed: &Followed, now: Moment) -> Self {
        let mut live = (*self.live).clone();
        live.retain(|_, one| one.expires > now);
        for change in followed.entries.iter().flat_map(|entry| &entry.changes) {
            match change {
                Change::Upsert(doc @ Doc::Notification(slot)) => {
                    if let Some(Document::Notification(stored)) = followed.documents.get(doc) {
                        live.insert(*slot, Arc::new(stored.clone()));
                    }
                }
                Change::Gone(slot) => {
                    live.remove(slot);
                }
                Change::Upsert(Doc::Task(_))
                | Change::Broadcast { .. }
                | Change::ReadUpTo(_)
                | Change::SeenUpTo(_)
                | Change::DeletedUpTo(_)
                | Change::Preferences => {}
            }
        }
        let mut recent = self.recent.clone();
        recent.extend(groups(&self.feed, &head, followed, now));
        trim(&mut recent);
        let n = followed.entries.last().map_or(self.head.n, |entry| entry.n);
        let (head, behind, bytes) = (Head { n, ..head }, n < state.n, weight(&live, &recent));
        let (read_at, sure_at) = (self.read_at, self.sure_at);
        Self { feed: self.feed.clone(), head, stale: behind, state, live: Arc::new(live), recent, read_at, sure_at, bytes }
    }
}

/// Lets go of the oldest that are too many or too much.
fn trim(recent: &mut VecDeque<Arc<Group>>) {
    let mut bytes: usize = recent.iter().map(|group| text_bytes(group)).sum();
    while recent.len() > RECENT || bytes > RECENT_BYTES {
        let Some(oldest) = recent.pop_front() else { return };
        bytes -= text_bytes(&oldest);
    }
}

/// About what a group of a channel weighs.
fn text_bytes(group: &Group) -> usize {
    let one = |event: &Event| if let Event::Broadcast(one) = event { content_bytes(&one.content) } else { BARE_BYTES };
    group.events.iter().map(one).sum()
}

/// The texts of a broadcast, and as much again as every one has beside them.
fn content_bytes(content: &Content) -> usize {
    let actions: usize = content.actions.iter().map(|action| action.label.len() + action.url.len()).sum();
    content.title.len() + content.message.len() + content.data.as_ref().map_or(0, String::len) + actions + BARE_BYTES
}

/// About what a copy weighs. What is live and recent is there twice.
fn weight(live: &BTreeMap<Slot, Arc<Stored>>, recent: &VecDeque<Arc<Group>>) -> usize {
    let live: usize = live.values().map(|one| content_bytes(&one.content)).sum();
    let recent: usize = recent.iter().map(|group| text_bytes(group)).sum();
    BARE_BYTES + live + recent
}

#[cfg(test)]
mod tests {
    use inbox::position::FeedTag;

    use super::*;

    fn group(n: u64, message_bytes: usize) -> Arc<Group> {
        let content = Content { message: "m".repeat(message_bytes), ..Content::titled("t") };
        let stored = Stored {
            slot: Slot { born: Seq(n), place: 0 },
            rev: Seq(n),
            unread: None,
            archived: false,
            content,
            created: Moment::default(),
            expires: Moment::default(),
        };
        let tag = FeedTag([1; 6]);
        let head = Head { tag, unborn: tag, n: Seq(n) };
        let feed = Feed { tenant: None, of: FeedOf::Channel(inbox::id::Channel::Everyone) };
        Group::new(Seq(n - 1), Segment { feed: tag, n: Seq(n), hour: 0 }, vec![Event::Broadcast(fresh(&feed, &head, &stored))])
    }

    fn kept(count: u64, message_bytes: usize) -> Vec<u64> {
        let mut recent: VecDeque<_> = (1..=count).map(|n| group(n, message_bytes)).collect();
        trim(&mut recent);
        recent.iter().map(|group| group.segment.n.0).collect()
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_and_in_bytes() {
        assert_eq!(kept(256, 10), (1..=256).collect::<Vec<_>>());
        assert_eq!(kept(300, 10), (45..=300).collect::<Vec<_>>());
        let long = kept(300, 16_000);
        assert_eq!((long.len(), long.last()), (RECENT_BYTES / (16_000 + 1 + BARE_BYTES), Some(&300)));
        assert_eq!(kept(3, RECENT_BYTES), Vec::<u64>::new(), "one that is too large by itself is not kept either");
    }
}
