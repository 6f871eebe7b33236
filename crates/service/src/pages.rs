//! Lists of notifications: the reader's own range of the table, merged with the broadcasts in memory.

use inbox::audience::Reader;
use inbox::id::Slot;
use inbox::notification::Notification;
use inbox::page::{Filter, ListKey, PageCursor};

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

impl Service {
    /// A page of a reader's notifications, newest first.
    ///
    /// # Errors
    /// [`Refusal::BadCursor`] for a cursor of another inbox or of another life of this one; [`Error::Busy`], [`Error::Internal`].
    pub async fn page(&self, reader: &Reader, ask: &PageAsk) -> Result<Page, Error> {
        let snapshot = self.snapshot(reader, Need::Recent).await?;
        let limit = usize::try_from(ask.limit).unwrap_or(usize::MAX);
        let (skip, cursor) = match ask.from {
            From::Page(page) => (usize::try_from(page.saturating_sub(1)).unwrap_or(usize::MAX).saturating_mul(limit), None),
            From::Cursor(cursor) if cursor.own != snapshot.head.tag && cursor.own != snapshot.head.unborn => {
                return Err(Error::Refused(Refusal::BadCursor));
            }
            From::Cursor(cursor) if cursor.filter != ask.filter.fingerprint() => return Err(Error::Refused(Refusal::BadCursor)),
            From::Cursor(cursor) => (0, Some(cursor)),
        };
        let mut gathered = self.gather(&snapshot, &ask.filter, skip.saturating_add(limit), cursor).await?;
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

    async fn gather(&self, snapshot: &Snapshot, filter: &Filter, want: usize, cursor: Option<PageCursor>) -> Result<Gathered, Error> {
        let top = Slot { born: snapshot.head.n.next(), place: 0 };
        let (after, first_below) = cursor.map_or((None, top), |cursor| (Some(cursor.after), cursor.below.min(top)));
        let mut listed: Vec<Notification> =
            snapshot.broadcasts().filter(|one| filter.takes(one) && after.is_none_or(|after| ListKey::of(one) < after)).collect();
        let reads = if cursor.is_some() && *filter != Filter::default() { 1 } else { READS };
        let mut below = Some(first_below);
        let mut border: Option<ListKey> = None;
        let mut own = 0;
        for _ in 0..reads {
            let Some(from) = below.filter(|_| own <= want) else { break };
            // Whatever is left out (expired, archived, filtered) is made up for by reading on.
            let limit = (*filter == Filter::default()).then(|| u32::try_from(want + 1 - own).unwrap_or(u32::MAX));
            let range = self.inner.table.notifications(&snapshot.feed, from, snapshot.state.own.deleted, limit).await?;
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
