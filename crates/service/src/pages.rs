//! Lists of notifications: the reader's own range of the table, merged with the broadcasts in memory.

use futures::FutureExt;
use futures::future::join;
use inbox::audience::Reader;
use inbox::id::Slot;
use inbox::notification::Notification;
use inbox::page::{Filter, ListKey, PageCursor};
use inbox::position::Seq;
use table::notifications::Range;

use crate::channels::Need;
use crate::snapshot::Snapshot;
use crate::versions::version;
use crate::{Error, From, Page, PageAsk, Refusal, Service};

/// How much a numbered page may read to be whole, or a mark to find what it changes, in requests of 1 MB each.
pub(crate) const READS: usize = 16;

/// What was gathered, newest first, and how far the reader's own range was read.
struct Gathered {
    shown: Vec<Notification>,
    next: Option<PageCursor>,
}

/// What a page looks for in the reader's own range, and from where.
struct Walk<'a> {
    filter: &'a Filter,
    want: usize,
    cursor: Option<PageCursor>,
}

impl Walk<'_> {
    /// Below this, in a feed with so many commits.
    fn begins(&self, n: Seq) -> Slot {
        let top = Slot { born: n.next(), place: 0 };
        self.cursor.map_or(top, |cursor| cursor.below.min(top))
    }

    /// How many rows to read where so many are found: of a filtered list nobody knows.
    fn limit(&self, found: usize) -> Option<u32> {
        (*self.filter == Filter::default()).then(|| u32::try_from(self.want + 1 - found).unwrap_or(u32::MAX))
    }
}

impl Service {
    /// A page of a reader's notifications, newest first.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`] for a cursor of another inbox or of another life of this one; [`Error::Busy`], [`Error::Internal`].
    pub async fn page(&self, reader: &Reader, ask: &PageAsk) -> Result<Page, Error> {
        let feed = reader.own_feed();
        let (views, state) = self.read_beside(reader, &feed, Need::Recent).await?;
        let head = self.inner.table.head(&feed, &state);
        let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
        let (skip, cursor) = match ask.from {
            From::Page(page) => (usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(limit), None),
            From::Cursor(cursor) if cursor.own != head.tag && cursor.own != head.unborn => {
                return Err(Error::Refused(Refusal::BadCursor));
            }
            From::Cursor(cursor) if cursor.filter != ask.filter.fingerprint() => return Err(Error::Refused(Refusal::BadCursor)),
            From::Cursor(cursor) => (0, Some(cursor)),
        };
        let walk = Walk { filter: &ask.filter, want: skip.saturating_add(limit), cursor };
        let first = self.inner.table.notifications(&feed, walk.begins(head.n), state.own.deleted, walk.limit(0)).boxed();
        let (snapshot, first) = join(self.snapshot_at(reader, feed.clone(), state.clone(), views).boxed(), first).await;
        let snapshot = snapshot?;
        // Where the state was read anew, so is what belongs to it.
        let first = if snapshot.state == state { Some(first?) } else { None };
        let mut gathered = self.gather(&snapshot, &walk, first).await?;
        let notifications: Vec<_> = gathered.shown.drain(..).skip(skip).collect();
        let expiry = notifications.iter().map(|one| one.expires).chain(snapshot.first_expiry()).min();
        let position = snapshot.position();
        let counts = snapshot.counts();
        self.inner.counted.remember(reader, version(&position, snapshot.now, snapshot.first_expiry()), counts.unread);
        Ok(Page {
            counts,
            has_more: gathered.next.is_some(),
            next: gathered.next,
            version: version(&position, snapshot.now, expiry),
            position,
            notifications,
        })
    }

    /// `first` is the range that the walk begins with, if it is read already.
    async fn gather(&self, snapshot: &Snapshot, walk: &Walk<'_>, mut first: Option<Range>) -> Result<Gathered, Error> {
        let Walk { filter, want, cursor } = *walk;
        let (after, first_below) = (cursor.map(|cursor| cursor.after), walk.begins(snapshot.head.n));
        let mut listed: Vec<Notification> =
            snapshot.broadcasts().filter(|one| filter.takes(one) && after.is_none_or(|after| ListKey::of(one) < after)).collect();
        let reads = if cursor.is_some() && *filter != Filter::default() { 1 } else { READS };
        let mut below = Some(first_below);
        let mut border: Option<ListKey> = None;
        let mut own = 0;
        for _ in 0..reads {
            let Some(from) = below.filter(|_| own <= want) else { break };
            // Whatever is left out (expired, archived, filtered) is made up for by reading on.
            let range = match first.take() {
                Some(range) => range,
                None => self.inner.table.notifications(&snapshot.feed, from, snapshot.state.own.deleted, walk.limit(own)).await?,
            };
            if let Some(last) = range.found.last() {
                border = Some(ListKey { created: last.created, feed: snapshot.head.tag, slot: last.slot });
            }
            let visible = range
                .found
                .iter()
                .filter_map(|stored| snapshot.own(stored))
                .filter(|one| filter.takes(one) && after.is_none_or(|after| ListKey::of(one) < after));
            let before = listed.len();
            listed.extend(visible);
            own += listed.len() - before;
            below = range.more_below;
        }
        listed.sort_by_key(|one| std::cmp::Reverse(ListKey::of(one)));
        // Where the range goes on, nothing older than what was read of it may be shown yet.
        let border = border.filter(|_| below.is_some());
        let known = listed.iter().filter(|one| border.is_none_or(|border| ListKey::of(one) >= border)).count();
        listed.truncate(known.min(want));
        let end = if known > want {
            listed.last().map(|last| (ListKey::of(last), lowest_own(&listed, snapshot).unwrap_or(first_below)))
        } else {
            border.zip(below)
        };
        let fingerprint = filter.fingerprint();
        let (own, head) = (snapshot.head.tag, snapshot.head.n);
        let next = end.map(|(after, below)| PageCursor { after, own, below, head, filter: fingerprint });
        Ok(Gathered { shown: listed, next })
    }
}

/// The oldest of the reader's own that is shown.
fn lowest_own(listed: &[Notification], snapshot: &Snapshot) -> Option<Slot> {
    listed.iter().rev().find(|one| one.id.feed == snapshot.head.tag).map(|one| one.id.slot)
}
