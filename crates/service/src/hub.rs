//! The hub: one tail per feed, however many streams hang on it, and one mailbox per stream.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::ClientId;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::Feed;
use inbox::stream::Ending;

use crate::group::Group;
use crate::ports::Entropy;
use crate::tail::Tail;

/// All tails of a process.
#[derive(Default)]
pub struct Hub {
    tails: Mutex<HashMap<Feed, Vec<Arc<Tail>>>>,
    twins: Mutex<HashMap<(Feed, ClientId), Arc<Mailbox>>>,
    closed: AtomicBool,
    open: AtomicUsize,
}

/// What waits for one stream. Groups are shared, so a place in the queue is a pointer.
#[derive(Default)]
pub(crate) struct Mailbox {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    groups: VecDeque<(usize, Arc<Group>)>,
    look: bool,
    ends: Option<(Moment, Ending)>,
    waker: Option<Waker>,
}

/// What a stream found in its mailbox.
pub(crate) enum Post {
    Group(usize, Arc<Group>),
    /// A feed lives another life, or could not be followed: look at the store.
    Look,
    Nothing,
}

impl Mailbox {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in what one look at a feed brought. A reader that is too far behind before that loses its backlog and its stream: it
    /// resumes by its cursor. However much one look brings, nobody was slow because of it.
    pub(crate) fn push(&self, feed: usize, groups: &[Arc<Group>]) {
        let mut held = self.held();
        if held.groups.len() >= limits::STREAM_BACKLOG {
            held.groups = VecDeque::new();
            held.ends = Some((Moment::from_millis(i64::MIN), Ending::SlowReader));
        } else {
            held.groups.extend(groups.iter().map(|group| (feed, Arc::clone(group))));
        }
        wake(held);
    }

    pub(crate) fn look(&self) {
        let mut held = self.held();
        held.look = true;
        wake(held);
    }

    pub(crate) fn end(&self, at: Moment, why: Ending) {
        let mut held = self.held();
        if held.ends.is_none() {
            held.ends = Some((at, why));
        }
        wake(held);
    }

    /// Takes the next; where there is nothing, `waker` is woken when there is.
    pub(crate) fn take(&self, waker: &Waker) -> Post {
        let mut held = self.held();
        let post = if std::mem::take(&mut held.look) {
            held.groups.clear();
            Post::Look
        } else {
            held.groups.pop_front().map_or(Post::Nothing, |(feed, group)| Post::Group(feed, group))
        };
        if matches!(post, Post::Nothing) && held.waker.as_ref().is_none_or(|old| !old.will_wake(waker)) {
            held.waker = Some(waker.clone());
        }
        post
    }

    /// Whoever takes nothing yet is woken all the same, for they may be told to end.
    pub(crate) fn watch(&self, waker: &Waker) {
        let mut held = self.held();
        if held.waker.as_ref().is_none_or(|old| !old.will_wake(waker)) {
            held.waker = Some(waker.clone());
        }
    }

    /// When and why the stream is to end, if somebody said so.
    pub(crate) fn ends(&self) -> Option<(Moment, Ending)> {
        self.held().ends
    }
}

fn wake(mut held: MutexGuard<'_, Held>) {
    let waker = held.waker.take();
    drop(held);
    if let Some(waker) = waker {
        waker.wake();
    }
}

impl Hub {
    fn tails(&self) -> MutexGuard<'_, HashMap<Feed, Vec<Arc<Tail>>>> {
        self.tails.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hangs a mailbox on the tail of this feed; counts depend on the reader's topics, so each reader of a feed has its own.
    pub(crate) fn hang(&self, feed: &Feed, reader: Option<&Reader>, place: usize, stream: u64, mailbox: &Arc<Mailbox>) -> Arc<Tail> {
        let mut tails = self.tails();
        let of_feed = tails.entry(feed.clone()).or_default();
        let tail = if let Some(tail) = of_feed.iter().find(|tail| tail.reader.as_ref() == reader) {
            Arc::clone(tail)
        } else {
            let tail = Arc::new(Tail::new(feed.clone(), reader.cloned()));
            of_feed.push(Arc::clone(&tail));
            tail
        };
        // Under the lock of the map, so that a tail is not taken down between.
        tail.subscribers().insert(stream, (place, Arc::clone(mailbox)));
        tail
    }

    /// Takes a mailbox off; the last one takes the tail down.
    pub(crate) fn unhang(&self, tail: &Arc<Tail>, stream: u64) {
        let mut tails = self.tails();
        let mut subscribers = tail.subscribers();
        subscribers.remove(&stream);
        if subscribers.is_empty()
            && let Some(of_feed) = tails.get_mut(&tail.feed)
        {
            of_feed.retain(|other| !Arc::ptr_eq(other, tail));
            if of_feed.is_empty() {
                tails.remove(&tail.feed);
            }
        }
    }

    pub(crate) fn of_feed(&self, feed: &Feed) -> Vec<Arc<Tail>> {
        self.tails().get(feed).cloned().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Tail>> {
        self.tails().values().flatten().cloned().collect()
    }

    /// Makes this the stream of its client instance; the older one ends.
    pub(crate) fn take_over(&self, feed: &Feed, client: &ClientId, mailbox: &Arc<Mailbox>, now: Moment) {
        let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(older) = twins.insert((feed.clone(), client.clone()), Arc::clone(mailbox)) {
            older.end(now, Ending::NewerTwin);
        }
    }

    pub(crate) fn leave(&self, feed: &Feed, client: &ClientId, mailbox: &Arc<Mailbox>) {
        let mut twins = self.twins.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (feed.clone(), client.clone());
        if twins.get(&key).is_some_and(|held| Arc::ptr_eq(held, mailbox)) {
            twins.remove(&key);
        }
    }

    /// Whether streams are no longer taken.
    pub fn closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// How many streams are open.
    pub fn open_streams(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }

    pub(crate) fn opened(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes no more streams, and ends each open one at its own moment within `spread`, so that clients do not come back as a herd.
    pub fn shutdown(&self, now: Moment, spread: Duration, entropy: &dyn Entropy) {
        self.closed.store(true, Ordering::Relaxed);
        let spread_ms = u64::try_from(spread.as_millis()).unwrap_or(u64::MAX).saturating_add(1);
        for tail in self.all().iter().filter(|tail| tail.reader.is_some()) {
            for (_, mailbox) in tail.subscribers().values() {
                mailbox.end(now.plus(Duration::from_millis(entropy.u64() % spread_ms)), Ending::Shutdown);
            }
        }
    }
}
