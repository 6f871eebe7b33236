//! A tail: follows one feed for all streams that hang on it. Woken at once by a commit in this process, else by a timer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use inbox::audience::Reader;
use inbox::moment::Moment;
use inbox::position::{Feed, FeedTag, Head, Seq};
use table::Freshness;

use crate::catch_up::{PORTION, Taken};
use crate::channels::Need;
use crate::group::Group;
use crate::hub::Mailbox;
use crate::{Error, Service};

/// The follower of one feed: of a channel, or of a user's own as one reader of it.
pub(crate) struct Tail {
    pub(crate) feed: Feed,
    /// `None` for a channel.
    pub(crate) reader: Option<Reader>,
    subscribers: Mutex<HashMap<u64, (usize, Arc<Mailbox>)>>,
    at: tokio::sync::Mutex<Option<(FeedTag, Seq)>>,
    woken: AtomicBool,
    /// Whether who woke it knows of news.
    certain: AtomicBool,
    running: AtomicBool,
    due_ms: AtomicI64,
    interval_ms: AtomicU64,
}

impl Tail {
    pub(crate) fn new(feed: Feed, reader: Option<Reader>) -> Self {
        Self {
            feed,
            reader,
            subscribers: Mutex::default(),
            at: tokio::sync::Mutex::new(None),
            woken: AtomicBool::new(false),
            certain: AtomicBool::new(false),
            running: AtomicBool::new(false),
            due_ms: AtomicI64::new(0),
            interval_ms: AtomicU64::new(0),
        }
    }

    pub(crate) fn subscribers(&self) -> MutexGuard<'_, HashMap<u64, (usize, Arc<Mailbox>)>> {
        self.subscribers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, groups: &[Arc<Group>]) {
        if groups.is_empty() {
            return;
        }
        for (place, mailbox) in self.subscribers().values() {
            mailbox.push(*place, groups);
        }
    }

    fn look(&self) {
        for (_, mailbox) in self.subscribers().values() {
            mailbox.look();
        }
    }
}

impl Service {
    /// A commit of this process changed a feed: its tails look at once.
    pub(crate) fn wake(&self, feed: &Feed) {
        for tail in self.inner.hub.of_feed(feed) {
            self.start(tail, true);
        }
    }

    /// Starts a tail's read, or has the running one look once more.
    fn start(&self, tail: Arc<Tail>, certain: bool) {
        if certain {
            tail.certain.store(true, Ordering::SeqCst);
        }
        tail.woken.store(true, Ordering::SeqCst);
        if tail.running.swap(true, Ordering::SeqCst) {
            return;
        }
        let service = self.clone();
        tokio::spawn(async move { service.run(&tail).await });
    }

    async fn run(&self, tail: &Tail) {
        let mut failures = 0;
        let mut certain = false;
        loop {
            while tail.woken.swap(false, Ordering::SeqCst) {
                certain |= tail.certain.swap(false, Ordering::SeqCst);
                let freshness = if certain { Freshness::Consistent } else { Freshness::Eventual };
                match self.advance_tail(tail, freshness).await {
                    Ok(Advance { news, unsettled, more }) => {
                        failures = if unsettled { failures + 1 } else { 0 };
                        self.schedule(tail, news);
                        if more {
                            tail.woken.store(true, Ordering::SeqCst);
                        } else if unsettled && failures < 8 {
                            tail.woken.store(true, Ordering::SeqCst);
                            self.wait(failures).await;
                        }
                    }
                    Err(error) => {
                        tracing::warn!(error = %crate::chain::Chain(&error), "a feed could not be followed");
                        self.schedule(tail, true);
                    }
                }
            }
            tail.running.store(false, Ordering::SeqCst);
            // A wake between the last look and the line above found us running.
            if !tail.woken.load(Ordering::SeqCst) || tail.running.swap(true, Ordering::SeqCst) {
                return;
            }
            certain = false;
        }
    }

    fn schedule(&self, tail: &Tail, news: bool) {
        let (busy, idle) = self.inner.settings.ticks;
        let busy_ms = u64::try_from(busy.as_millis()).unwrap_or(u64::MAX);
        let idle_ms = u64::try_from(idle.as_millis()).unwrap_or(u64::MAX);
        let last = tail.interval_ms.load(Ordering::Relaxed);
        let interval = if news { busy_ms } else { last.saturating_mul(2).clamp(busy_ms, idle_ms) };
        tail.interval_ms.store(interval, Ordering::Relaxed);
        // A quarter of jitter, so that tails that were woken together drift apart.
        let jitter = self.inner.entropy.u64() % (interval / 4 + 1);
        let due = self.now().plus(Duration::from_millis(interval - jitter));
        tail.due_ms.store(due.millis(), Ordering::Relaxed);
    }

    /// Looks after tails that nobody woke: the way to hear of other processes' commits. One task of a process runs this for ever.
    pub async fn run_ticker(&self) {
        loop {
            tokio::time::sleep(self.inner.settings.ticks.0).await;
            let now = self.now();
            for tail in self.inner.hub.all() {
                if Moment::from_millis(tail.due_ms.load(Ordering::Relaxed)) <= now {
                    self.start(tail, false);
                }
            }
        }
    }

    /// Has a tail know where its feed stands, so that whatever comes after reaches those who hang on it.
    pub(crate) async fn begin_tail(&self, tail: &Tail) -> Result<(), Error> {
        if tail.at.lock().await.is_none() {
            self.advance_tail(tail, Freshness::Consistent).await?;
        }
        Ok(())
    }

    /// Reads a tail forward once. The first read only says where the feed stands.
    async fn advance_tail(&self, tail: &Tail, freshness: Freshness) -> Result<Advance, Error> {
        let mut at = tail.at.lock().await;
        match &tail.reader {
            None => self.advance_channel(tail, &mut at, freshness).await,
            Some(reader) => self.advance_own(tail, reader, &mut at, freshness).await,
        }
    }

    async fn advance_channel(&self, tail: &Tail, at: &mut Option<(FeedTag, Seq)>, freshness: Freshness) -> Result<Advance, Error> {
        let need = if freshness == Freshness::Consistent && at.is_some() { Need::Current } else { Need::Recent };
        let view = self.channel(&tail.feed, need).await?;
        let Some((tag, n)) = at.replace((view.head.tag, view.head.n)) else { return Ok(Advance::QUIET) };
        let unsettled = view.head.n < view.state.n;
        if tag != view.head.tag && (tag != view.head.unborn || n > Seq::ZERO) {
            tail.look();
            return Ok(Advance { news: true, unsettled, more: false });
        }
        if let Some(groups) = view.groups_after(n) {
            tail.push(&groups);
            Ok(Advance { news: !groups.is_empty(), unsettled, more: false })
        } else {
            tail.look();
            Ok(Advance { news: true, unsettled, more: false })
        }
    }

    async fn advance_own(
        &self,
        tail: &Tail,
        reader: &Reader,
        at: &mut Option<(FeedTag, Seq)>,
        freshness: Freshness,
    ) -> Result<Advance, Error> {
        let Some((tag, n)) = *at else {
            // Settled: who opens a stream in the middle of a commit finds it when they catch up, since from here on only later ones are told.
            let state = self.inner.table.settled_state(&tail.feed, &|| self.now()).await?;
            *at = Some((self.inner.table.head(&tail.feed, &state).tag, state.n));
            return Ok(Advance::QUIET);
        };
        let mut state = self.inner.table.state(&tail.feed, freshness).await?;
        let mut head = self.inner.table.head(&tail.feed, &state);
        let same_life = |head: &Head| tag == head.tag || (tag == head.unborn && n == Seq::ZERO);
        if !same_life(&head) && freshness == Freshness::Eventual {
            // An eventual read may be older than the feed: only a consistent one may call its life over.
            state = self.inner.table.state(&tail.feed, Freshness::Consistent).await?;
            head = self.inner.table.head(&tail.feed, &state);
        }
        if !same_life(&head) {
            *at = Some((head.tag, state.n));
            tail.look();
            return Ok(Advance { news: true, unsettled: false, more: false });
        }
        if state.n <= n {
            return Ok(Advance::QUIET);
        }
        let views = self.views(reader, Need::Recent).await?;
        match self.own_portion(reader, &tail.feed, state.clone(), n, views, PORTION).await {
            Ok(Taken { groups, more, .. }) => {
                let reached = groups.last().map_or(n, |group| group.segment.n);
                *at = Some((head.tag, reached));
                if more {
                    // So far behind are only streams of a process that stood still: each goes on by itself, as fast as it is read.
                    tail.look();
                } else {
                    tail.push(&groups);
                }
                Ok(Advance { news: true, unsettled: !more && reached < state.n, more })
            }
            Err(Error::NotFound(_)) => {
                *at = Some((head.tag, state.n));
                tail.look();
                Ok(Advance { news: true, unsettled: false, more: false })
            }
            Err(error) => Err(error),
        }
    }
}

/// What a look at a feed brought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Advance {
    pub(crate) news: bool,
    /// Whether there is more that could not be believed yet.
    pub(crate) unsettled: bool,
    /// Whether there is more that was not read yet.
    pub(crate) more: bool,
}

impl Advance {
    const QUIET: Self = Self { news: false, unsettled: false, more: false };
}
