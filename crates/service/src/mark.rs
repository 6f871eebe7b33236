//! Marking single notifications: decided on a snapshot, committed on condition that it still holds.

use std::collections::HashMap;

use inbox::audience::Reader;
use inbox::event::Counts;
use inbox::id::{Category, NotificationId, Slot};
use inbox::journal::{Change, Doc};
use inbox::limits;
use inbox::marks::{BroadcastAct, Live};
use inbox::page::Filter;
use inbox::position::{Position, Seq};
use table::commit::{Commit, Outcome, Write};
use table::journal::Document;
use table::notifications::{Stored, Unread};
use table::state::Epoch;
use table::{Freshness, Table};

use crate::channels::Need;
use crate::pages::READS;
use crate::retry::{ATTEMPTS, LastFailure};
use crate::snapshot::Snapshot;
use crate::{Error, Mark, Marked, Refusal, Service, Target};

/// What one commit marked, and the inbox after it.
struct Step {
    changed: u32,
    counts: Counts,
}

/// What one act comes to.
enum Decided {
    /// This must become true, and then the inbox is this.
    Change(Box<Commit>, Box<Snapshot>),
    /// All is so already.
    Nothing,
    /// Somebody marked one of them after the snapshot was taken, whose counts are older than what was found: decide anew.
    Overtaken,
}

impl Service {
    /// Marks notifications of a reader.
    ///
    /// # Errors
    /// [`Error::NotFound`] where an id never was the reader's: nothing changes then. [`Refusal::ForeignPosition`] for an `upTo`
    /// that cannot be honoured, [`Refusal::SeenIsForAll`]; [`Error::Busy`], [`Error::Internal`].
    pub async fn mark(&self, reader: &Reader, target: Target, mark: Mark) -> Result<Marked, Error> {
        match target {
            Target::All { up_to } => self.mark_all(reader, mark, up_to.as_ref()).await,
            Target::Ids(ids) => self.mark_ids(reader, &ids, act(mark)?).await,
            Target::Category(category) => self.mark_category(reader, &category, act(mark)?).await,
        }
    }

    async fn mark_ids(&self, reader: &Reader, ids: &[NotificationId], act: BroadcastAct) -> Result<Marked, Error> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut changed = 0;
        let mut counts = None;
        let chunks = ids.chunks(limits::DOCUMENTS_PER_COMMIT);
        // All are looked at before the first is changed: one that never was theirs refuses the whole request.
        let mut first = Some(ids.as_slice());
        for some in chunks {
            let step = self.mark_some(reader, some, first.take().unwrap_or(some), act).await?;
            changed += step.changed;
            counts = Some(step.counts);
        }
        let counts = match counts {
            Some(counts) => counts,
            None => self.counts(reader).await?.0,
        };
        Ok(Marked { changed: Some(changed), counts, more: false })
    }

    /// Marks up to a commit's worth of notifications.
    async fn mark_some(&self, reader: &Reader, ids: &[NotificationId], check: &[NotificationId], act: BroadcastAct) -> Result<Step, Error> {
        let feed = reader.own_feed();
        let writer = self.writer(&feed);
        let _alone = writer.lock().await;
        // The number of a commit that was sent and not answered: it may be stored, and is to be told all the same.
        let mut unclear = None;
        let marked = self.mark_some_alone(reader, ids, check, act, &mut unclear).await;
        if let Some(n) = unclear {
            self.committed(&feed, n);
        }
        marked
    }

    async fn mark_some_alone(
        &self,
        reader: &Reader,
        ids: &[NotificationId],
        check: &[NotificationId],
        act: BroadcastAct,
        unclear: &mut Option<Seq>,
    ) -> Result<Step, Error> {
        let mut failure = LastFailure::default();
        for attempt in 0..ATTEMPTS {
            let snapshot = self.snapshot_knowing(reader, check).await?;
            let (commit, after) = match self.decide(&snapshot, ids, act).await? {
                Decided::Change(commit, after) => (*commit, *after),
                Decided::Nothing => return Ok(Step { changed: 0, counts: snapshot.counts() }),
                Decided::Overtaken => {
                    self.wait(attempt).await;
                    continue;
                }
            };
            match self.inner.table.commit(&commit, self.now()).await {
                Ok(Outcome::Done) => {
                    *unclear = None;
                    self.committed(&snapshot.feed, commit.n());
                    let changed = u32::try_from(commit.changes.len()).unwrap_or(u32::MAX);
                    // A count that stood at its cap says nothing of what lies beyond.
                    let capped = snapshot.rows.len() >= limits::COUNT_CAP;
                    let counts = if capped { self.snapshot(reader, Need::Recent).await?.counts() } else { after.counts() };
                    return Ok(Step { changed, counts });
                }
                Ok(Outcome::Lost | Outcome::Known(_)) => self.wait(attempt).await,
                Err(table::Error::Engine(source)) => {
                    failure.is(source);
                    *unclear = Some(commit.n());
                    self.wait(attempt).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(failure.give_up())
    }

    /// A snapshot in which every id is of a commit of the reader's own feed or of one of their channels. A copy of a channel may
    /// be older than what another process showed them: it is refreshed before an id is called unknown.
    async fn snapshot_knowing(&self, reader: &Reader, ids: &[NotificationId]) -> Result<Snapshot, Error> {
        for need in [Need::Recent, Need::Current] {
            let snapshot = self.snapshot(reader, need).await?;
            if ids.iter().all(|id| snapshot.knows(*id)) {
                return Ok(snapshot);
            }
        }
        Err(Error::NotFound("notification"))
    }

    async fn decide(&self, snapshot: &Snapshot, ids: &[NotificationId], act: BroadcastAct) -> Result<Decided, Error> {
        let fresh = Epoch(self.inner.entropy.u64());
        let mut commit = Commit::on(snapshot.feed.clone(), snapshot.state.clone(), snapshot.now, fresh);
        let mut after = snapshot.clone();
        let own: Vec<Slot> = ids.iter().filter(|id| id.feed == snapshot.head.tag).map(|id| id.slot).collect();
        let found = self.inner.table.stored(snapshot, &own).await?;
        if overtaken(snapshot, &own, &found) {
            return Ok(Decided::Overtaken);
        }
        for stored in found {
            if let Some(write) = own_act(snapshot, &mut after, &stored, act, commit.n()) {
                let gone = matches!(write, Write::RemoveNotification(_));
                commit.changes.push(if gone { Change::Gone(stored.slot) } else { Change::Upsert(Doc::Notification(stored.slot)) });
                commit.writes.push(write);
            }
        }
        for index in 0..snapshot.parts.len() {
            let tag = snapshot.parts[index].view.head.tag;
            let slots = ids.iter().filter(|id| id.feed == tag).map(|id| id.slot);
            broadcast_acts(&mut commit, &mut after, index, slots, act);
        }
        after.state = commit.after.clone();
        let nothing = commit.changes.is_empty();
        Ok(if nothing { Decided::Nothing } else { Decided::Change(Box::new(commit), Box::new(after)) })
    }

    async fn mark_category(&self, reader: &Reader, category: &Category, act: BroadcastAct) -> Result<Marked, Error> {
        let filter = Filter { category: Some(category.clone()), ..Filter::default() };
        let (mut ids, cut_short) = self.of_category(reader, &filter, act).await?;
        // Where nothing was found, the same request would find nothing again, and whoever repeats it would never end.
        let more = !ids.is_empty() && (cut_short || ids.len() > limits::CATEGORY_MARKS_PER_REQUEST);
        ids.truncate(limits::CATEGORY_MARKS_PER_REQUEST);
        let marked = self.mark_ids(reader, &ids, act).await?;
        Ok(Marked { more, ..marked })
    }

    /// Those that the act would change, as far as they are looked for: until they are more than may be marked at once, or a request's
    /// reads are used up. The second value tells whether some of the inbox was not looked at.
    async fn of_category(&self, reader: &Reader, filter: &Filter, act: BroadcastAct) -> Result<(Vec<NotificationId>, bool), Error> {
        let snapshot = self.snapshot(reader, Need::Recent).await?;
        let would = |read: bool, archived: bool| match act {
            BroadcastAct::Read => !read,
            BroadcastAct::Unread => read,
            BroadcastAct::Archive => !archived,
            BroadcastAct::Restore => archived,
            BroadcastAct::Delete => true,
        };
        let mut ids: Vec<NotificationId> = snapshot
            .broadcasts()
            .filter(|one| one.content.category == filter.category && would(one.read(), one.archived))
            .map(|one| one.id)
            .collect();
        let mut below = Some(Slot { born: snapshot.head.n.next(), place: 0 });
        for _ in 0..READS {
            let Some(from) = below.filter(|_| ids.len() <= limits::CATEGORY_MARKS_PER_REQUEST) else { break };
            let range = self.inner.table.notifications(&snapshot.feed, from, snapshot.state.own.deleted, None).await?;
            let own = range.found.iter().filter_map(|stored| snapshot.own(stored));
            ids.extend(own.filter(|one| one.content.category == filter.category && would(one.read(), one.archived)).map(|one| one.id));
            below = range.more_below;
        }
        Ok((ids, below.is_some()))
    }
}

fn act(mark: Mark) -> Result<BroadcastAct, Error> {
    Ok(match mark {
        Mark::Read => BroadcastAct::Read,
        Mark::Unread => BroadcastAct::Unread,
        Mark::Archive => BroadcastAct::Archive,
        Mark::Restore => BroadcastAct::Restore,
        Mark::Delete => BroadcastAct::Delete,
        Mark::Seen => return Err(Error::Refused(Refusal::SeenIsForAll)),
    })
}

trait StoredOf {
    async fn stored(&self, snapshot: &Snapshot, slots: &[Slot]) -> Result<Vec<Stored>, Error>;
}

impl StoredOf for Table {
    /// Those of the slots that are there, in their order.
    async fn stored(&self, snapshot: &Snapshot, slots: &[Slot]) -> Result<Vec<Stored>, Error> {
        if slots.is_empty() {
            return Ok(Vec::new());
        }
        let docs: Vec<Doc> = slots.iter().map(|slot| Doc::Notification(*slot)).collect();
        let mut found: HashMap<Doc, Document> = self.documents(&snapshot.feed, &docs, Freshness::Consistent).await?;
        let take = |doc: &Doc| match found.remove(doc) {
            Some(Document::Notification(stored)) => Some(stored),
            Some(Document::Task(_)) | None => None,
        };
        Ok(docs.iter().filter_map(take).collect())
    }
}

/// Whether what was found is newer than the snapshot: changed since, or deleted although the snapshot counts it.
fn overtaken(snapshot: &Snapshot, slots: &[Slot], found: &[Stored]) -> bool {
    let counted = |slot: &&Slot| snapshot.rows.iter().any(|row| row.slot == **slot);
    let mut gone = slots.iter().filter(|slot| !found.iter().any(|stored| stored.slot == **slot));
    found.iter().any(|stored| stored.rev > snapshot.state.n) || gone.any(|slot| counted(&slot))
}

/// What one act makes of one notification of the reader's own feed; `None` where it is so already, or gone.
fn own_act(snapshot: &Snapshot, after: &mut Snapshot, stored: &Stored, act: BroadcastAct, n: Seq) -> Option<Write> {
    let shown = snapshot.own(stored)?;
    let mut changed = Stored { rev: n, ..stored.clone() };
    after.rows.retain(|row| row.slot != stored.slot);
    let row = |since| Unread { slot: stored.slot, since, expires: stored.expires };
    match act {
        BroadcastAct::Read if !shown.read() => changed.unread = None,
        BroadcastAct::Unread if shown.read() => {
            changed.unread = Some(n);
            changed.archived = false;
            after.rows.push(row(n));
        }
        BroadcastAct::Archive if !shown.archived => {
            changed.unread = None;
            changed.archived = true;
        }
        BroadcastAct::Restore if shown.archived => changed.archived = false,
        BroadcastAct::Delete => return Some(Write::RemoveNotification(stored.slot)),
        BroadcastAct::Read | BroadcastAct::Unread | BroadcastAct::Archive | BroadcastAct::Restore => {
            after.rows.extend(stored.unread.filter(|_| !shown.read()).map(row));
            return None;
        }
    }
    Some(Write::Notification(changed, stored.rev))
}

/// Does one act with broadcasts of one channel, on the commit and on the snapshot alike.
fn broadcast_acts(commit: &mut Commit, after: &mut Snapshot, index: usize, slots: impl Iterator<Item = Slot>, act: BroadcastAct) {
    let n = commit.n();
    let now = after.now;
    let own = after.state.own;
    let part = &mut after.parts[index];
    let mut watermarks = commit.after.channel(&part.channel, part.view.head.tag);
    let mut changed = false;
    for slot in slots {
        let Some(stored) = part.view.live.get(&slot).filter(|stored| stored.expires > now) else { continue };
        if after.state.preferences.hides(stored.content.category.as_ref()) {
            continue;
        }
        let live = Live { slot, created: stored.created };
        if let Some(became) = part.marks.act(act, &part.channel, live, watermarks, own, n) {
            commit.changes.push(Change::Broadcast { channel: part.channel.clone(), slot, became });
            changed = true;
        }
    }
    if changed {
        part.marks.fold(&part.view.live_marks(now), part.view.head.n, &mut watermarks);
        part.marks.rev = n;
        if let Some(held) = part.view.watermarks(watermarks, commit.after.channels.get(&part.channel), now) {
            commit.after.channels.insert(part.channel.clone(), held);
        }
        commit.writes.push(Write::Marks(part.channel.clone(), part.marks.clone(), part.stored));
    }
}

/// The numbers that a position gives to each of the reader's feeds, own first; `None` where one cannot be honoured.
pub(crate) fn numbers(snapshot: &Snapshot, position: &Position) -> Option<Vec<Seq>> {
    let heads = std::iter::once(&snapshot.head).chain(snapshot.parts.iter().map(|part| &part.view.head));
    heads
        .map(|head| {
            let of_life = position.of(head.tag).map(|segment| segment.n);
            let unborn = position.of(head.unborn).map(|segment| segment.n).filter(|n| *n == Seq::ZERO);
            of_life.or(unborn).filter(|n| *n <= head.n)
        })
        .collect()
}
