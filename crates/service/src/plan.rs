//! What a commit's worth of events makes of one feed. Events of one id, key or task are folded into one before they are written.

use std::collections::{BTreeMap, BTreeSet};

use inbox::id::{EventId, EventKey, Slot, UserId};
use inbox::journal::{Change, Doc};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::Content;
use inbox::position::{Feed, FeedOf, Seq};
use inbox::publication::{Addressee, Publication, What, Withdrawn};
use inbox::task::TaskReport;
use table::Freshness;
use table::commit::{Commit, Write};
use table::journal::Document;
use table::keys::{Name, Named};
use table::notifications::{Stored, expiry, identity_expiry};
use table::state::{Epoch, FeedState};
use table::tasks::StoredTask;

use crate::channels::Need;
use crate::{Error, Service};

/// A commit and which of the events changed something by it.
pub(crate) struct Plan {
    pub(crate) commit: Commit,
    pub(crate) changed: Vec<bool>,
}

/// The commit as it grows.
struct Draft<'a> {
    feed: &'a Feed,
    commit: Commit,
    /// What names stand for by now, and the `rev` under which the table has them.
    names: BTreeMap<Name, (Option<Named>, Option<Seq>)>,
    touched: BTreeSet<Name>,
    new: BTreeMap<Slot, Stored>,
    removed: BTreeSet<Slot>,
    tasks: BTreeMap<Slot, (StoredTask, Option<Seq>)>,
    places: u8,
}

/// How many of these events of one feed one commit takes, whatever they meet: one at least.
pub(crate) fn fitting<'a>(events: impl Iterator<Item = &'a Publication>, partitions: usize) -> usize {
    let mut left = limits::TRANSACTION_ITEMS;
    let fits = |event: &&Publication| {
        let (names, documents, partitions) = match &event.what {
            // Its identity; itself, and what it evicts. With a key the name, and what it replaces.
            What::Broadcast(_, content) if content.key.is_some() => (2, 3, partitions),
            What::Broadcast(..) => (1, 2, partitions),
            What::Withdraw(Addressee::Channel(_), _) => (1, 1, partitions),
            What::Notify(..) => (2, 2, 1),
            What::Task(..) | What::Withdraw(Addressee::User(_), _) => (1, 1, 1),
        };
        // The state and the entry stand in each partition, as documents do.
        let alone = if left == limits::TRANSACTION_ITEMS { 2 * partitions } else { 0 };
        let rest = left.checked_sub(alone + names + documents * partitions);
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    events.take(limits::EVENTS_PER_COMMIT).take_while(fits).count().max(1)
}

impl Service {
    /// `None` where nothing changes.
    pub(crate) async fn plan(&self, feed: &Feed, state: FeedState, events: &[&Publication]) -> Result<Option<Plan>, Error> {
        let commit = Commit::on(feed.clone(), state, self.now(), Epoch(self.inner.entropy.u64()));
        let mut draft = Draft {
            feed,
            commit,
            names: BTreeMap::new(),
            touched: BTreeSet::new(),
            new: BTreeMap::new(),
            removed: BTreeSet::new(),
            tasks: BTreeMap::new(),
            places: 0,
        };
        let mut changed = Vec::with_capacity(events.len());
        for event in events {
            changed.push(match &event.what {
                What::Notify(_, content) | What::Broadcast(_, content) => self.notify(&mut draft, event, content).await?,
                What::Task(user, report) => self.task_report(&mut draft, user, report).await?,
                What::Withdraw(_, withdrawn) => self.withdraw(&mut draft, event, withdrawn).await?,
            });
        }
        if !changed.contains(&true) {
            return Ok(None);
        }
        if matches!(feed.of, FeedOf::Channel(_)) {
            self.evict(&mut draft).await?;
        }
        Ok(Some(Plan { commit: draft.finish(), changed }))
    }

    async fn lookup(&self, draft: &mut Draft<'_>, name: &Name) -> Result<Option<Named>, Error> {
        if let Some((held, _)) = draft.names.get(name) {
            return Ok(*held);
        }
        let found = self.inner.table.named(draft.feed, name, draft.commit.after.at).await?;
        draft.names.insert(name.clone(), (found, found.map(|found| found.rev)));
        Ok(found)
    }

    async fn notify(&self, draft: &mut Draft<'_>, event: &Publication, content: &Content) -> Result<bool, Error> {
        let identity = Name::Event(event.id.clone());
        let now = draft.commit.after.at;
        let expires = expiry(now, content.expires, self.inner.settings.retention);
        let muted = draft.commit.before.preferences.hides(content.category.as_ref());
        // An identity is not looked up: the commit itself is refused where the table has it.
        if draft.knows(&identity) || muted {
            return Ok(false);
        }
        if expires <= now {
            return self.expired(draft, event, content, &identity).await;
        }
        if let Some(key) = &content.key {
            let name = Name::Key(key.clone());
            let held = self.lookup(draft, &name).await?;
            if held.is_some_and(|held| event.at < held.at) {
                return Ok(false);
            }
            if let Some(slot) = held.and_then(|held| held.slot) {
                draft.remove(slot);
            }
        }
        let slot = draft.place();
        let unread = matches!(draft.feed.of, FeedOf::User(_)).then_some(slot.born);
        let stored = Stored { slot, rev: slot.born, unread, archived: false, content: content.clone(), created: now, expires };
        draft.new.insert(slot, stored);
        let remembered = identity_expiry(now, expires);
        draft.set(identity, Some(slot), event.at, remembered);
        if let Some(key) = &content.key {
            draft.set(Name::Key(key.clone()), Some(slot), event.at, remembered);
        }
        Ok(true)
    }

    /// An event that waited until there was nothing to show any more. What it would have replaced goes all the same.
    async fn expired(&self, draft: &mut Draft<'_>, event: &Publication, content: &Content, identity: &Name) -> Result<bool, Error> {
        let Some(key) = &content.key else { return Ok(false) };
        if self.lookup(draft, identity).await?.is_some() {
            return Ok(false);
        }
        self.withdraw(draft, event, &Withdrawn::Key(key.clone())).await
    }

    async fn withdraw(&self, draft: &mut Draft<'_>, event: &Publication, withdrawn: &Withdrawn) -> Result<bool, Error> {
        let name = match withdrawn {
            Withdrawn::Id(id) => Name::Event(EventId::clone(id)),
            Withdrawn::Key(key) => Name::Key(EventKey::clone(key)),
        };
        let held = self.lookup(draft, &name).await?;
        let too_late = matches!(withdrawn, Withdrawn::Key(_)) && held.is_some_and(|held| event.at < held.at);
        let done = held.is_some_and(|held| held.slot.is_none() && (matches!(withdrawn, Withdrawn::Id(_)) || held.at >= event.at));
        if too_late || done {
            return Ok(false);
        }
        if let Some(slot) = held.and_then(|held| held.slot) {
            draft.remove(slot);
        }
        let now = draft.commit.after.at;
        let remembered = held.map_or(now, |held| held.expires).max(now.plus(limits::EVENT_IDENTITY_LIFE));
        draft.set(name, None, event.at, remembered);
        Ok(true)
    }

    async fn task_report(&self, draft: &mut Draft<'_>, user: &UserId, report: &TaskReport) -> Result<bool, Error> {
        // Before it is compared with what is stored, so that it is new once.
        let report = report.clone().rounded();
        let name = Name::Task(report.id.clone());
        let now = draft.commit.after.at;
        let expires = now.plus(self.inner.settings.task_retention);
        let held = match self.lookup(draft, &name).await?.and_then(|held| held.slot) {
            Some(slot) => self.stored_task(draft, slot).await?,
            None => None,
        };
        let slot = if let Some(held) = held {
            let Some(task) = held.task.follow(report.clone(), now, expires) else { return Ok(false) };
            let was = draft.tasks.get(&held.slot).map_or(Some(held.rev), |(_, was)| *was);
            draft.tasks.insert(held.slot, (StoredTask { slot: held.slot, rev: draft.commit.n(), task }, was));
            held.slot
        } else {
            let slot = draft.place();
            let task = report.clone().begin(user.clone(), now, expires);
            draft.tasks.insert(slot, (StoredTask { slot, rev: slot.born, task }, None));
            slot
        };
        // The name outlives the task by as much again, so that it is rewritten only every so often.
        let outlives =
            draft.names.get(&name).and_then(|(held, _)| *held).is_some_and(|held| held.slot == Some(slot) && held.expires >= expires);
        if !outlives {
            draft.set(name, Some(slot), report.at, expires.plus(self.inner.settings.task_retention));
        }
        Ok(true)
    }

    async fn stored_task(&self, draft: &Draft<'_>, slot: Slot) -> Result<Option<StoredTask>, Error> {
        if let Some((held, _)) = draft.tasks.get(&slot) {
            return Ok(Some(held.clone()));
        }
        let doc = Doc::Task(slot);
        let mut found = self.inner.table.documents(draft.feed, &[doc], Freshness::Consistent).await?;
        if found.is_empty() && slot.born.0 + limits::CURSOR_COMMITS > draft.commit.before.n.0 {
            // Named and not there: expired long ago, or of another writer's commit that is not visible yet.
            self.inner.table.settle(draft.feed, &draft.commit.before, &|| self.now()).await?;
            found = self.inner.table.documents(draft.feed, &[doc], Freshness::Consistent).await?;
        }
        Ok(match found.remove(&doc) {
            Some(Document::Task(stored)) if stored.task.expires > draft.commit.after.at => Some(stored),
            Some(Document::Task(_) | Document::Notification(_)) | None => None,
        })
    }

    /// A channel keeps so many live broadcasts; what comes new evicts the oldest.
    async fn evict(&self, draft: &mut Draft<'_>) -> Result<(), Error> {
        let view = self.channel(draft.feed, Need::AtLeast(draft.commit.before.n)).await?;
        let now: Moment = draft.commit.after.at;
        let live = view.live.values().filter(|one| one.expires > now && !draft.removed.contains(&one.slot));
        let oldest: Vec<Slot> = live.map(|one| one.slot).collect();
        let over = (oldest.len() + draft.new.len()).saturating_sub(limits::LIVE_BROADCASTS);
        for slot in oldest.into_iter().take(over) {
            draft.remove(slot);
        }
        Ok(())
    }
}

impl Draft<'_> {
    /// Whether an event of this identity was met in this commit, as made or as withdrawn.
    fn knows(&self, identity: &Name) -> bool {
        self.names.get(identity).is_some_and(|(held, _)| held.is_some())
    }

    fn place(&mut self) -> Slot {
        let place = self.places;
        self.places += 1;
        Slot { born: self.commit.n(), place }
    }

    /// Removes a notification: one that this very commit would have made is simply not made.
    fn remove(&mut self, slot: Slot) {
        if self.new.remove(&slot).is_none() {
            self.removed.insert(slot);
        }
    }

    fn set(&mut self, name: Name, slot: Option<Slot>, at: Moment, expires: Moment) {
        let rev = self.commit.n();
        let was = self.names.get(&name).and_then(|(_, was)| *was);
        self.names.insert(name.clone(), (Some(Named { rev, slot, at, expires }), was));
        self.touched.insert(name);
    }

    fn finish(mut self) -> Commit {
        let mut changes = Vec::new();
        let mut writes = Vec::new();
        for slot in &self.removed {
            changes.push(Change::Gone(*slot));
            writes.push(Write::RemoveNotification(*slot));
        }
        for (slot, stored) in self.new {
            changes.push(Change::Upsert(Doc::Notification(slot)));
            writes.push(Write::NewNotification(stored));
        }
        for (slot, (stored, was)) in self.tasks {
            changes.push(Change::Upsert(Doc::Task(slot)));
            writes.push(match was {
                Some(was) => Write::Task(stored, was),
                None => Write::NewTask(stored),
            });
        }
        for name in self.touched {
            let Some((Some(named), was)) = self.names.remove(&name) else { continue };
            writes.push(match name {
                Name::Event(ref id) if was.is_none() => Write::Identity(id.clone(), named),
                Name::Event(_) | Name::Key(_) | Name::Task(_) => Write::Name(name, named, was),
            });
        }
        self.commit.changes = changes;
        self.commit.writes = writes;
        self.commit
    }
}

#[cfg(test)]
mod tests {
    use inbox::id::Channel;

    use super::*;

    fn event(what: What) -> Publication {
        Publication { tenant: None, id: EventId::parse("e").unwrap(), at: Moment::default(), what }
    }

    fn taken(what: &What, partitions: usize) -> usize {
        let events: Vec<Publication> = (0..30).map(|_| event(what.clone())).collect();
        fitting(events.iter(), partitions)
    }

    /// A transaction has at most 100 items.
    #[test]
    fn a_commit_takes_as_many_events_as_its_partitions_leave_room_for() {
        let keyed = Content { key: Some(EventKey::parse("k").unwrap()), ..Content::titled("t") };
        let broadcast = What::Broadcast(Channel::Everyone, Content::titled("t"));
        let replacing = What::Broadcast(Channel::Everyone, keyed.clone());
        let withdrawn = What::Withdraw(Addressee::Channel(Channel::Everyone), Withdrawn::Key(EventKey::parse("k").unwrap()));
        let user = UserId::parse("anna").unwrap();
        assert_eq!([1, 2, 3, 4, 8].map(|partitions| taken(&broadcast, partitions)), [20, 19, 13, 10, 4]);
        assert_eq!([1, 2, 3, 4, 8].map(|partitions| taken(&replacing, partitions)), [19, 12, 8, 6, 3]);
        assert_eq!([1, 4, 8].map(|partitions| taken(&withdrawn, partitions)), [20, 18, 9]);
        assert_eq!(taken(&What::Notify(user, keyed), 8), 20, "a user stands in one partition");
        assert_eq!(taken(&replacing, 60), 1, "no event is ever left behind");
        let mixed = [event(broadcast), event(replacing.clone()), event(replacing)];
        assert_eq!(fitting(mixed.iter(), 8), 3);
    }
}
