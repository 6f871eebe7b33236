//! What this process committed and has not pushed yet, and how it pushes. Noted in the commit's own process, so a process that dies
//! between the two loses a push, never a change.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use inbox::limits;
use inbox::position::{Feed, FeedOf, Seq};
use tokio::task::Id;

use crate::Service;
use crate::ports::{Encode, Jobs, Push};

/// How a deployment pushes.
#[derive(Clone, Copy, Debug)]
pub struct PushSettings {
    /// Over how many partitions connections are spread. The same number in every process of a deployment.
    pub shards: u32,
    /// How many posts are under way at once, of one user's push and of one job.
    pub in_flight: usize,
    /// How often a post is tried that is throttled or fails.
    pub attempts: u32,
    /// How long one try may take; a socket that answers later counts as failed.
    pub post_within: Duration,
    /// How long [`Service::flush_pushes`] may take: what is not pushed by then is left to the next number, ping or resume.
    pub flush_within: Duration,
}

impl Default for PushSettings {
    fn default() -> Self {
        Self {
            shards: limits::CONNECTION_SHARDS,
            in_flight: 64,
            attempts: 5,
            post_within: Duration::from_secs(2),
            flush_within: Duration::from_secs(3),
        }
    }
}

/// The ways out, said once.
pub(crate) struct Pushing {
    pub(crate) push: Arc<dyn Push>,
    pub(crate) jobs: Arc<dyn Jobs>,
    pub(crate) encode: Arc<dyn Encode>,
    pub(crate) settings: PushSettings,
}

/// One feed's work that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Errand {
    /// Commits to push, by their numbers.
    Push(Feed, Vec<Seq>),
    /// What "delete all" hid is to be removed some time later.
    Sweep(Feed),
}

impl Errand {
    pub(crate) fn feed(&self) -> &Feed {
        match self {
            Self::Push(feed, _) | Self::Sweep(feed) => feed,
        }
    }
}

/// Feeds that may wait. Beyond it a commit is not pushed: a process that is so far behind does not catch up by pushing.
const WAITING: usize = 10_000;

#[derive(Default)]
pub(crate) struct Outbox {
    waiting: Mutex<Waiting>,
    /// Rung at every note, for the one who pushes in the background.
    pub(crate) noted: tokio::sync::Notify,
    /// Held by whoever pushes, so that one feed's pushes go out in order.
    pub(crate) pushing: tokio::sync::Mutex<()>,
    /// Whether somebody pushes in the background.
    pub(crate) background: AtomicBool,
    /// Pushes that were given up.
    pub(crate) lost: AtomicU64,
}

/// Errands under way. Where whoever drives them is dropped, their tasks are, too: jobs go back to wait, since nobody else says that they
/// were not taken; a user's sockets are given up.
pub(crate) struct Running<'a> {
    outbox: &'a Outbox,
    /// The feeds that are busy.
    pub(crate) feeds: HashSet<Feed>,
    errands: HashMap<Id, Errand>,
}

impl<'a> Running<'a> {
    /// None yet.
    pub(crate) fn of(outbox: &'a Outbox) -> Self {
        Self { outbox, feeds: HashSet::new(), errands: HashMap::new() }
    }

    pub(crate) fn begin(&mut self, task: Id, errand: Errand) {
        self.feeds.insert(errand.feed().clone());
        self.errands.insert(task, errand);
    }

    pub(crate) fn end(&mut self, task: Id) {
        if let Some(errand) = self.errands.remove(&task) {
            self.feeds.remove(errand.feed());
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        for errand in std::mem::take(&mut self.errands).into_values() {
            self.outbox.put_back(errand);
        }
    }
}

#[derive(Default)]
struct Waiting {
    order: VecDeque<Feed>,
    commits: HashMap<Feed, Vec<Seq>>,
    sweeps: VecDeque<Feed>,
}

impl Outbox {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next errand of a feed that is not among these.
    pub(crate) fn take(&self, busy: &HashSet<Feed>) -> Option<Errand> {
        let mut waiting = self.waiting();
        if let Some(feed) = waiting.sweeps.front().filter(|feed| !busy.contains(*feed)).cloned() {
            waiting.sweeps.pop_front();
            return Some(Errand::Sweep(feed));
        }
        let place = waiting.order.iter().position(|feed| !busy.contains(feed))?;
        let feed = waiting.order.remove(place)?;
        let commits = waiting.commits.remove(&feed)?;
        Some(Errand::Push(feed, commits))
    }

    /// How many feeds wait.
    pub(crate) fn len(&self) -> usize {
        let waiting = self.waiting();
        waiting.order.len() + waiting.sweeps.len()
    }

    fn push(&self, feed: &Feed, n: Seq) -> bool {
        let mut waiting = self.waiting();
        if let Some(commits) = waiting.commits.get_mut(feed) {
            commits.push(n);
            return true;
        }
        if waiting.order.len() >= WAITING {
            return false;
        }
        waiting.order.push_back(feed.clone());
        waiting.commits.insert(feed.clone(), vec![n]);
        true
    }

    /// Of an errand that was cut: a job that is offered twice is done twice and shown once; a socket's push is another's turn by now.
    fn put_back(&self, errand: Errand) {
        match errand {
            Errand::Sweep(feed) => self.sweep(&feed),
            Errand::Push(feed, commits) if matches!(feed.of, FeedOf::Channel(_)) => {
                let kept = commits.iter().filter(|n| self.push(&feed, **n)).count();
                self.count_lost(commits.len() - kept);
            }
            Errand::Push(..) => self.count_lost(1),
        }
    }

    fn count_lost(&self, count: usize) {
        self.lost.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn sweep(&self, feed: &Feed) {
        let mut waiting = self.waiting();
        if waiting.sweeps.len() < WAITING && !waiting.sweeps.contains(feed) {
            waiting.sweeps.push_back(feed.clone());
        }
    }
}

impl Service {
    /// Whom this process pushes to from now on, and how; said once. Without it nothing is pushed, and nothing is read for it.
    pub fn push_to(&self, push: Arc<dyn Push>, jobs: Arc<dyn Jobs>, encode: Arc<dyn Encode>, settings: PushSettings) {
        if self.inner.pushing.set(Pushing { push, jobs, encode, settings }).is_err() {
            tracing::warn!("a second way to push is ignored");
        }
    }

    /// How many pushes of commits were given up since this was last asked; those of a job are told by [`crate::Worked`].
    pub fn take_pushes_lost(&self) -> u64 {
        self.inner.outbox.lost.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn pushing(&self) -> Option<&Pushing> {
        self.inner.pushing.get()
    }

    /// Over how many partitions this deployment spreads its connections.
    pub(crate) fn shards(&self) -> u32 {
        self.pushing().map_or(limits::CONNECTION_SHARDS, |pushing| pushing.settings.shards)
    }

    /// Remembers to push a commit.
    pub(crate) fn note(&self, feed: &Feed, n: Seq) {
        if self.pushing().is_none_or(|pushing| !pushing.push.listening()) {
            return;
        }
        if !self.inner.outbox.push(feed, n) {
            tracing::warn!("too many feeds wait to be pushed; this commit is not");
        }
        self.inner.outbox.noted.notify_one();
    }

    /// Remembers to have a feed swept; `false` where there is no queue for that.
    pub(crate) fn note_sweep(&self, feed: &Feed) -> bool {
        if self.pushing().is_none() {
            return false;
        }
        self.inner.outbox.sweep(feed);
        self.inner.outbox.noted.notify_one();
        true
    }
}
