//! Reading without holes. DynamoDB's reads are only read-committed against a transaction: of a commit, one item may be visible and
//! another not yet, and of two commits the later first. So entries are believed in unbroken order only, and an entry is settled
//! when each document that it names has been seen as that commit, or a later one, left it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use inbox::id::Channel;
use inbox::journal::{Change, Doc, Entry, unbroken};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::Audience;
use inbox::position::{Feed, Seq};

use crate::journal::{Confirmed, Document};
use crate::state::{Epoch, FeedState};
use crate::{Error, Freshness, Table};

/// Asks the caller's clock.
pub type Now<'a> = &'a (dyn Fn() -> Moment + Send + Sync);

/// What changed after a place in a feed, settled.
#[derive(Debug, Default)]
pub struct Followed {
    /// Settled entries, unbroken.
    pub entries: Vec<Entry>,
    /// The present state of what they name; what is gone is left out.
    pub documents: HashMap<Doc, Document>,
    /// Whether more is known to be there that is not settled yet: ask again soon.
    pub unsettled: bool,
    /// Whether more is there than was asked for at a time: ask again at once, from the last of these on.
    pub more: bool,
}

/// How much of a feed is followed at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Commits at most; the first is taken in any case.
    pub commits: usize,
    /// Documents that they name at most; those of the first commit are taken in any case.
    pub documents: usize,
}

impl Portion {
    /// Whatever there is, up to [`limits::CURSOR_COMMITS`].
    pub const ALL: Self = Self { commits: usize::MAX, documents: usize::MAX };

    /// How many of these entries are taken.
    fn of(self, entries: &[Entry]) -> usize {
        let mut documents = HashSet::new();
        for (taken, entry) in entries.iter().enumerate() {
            documents.extend(entry.changes.iter().filter_map(named));
            if taken > 0 && (taken >= self.commits || documents.len() > self.documents) {
                return taken;
            }
        }
        entries.len()
    }
}

/// The first wait for what is not visible yet. DynamoDB's transactions take some milliseconds.
const FIRST_WAIT: Duration = Duration::from_millis(2);
/// The longest single wait.
const LONGEST_WAIT: Duration = Duration::from_millis(200);
/// How often a stream's read looks again before it hands back what it has.
const FOLLOW_TRIES: u32 = 6;
/// How often a list looks again; with the waits above some 12 s, after which everything is settled by age.
const SETTLE_TRIES: u32 = 70;

async fn wait(attempt: u32) {
    tokio::time::sleep(FIRST_WAIT.saturating_mul(2_u32.saturating_pow(attempt)).min(LONGEST_WAIT)).await;
}

impl Table {
    /// What was committed to a feed after `after` and up to the number that `state` tells, as far as it is settled now; of that no more
    /// than `most`, so that nobody holds thousands of documents at once.
    ///
    /// # Errors
    /// [`Error::Hole`] where an entry is missing for good: the reader must start anew. Otherwise as the table's.
    pub async fn follow(&self, feed: &Feed, state: &FeedState, after: Seq, most: Portion, now: Now<'_>) -> Result<Followed, Error> {
        let Some(epoch) = state.epoch else { return Ok(Followed::default()) };
        let up_to = Seq(state.n.0.min(after.0 + limits::CURSOR_COMMITS));
        let mut followed = Followed::default();
        for attempt in 0..FOLLOW_TRIES {
            let freshness = if attempt == 0 { Freshness::Eventual } else { Freshness::Consistent };
            let mut entries = self.entries(feed, epoch, after, up_to, freshness).await?;
            entries.truncate(unbroken(after, &entries));
            let later = entries.split_off(most.of(&entries));
            let documents = self.named_by(feed, &entries, freshness).await?;
            let whole = if later.is_empty() { usize::try_from(up_to.0 - after.0).unwrap_or(usize::MAX) } else { entries.len() };
            followed = self.settled(feed, entries, &later, documents, freshness, now()).await?;
            followed.unsettled = followed.entries.len() < whole;
            if !followed.unsettled {
                followed.more = followed.entries.last().is_some_and(|entry| entry.n < state.n);
                return Ok(followed);
            }
            wait(attempt).await;
        }
        let next = followed.entries.last().map_or(after, |entry| entry.n).next();
        if now().since(state.at) >= limits::SETTLE_AGE && self.confirm_entry(feed, epoch, next).await? == Confirmed::Absent {
            return Err(Error::Hole);
        }
        Ok(followed)
    }

    async fn named_by(&self, feed: &Feed, entries: &[Entry], freshness: Freshness) -> Result<HashMap<Doc, Document>, Error> {
        let mut docs: Vec<Doc> = entries.iter().flat_map(|entry| &entry.changes).filter_map(named).collect();
        docs.sort_unstable();
        docs.dedup();
        if docs.is_empty() { Ok(HashMap::new()) } else { self.documents(feed, &docs, freshness).await }
    }

    /// Cuts the entries where the first is not settled. `later` ones only tell what is gone again.
    async fn settled(
        &self,
        feed: &Feed,
        mut entries: Vec<Entry>,
        later: &[Entry],
        mut documents: HashMap<Doc, Document>,
        freshness: Freshness,
        now: Moment,
    ) -> Result<Followed, Error> {
        let marks = self.marks_revs(feed, &entries).await?;
        let mut settled = 0;
        'entries: for entry in &entries {
            for change in &entry.changes {
                let seen = match change {
                    Change::Upsert(doc) => {
                        let later_gone = entries.iter().chain(later).any(|other| other.n >= entry.n && removes(other, *doc));
                        later_gone || self.upsert_seen(feed, entry, *doc, &mut documents, freshness, now).await?
                    }
                    Change::Gone(slot) => entry.settled_by_age(now) || !documents.contains_key(&Doc::Notification(*slot)),
                    Change::Broadcast { channel, .. } => entry.settled_by_age(now) || marks.get(channel).is_some_and(|rev| *rev >= entry.n),
                    Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::DeletedUpTo(_) | Change::Preferences => true,
                };
                if !seen {
                    break 'entries;
                }
            }
            settled += 1;
        }
        entries.truncate(settled);
        for entry in &entries {
            for change in &entry.changes {
                if let Change::Gone(slot) = change {
                    documents.remove(&Doc::Notification(*slot));
                }
            }
        }
        Ok(Followed { entries, documents, unsettled: false, more: false })
    }

    /// An absent document of an entry that is old enough is asked for inside a transaction: absent there, it is gone for good.
    async fn upsert_seen(
        &self,
        feed: &Feed,
        entry: &Entry,
        doc: Doc,
        documents: &mut HashMap<Doc, Document>,
        freshness: Freshness,
        now: Moment,
    ) -> Result<bool, Error> {
        if documents.get(&doc).is_some_and(|document| document.rev() >= entry.n) {
            return Ok(true);
        }
        if freshness == Freshness::Eventual || !entry.settled_by_age(now) {
            return Ok(false);
        }
        Ok(match self.confirm_document(feed, doc).await? {
            Confirmed::Present(document) => {
                let seen = document.rev() >= entry.n;
                documents.insert(doc, document);
                seen
            }
            Confirmed::Absent => {
                documents.remove(&doc);
                true
            }
            Confirmed::Pending => false,
        })
    }

    async fn marks_revs(&self, feed: &Feed, entries: &[Entry]) -> Result<HashMap<Channel, Seq>, Error> {
        let marked: HashSet<&Channel> = entries.iter().flat_map(|entry| &entry.changes).filter_map(marked).collect();
        if marked.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(self.marks(feed).await?.into_iter().map(|(channel, marks)| (channel, marks.rev)).collect())
    }

    /// A feed's state, read consistently, after whose number everything committed can be read: its entries of the last
    /// ten seconds are settled, deletions seen absent. Usually nothing more than the state is read.
    ///
    /// # Errors
    /// [`Error::Conflict`] where a commit stays half visible for longer than that. Otherwise as the table's.
    pub async fn settled_state(&self, feed: &Feed, now: Now<'_>) -> Result<FeedState, Error> {
        let state = self.state(feed, Freshness::Consistent).await?;
        self.settle(feed, &state, now).await?;
        Ok(state)
    }

    /// Settles what was committed up to `state`: see [`Table::settled_state`].
    ///
    /// # Errors
    /// As there.
    pub async fn settle(&self, feed: &Feed, state: &FeedState, now: Now<'_>) -> Result<(), Error> {
        let Some(epoch) = state.epoch else { return Ok(()) };
        for attempt in 0..SETTLE_TRIES {
            let since = now().minus(limits::SETTLE_AGE);
            if state.at < since {
                return Ok(());
            }
            let mut entries = self.recent_entries(feed, epoch, state.n, since).await?;
            entries.reverse();
            // The oldest of them follows one that is settled by age, or is the feed's first, or a number is still missing.
            let begins = entries.first().map_or(state.n, |entry| Seq(entry.n.0 - 1));
            let older_settled = begins == Seq::ZERO || self.entry_accounted(feed, epoch, begins).await?;
            let contiguous = entries.last().is_some_and(|entry| entry.n == state.n) && unbroken(begins, &entries) == entries.len();
            if older_settled && contiguous && self.all_settled(feed, &entries, now()).await? {
                return Ok(());
            }
            wait(attempt).await;
        }
        Err(Error::Conflict)
    }

    /// Whether an entry is there, or is gone for good: journal entries expire.
    async fn entry_accounted(&self, feed: &Feed, epoch: Epoch, n: Seq) -> Result<bool, Error> {
        let before = Seq(n.0 - 1);
        if !self.entries(feed, epoch, before, n, Freshness::Consistent).await?.is_empty() {
            return Ok(true);
        }
        Ok(self.confirm_entry(feed, epoch, n).await? != Confirmed::Pending)
    }

    async fn all_settled(&self, feed: &Feed, entries: &[Entry], now: Moment) -> Result<bool, Error> {
        let documents = self.named_by(feed, entries, Freshness::Consistent).await?;
        let followed = self.settled(feed, entries.to_vec(), &[], documents, Freshness::Consistent, now).await?;
        Ok(followed.entries.len() == entries.len())
    }
}

fn named(change: &Change) -> Option<Doc> {
    match change {
        Change::Upsert(doc) => Some(*doc),
        Change::Gone(slot) => Some(Doc::Notification(*slot)),
        Change::Broadcast { .. } | Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::DeletedUpTo(_) | Change::Preferences => None,
    }
}

fn marked(change: &Change) -> Option<&Channel> {
    match change {
        Change::Broadcast { channel, .. } => Some(channel),
        Change::Upsert(_) | Change::Gone(_) | Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::DeletedUpTo(_) | Change::Preferences => {
            None
        }
    }
}

/// Whether an entry makes a document of before it go: what "delete all" hid is removed later, without an entry of its own.
fn removes(entry: &Entry, doc: Doc) -> bool {
    let Doc::Notification(of) = doc else { return false };
    entry.changes.iter().any(|change| match change {
        Change::Gone(slot) => *slot == of,
        Change::DeletedUpTo(places) => places.iter().any(|(audience, n)| *audience == Audience::User && of.born <= *n),
        Change::Upsert(_) | Change::Broadcast { .. } | Change::ReadUpTo(_) | Change::SeenUpTo(_) | Change::Preferences => false,
    })
}
