//! Sockets and a queue of jobs in memory: whatever may become of a push becomes of it here, by chance or as told.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::FutureExt;
use futures::future::BoxFuture;
use inbox::audience::Reader;
use inbox::event::Event;
use inbox::id::ConnectionId;
use inbox::position::{Feed, Segment, Seq};
use inbox::preferences::Preferences;
use service::{Encode, Entropy, Group, Job, Jobs, Pace, PublishError, Push, PushError, PushSettings, Service};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use crate::Chance;

/// What a socket is pushed.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// One commit.
    Push {
        /// The feed's name.
        feed: String,
        /// The commit's number.
        n: Seq,
        /// The place behind it.
        at: Segment,
        /// What it brought.
        events: Vec<Event>,
    },
    /// That there is a commit.
    Notice {
        /// The feed's name.
        feed: String,
        /// The commit's number.
        n: Seq,
    },
}

impl Told {
    /// The feed's name.
    pub fn feed(&self) -> &str {
        match self {
            Self::Push { feed, .. } | Self::Notice { feed, .. } => feed,
        }
    }

    /// The commit's number.
    pub fn n(&self) -> Seq {
        match self {
            Self::Push { n, .. } | Self::Notice { n, .. } => *n,
        }
    }
}

/// What becomes of one post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Taken,
    /// It is taken and never arrives.
    Lost,
    /// It arrives twice.
    Doubled,
    /// It is taken and arrives so much later, behind what came after it.
    Late(Duration),
    /// The socket is closed.
    Gone,
    /// Too many at once.
    Throttled,
    /// Nothing was sent.
    Failed,
    /// It arrives, and the answer does not.
    Cut,
    /// No answer ever.
    Hangs,
}

/// How often in a hundred posts something happens to them.
#[derive(Clone, Copy, Debug, Default)]
pub struct PushFaults {
    /// Taken and never arrived.
    pub lost: u64,
    /// Arrived twice.
    pub doubled: u64,
    /// Arrived after what came later.
    pub late: u64,
    /// Too many at once.
    pub throttled: u64,
    /// Not sent.
    pub failed: u64,
    /// Sent, but the answer was cut.
    pub cut: u64,
    /// Never answered.
    pub hangs: u64,
}

/// One post, and what became of it.
#[derive(Clone, Debug)]
pub struct Post {
    /// To whom.
    pub to: ConnectionId,
    /// When, since the world began.
    pub at: Duration,
    /// What.
    pub told: Told,
    /// What became of it.
    pub fate: Fate,
}

/// All sockets of a world, and its queue of jobs. Cheap to clone.
#[derive(Clone)]
pub struct Sockets(Arc<Shared>);

struct Shared {
    began: Instant,
    chance: Chance,
    encoded: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    noted: tokio::sync::Notify,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    open: HashMap<ConnectionId, UnboundedSender<Told>>,
    letters: Vec<Told>,
    faults: PushFaults,
    fates: HashMap<ConnectionId, VecDeque<Fate>>,
    posts: Vec<Post>,
    jobs: VecDeque<(Instant, Job)>,
    refused: usize,
}

#[expect(clippy::disallowed_methods, reason = "tokio's own time, which tests stop")]
fn instant() -> Instant {
    Instant::now()
}

impl Sockets {
    /// No socket yet; all chance from this seed.
    pub fn new(seed: u64) -> Self {
        let shared = Shared {
            began: instant(),
            chance: Chance::new(seed),
            encoded: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            noted: tokio::sync::Notify::new(),
            held: Mutex::default(),
        };
        Self(Arc::new(shared))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has a process push here.
    pub fn serve(&self, service: &Service, settings: PushSettings) {
        service.push_to(Arc::new(self.clone()), Arc::new(self.clone()), Arc::new(self.clone()), settings);
    }

    /// Opens a socket; the process that takes it is still to be told.
    pub fn open(&self, id: &ConnectionId) -> UnboundedReceiver<Told> {
        let (sender, receiver) = unbounded_channel();
        self.held().open.insert(id.clone(), sender);
        receiver
    }

    /// Closes a socket without telling anybody.
    pub fn cut(&self, id: &ConnectionId) {
        self.held().open.remove(id);
    }

    /// What becomes of posts from now on.
    pub fn set_faults(&self, faults: PushFaults) {
        self.held().faults = faults;
    }

    /// What becomes of the next posts to this socket, whatever chance says.
    pub fn decide(&self, id: &ConnectionId, fates: impl IntoIterator<Item = Fate>) {
        self.held().fates.entry(id.clone()).or_default().extend(fates);
    }

    /// So many times from now on, no job is taken.
    pub fn refuse_jobs(&self, times: usize) {
        self.held().refused = times;
    }

    /// Every post so far.
    pub fn posts(&self) -> Vec<Post> {
        self.held().posts.clone()
    }

    /// How often the events of a group were encoded.
    pub fn encoded(&self) -> usize {
        self.0.encoded.load(Ordering::Relaxed)
    }

    /// How many posts were under way at once, at most.
    pub fn most_under_way(&self) -> usize {
        self.0.most_under_way.load(Ordering::Relaxed)
    }

    /// Takes all jobs that wait, whether they are due or not.
    pub fn take_jobs(&self) -> Vec<Job> {
        self.held().jobs.drain(..).map(|(_, job)| job).collect()
    }

    /// Takes the next job that is due, out of turn now and then.
    fn take_due(&self) -> Option<Job> {
        let mut held = self.held();
        let now = instant();
        let due: Vec<usize> = held.jobs.iter().enumerate().filter(|(_, (due, _))| *due <= now).map(|(place, _)| place).collect();
        let place = *self.0.chance.pick(&due)?;
        held.jobs.remove(place).map(|(_, job)| job)
    }

    /// Works through jobs by this process, for ever: out of order, now and then twice, and again after trouble. Each has so much time.
    pub async fn work(&self, service: Service, span: Duration, pace: Pace) {
        loop {
            let Some(job) = self.take_due() else {
                tokio::select! {
                    () = self.0.noted.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                }
                continue;
            };
            let until = service.clock().now().plus(span);
            let worked = service.work(&job, until, pace).await;
            if worked.is_err() || self.0.chance.percent(20) {
                self.held().jobs.push_back((instant() + Duration::from_secs(1), job));
            }
        }
    }

    fn fate(&self, id: &ConnectionId) -> Fate {
        let mut held = self.held();
        if let Some(fate) = held.fates.get_mut(id).and_then(VecDeque::pop_front) {
            return fate;
        }
        if !held.open.contains_key(id) {
            return Fate::Gone;
        }
        let (faults, mut drawn) = (held.faults, self.0.chance.below(100));
        let late = Fate::Late(Duration::from_millis(50 + self.0.chance.u64() % 3_000));
        let fates = [
            (faults.lost, Fate::Lost),
            (faults.doubled, Fate::Doubled),
            (faults.late, late),
            (faults.throttled, Fate::Throttled),
            (faults.failed, Fate::Failed),
            (faults.cut, Fate::Cut),
            (faults.hangs, Fate::Hangs),
        ];
        for (share, fate) in fates {
            if drawn < share {
                return fate;
            }
            drawn -= share;
        }
        Fate::Taken
    }

    fn give(&self, id: &ConnectionId, told: Told) {
        if let Some(socket) = self.held().open.get(id) {
            // Whoever does not listen has closed it.
            drop(socket.send(told));
        }
    }

    fn letter(&self, told: Told, size: usize) -> Bytes {
        let mut held = self.held();
        let mut bytes = BytesMut::zeroed(size.max(8));
        bytes[..8].copy_from_slice(&u64::try_from(held.letters.len()).unwrap_or(u64::MAX).to_be_bytes());
        held.letters.push(told);
        bytes.freeze()
    }

    #[expect(clippy::expect_used, reason = "only what was encoded here is posted here")]
    fn read(&self, message: &Bytes) -> Told {
        let number = message.first_chunk().copied().map(u64::from_be_bytes).and_then(|number| usize::try_from(number).ok());
        let letters = &self.held().letters;
        number.and_then(|number| letters.get(number)).cloned().expect("a letter of ours")
    }
}

/// A post that nobody has an answer to yet; dropped with its answer, or by whoever gives it up.
struct UnderWay<'a>(&'a AtomicUsize);

impl<'a> UnderWay<'a> {
    fn of(shared: &'a Shared) -> Self {
        let now = shared.under_way.fetch_add(1, Ordering::Relaxed) + 1;
        shared.most_under_way.fetch_max(now, Ordering::Relaxed);
        Self(&shared.under_way)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Push for Sockets {
    fn post<'a>(&'a self, connection: &'a ConnectionId, message: Bytes) -> BoxFuture<'a, Result<(), PushError>> {
        async move {
            let _under_way = UnderWay::of(&self.0);
            let (told, fate) = (self.read(&message), self.fate(connection));
            let post = Post { to: connection.clone(), at: self.0.began.elapsed(), told: told.clone(), fate };
            self.held().posts.push(post);
            match fate {
                Fate::Taken => self.give(connection, told),
                Fate::Lost => {}
                Fate::Doubled => (0..2).for_each(|_| self.give(connection, told.clone())),
                Fate::Late(by) => {
                    let (sockets, id) = (self.clone(), connection.clone());
                    tokio::spawn(async move {
                        tokio::time::sleep(by).await;
                        sockets.give(&id, told);
                    });
                }
                Fate::Gone => return Err(PushError::Gone),
                Fate::Throttled => return Err(PushError::Throttled { retry_after: None }),
                Fate::Failed => return Err(PushError::Failed),
                Fate::Cut => {
                    self.give(connection, told);
                    return Err(PushError::Failed);
                }
                Fate::Hangs => std::future::pending().await,
            }
            Ok(())
        }
        .boxed()
    }

    fn close<'a>(&'a self, connection: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>> {
        let closed = self.held().open.remove(connection);
        async move { closed.map(drop).ok_or(PushError::Gone) }.boxed()
    }
}

impl Jobs for Sockets {
    fn enqueue(&self, jobs: Vec<Job>, delay: Duration) -> BoxFuture<'_, Result<(), PublishError>> {
        let mut held = self.held();
        let taken = held.refused == 0;
        if taken {
            held.jobs.extend(jobs.into_iter().map(|job| (instant() + delay, job)));
        } else {
            held.refused -= 1;
        }
        self.0.noted.notify_one();
        async move { if taken { Ok(()) } else { Err(PublishError::Failed) } }.boxed()
    }
}

/// What an event weighs in a message, roughly.
fn weight(event: &Event) -> usize {
    match event {
        Event::Broadcast(one) | Event::Notification(one) => 300 + one.content.title.len() + one.content.message.len(),
        Event::NotificationDeleted(_)
        | Event::TaskProgress(_)
        | Event::TaskCompleted(_)
        | Event::Watermark(..)
        | Event::Inbox(_)
        | Event::Reset => 300,
    }
}

impl Encode for Sockets {
    fn push(&self, feed: &Feed, group: &Group, _: &Reader, muted: &Preferences) -> Bytes {
        let weights = group.encoded(|events| {
            self.0.encoded.fetch_add(1, Ordering::Relaxed);
            events.iter().map(weight).collect::<Vec<usize>>()
        });
        let shown: Vec<(usize, Event)> = group.shown(muted).map(|(place, event)| (place, event.clone())).collect();
        let size = shown.iter().filter_map(|(place, _)| weights?.get(*place)).sum();
        let events = shown.into_iter().map(|(_, event)| event).collect();
        self.letter(Told::Push { feed: feed.name().to_owned(), n: group.segment.n, at: group.segment, events }, size)
    }

    fn notice(&self, feed: &Feed, n: Seq) -> Bytes {
        self.letter(Told::Notice { feed: feed.name().to_owned(), n }, 0)
    }
}
