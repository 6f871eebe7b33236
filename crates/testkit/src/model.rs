//! What a client that keeps to the contract holds: the state of an inbox, built from lists and events alone.

use std::collections::{BTreeMap, BTreeSet};

use inbox::event::{Counts, Event, Watermark};
use inbox::id::{NotificationId, TaskId};
use inbox::moment::Moment;
use inbox::notification::{Audience, Notification};
use inbox::position::Seq;
use inbox::task::Task;

/// A client's memory.
#[derive(Clone, Debug, Default)]
pub struct Model {
    notifications: BTreeMap<NotificationId, Notification>,
    tasks: BTreeMap<String, Task>,
    deleted: BTreeSet<NotificationId>,
    read_up_to: BTreeMap<String, Seq>,
    deleted_up_to: BTreeMap<String, Seq>,
    /// The counts that the server told last.
    pub told: Option<Counts>,
    /// How many events came so far.
    pub events: usize,
}

impl Model {
    /// Begins anew from lists.
    pub fn refill(&mut self, notifications: Vec<Notification>, tasks: Vec<Task>) {
        let (told, events) = (self.told, self.events);
        *self = Self { told, events, ..Self::default() };
        self.notifications = notifications.into_iter().map(|one| (one.id, one)).collect();
        self.tasks = tasks.into_iter().map(|task| (task.id.as_str().to_owned(), task)).collect();
    }

    /// Applies one event; `true` where it asks for the lists to be fetched again.
    #[must_use]
    pub fn apply(&mut self, event: &Event, now: Moment) -> bool {
        self.events += 1;
        match event {
            // What this user did with a broadcast may come before the broadcast: it stands.
            Event::Broadcast(one) => {
                if !self.deleted.contains(&one.id) && !self.notifications.contains_key(&one.id) {
                    self.take(one);
                }
            }
            // An id is never used again: what ended stays ended, however late it is spoken of.
            Event::Notification(one) if self.deleted.contains(&one.id) => {}
            Event::Notification(one) => self.take(one),
            Event::NotificationDeleted(id) => {
                self.notifications.remove(id);
                self.deleted.insert(*id);
            }
            Event::TaskProgress(task) | Event::TaskCompleted(task) => {
                self.tasks.insert(task.id.as_str().to_owned(), task.clone());
            }
            Event::Watermark(Watermark::Read, places) => {
                raise(&mut self.read_up_to, places);
                self.sweep();
            }
            Event::Watermark(Watermark::Deleted, places) => {
                raise(&mut self.deleted_up_to, places);
                self.sweep();
            }
            Event::Inbox(counts) => self.told = Some(*counts),
            Event::Reset => return true,
        }
        self.notifications.retain(|_, one| !one.expired(now));
        false
    }

    fn take(&mut self, one: &Notification) {
        self.notifications.insert(one.id, one.clone());
        self.sweep();
    }

    fn sweep(&mut self) {
        let up_to = |marks: &BTreeMap<String, Seq>, feed: &Audience| marks.get(feed.as_str()).copied().unwrap_or_default();
        let (read, gone) = (&self.read_up_to, &self.deleted_up_to);
        self.notifications.retain(|_, one| one.id.slot.born > up_to(gone, &one.audience));
        for one in self.notifications.values_mut() {
            one.unread_since.take_if(|since| since.n <= up_to(read, &since.feed));
        }
    }

    /// What a list shows at `now`, archived ones included; the reader's name is put in, as the transport does.
    pub fn shown(&self, now: Moment) -> Vec<&Notification> {
        self.notifications.values().filter(|one| !one.expired(now)).collect()
    }

    /// How many are unread at `now`.
    pub fn unread(&self, now: Moment) -> usize {
        self.shown(now).iter().filter(|one| !one.read()).count()
    }

    /// The tasks at `now`.
    pub fn tasks(&self, now: Moment) -> Vec<&Task> {
        self.tasks.values().filter(|task| task.expires > now).collect()
    }

    /// The task of this name.
    pub fn task(&self, id: &TaskId) -> Option<&Task> {
        self.tasks.get(id.as_str())
    }
}

fn raise(marks: &mut BTreeMap<String, Seq>, places: &[(Audience, Seq)]) {
    for (feed, n) in places {
        let held = marks.entry(feed.as_str().to_owned()).or_default();
        *held = (*held).max(*n);
    }
}
