//! Store first, push second: what this process committed goes to open sockets. A push may be lost, doubled or late; nobody who commits
//! waits for one longer than was agreed, and none that fails fails a commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use inbox::audience::Reader;
use inbox::id::UserId;
use inbox::job::Job;
use inbox::limits;
use inbox::position::{Feed, FeedOf, Seq};
use inbox::preferences::Preferences;
use table::Freshness;
use table::connections::Connection;
use table::state::Muting;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::channels::Need;
use crate::group::Group;
use crate::outbox::{Errand, Pushing, Running};
use crate::post::{Letter, Posted, Posting};
use crate::{Error, Service};

/// Feeds that are pushed side by side.
const FEEDS_AT_ONCE: usize = 32;
/// How often jobs are offered to their queue.
const OFFERS: u32 = 5;

impl Service {
    /// Pushes what this process committed and did not push yet: of a user's feed to their sockets, of a channel's one job a shard. Whoever
    /// commits calls it before they answer, since a process may be frozen after that. It never fails and takes no longer than
    /// [`crate::PushSettings::flush_within`]; what is lost is repaired by the next number, ping or resume, and jobs that were not taken by
    /// then wait for the next flush. Where [`Service::run_pusher`] runs, this does nothing.
    pub async fn flush_pushes(&self) {
        let Some(pushing) = self.pushing() else { return };
        let outbox = &self.inner.outbox;
        if outbox.background.load(Ordering::SeqCst) || outbox.len() == 0 {
            return;
        }
        let flushed = async {
            let _alone = outbox.pushing.lock().await;
            self.drive(false).await;
        };
        let lost_before = outbox.lost.load(Ordering::Relaxed);
        if tokio::time::timeout(pushing.settings.flush_within, flushed).await.is_err() {
            tracing::warn!(left = outbox.len(), "pushes took too long");
        }
        let lost = outbox.lost.load(Ordering::Relaxed).saturating_sub(lost_before);
        if lost > 0 {
            // One line a flush: what is said of each socket would bury the log where their side is down.
            tracing::warn!(lost, "pushes are lost; whoever missed one finds out by its number");
        }
    }

    /// Pushes what this process commits, in the background, until the service is dropped. One task of a process runs this, where the process
    /// lives on after an answer.
    pub async fn run_pusher(&self) {
        if self.inner.outbox.background.swap(true, Ordering::SeqCst) {
            return;
        }
        let _alone = self.inner.outbox.pushing.lock().await;
        self.drive(true).await;
    }

    /// Runs errands, one of a feed at a time: until there is none, or for ever.
    async fn drive(&self, forever: bool) {
        let outbox = &self.inner.outbox;
        let mut tasks = JoinSet::new();
        let mut running = Running::of(outbox);
        loop {
            while tasks.len() < FEEDS_AT_ONCE
                && let Some(errand) = outbox.take(&running.feeds)
            {
                let service = self.clone();
                let run = errand.clone();
                let task = tasks.spawn(async move { service.run_errand(run).await }.in_current_span());
                running.begin(task.id(), errand);
            }
            let ended = tokio::select! {
                Some(ended) = tasks.join_next_with_id() => ended,
                () = outbox.noted.notified(), if forever => continue,
                else => return,
            };
            match ended {
                Ok((id, ())) => running.end(id),
                // It panicked; the runtime has said so.
                Err(error) => {
                    running.end(error.id());
                    outbox.lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }

    async fn run_errand(&self, errand: Errand) {
        let Some(pushing) = self.pushing() else { return };
        let pushed = match &errand {
            Errand::Sweep(feed) => self.offer(pushing, vec![Job::Sweep { feed: feed.clone() }], limits::SETTLE_AGE).await,
            Errand::Push(feed, commits) => match &feed.of {
                FeedOf::User(user) => self.push_own(pushing, feed, user, commits).await,
                FeedOf::Channel(_) => {
                    let shards = 0..pushing.settings.shards;
                    let job = |n: Seq, shard| Job::Fanout { feed: feed.clone(), n, shard, start: None };
                    let jobs = commits.iter().flat_map(|n| shards.clone().map(|shard| job(*n, shard))).collect();
                    self.offer(pushing, jobs, Duration::ZERO).await
                }
            },
        };
        if let Err(error) = pushed {
            self.inner.outbox.lost.fetch_add(1, Ordering::Relaxed);
            tracing::warn!(error = %crate::chain::Chain(&error), "a push is lost; whoever missed it finds out by its number");
        }
    }

    /// Hands jobs to their queue.
    pub(crate) async fn offer(&self, pushing: &Pushing, jobs: Vec<Job>, delay: Duration) -> Result<(), Error> {
        for attempt in 0..OFFERS {
            match pushing.jobs.enqueue(jobs.clone(), delay).await {
                Ok(()) => return Ok(()),
                Err(error) => tracing::debug!(%error, attempt, "jobs were not taken"),
            }
            self.wait(attempt + 4).await;
        }
        Err(Error::busy())
    }

    /// Pushes commits of a user's feed to that user's sockets; where there are none, nothing is read but that.
    async fn push_own(&self, pushing: &Pushing, feed: &Feed, user: &UserId, commits: &[Seq]) -> Result<(), Error> {
        let sockets = self.inner.table.connections_of(feed.tenant.as_ref(), user, self.now(), limits::PUSHES_PER_USER).await?;
        let (Some(first), Some(last)) = (commits.iter().min(), commits.iter().max()) else { return Ok(()) };
        let mut by_reader: HashMap<Reader, Vec<Connection>> = HashMap::new();
        for socket in sockets {
            by_reader.entry(socket.reader.clone()).or_default().push(socket);
        }
        let mut posts = Vec::new();
        for (reader, sockets) in by_reader {
            let groups = self.own_groups_between(&reader, feed, *first, *last).await;
            let letters = Arc::new(letters(pushing, feed, &reader, &groups, *last));
            let muting = groups.iter().rev().find_map(|group| group.muting.clone());
            posts.extend(sockets.into_iter().map(|socket| (socket, Arc::clone(&letters), muting.clone())));
        }
        // By expiry again, for those that last longest are the likeliest to be there.
        posts.sort_by_key(|(socket, ..)| std::cmp::Reverse(socket.expires));
        let post = |(socket, letters, muting)| self.push_all(pushing, socket, letters, muting);
        stream::iter(posts).for_each_concurrent(pushing.settings.in_flight, post).await;
        Ok(())
    }

    /// The groups of these commits as this reader's stream would get them, unbroken from the first, as far as they can be believed now.
    async fn own_groups_between(&self, reader: &Reader, feed: &Feed, first: Seq, last: Seq) -> Vec<Arc<Group>> {
        let read = async {
            let state = self.inner.table.state(feed, Freshness::Consistent).await?;
            let views = self.views(reader, Need::Recent).await?;
            self.own_groups(reader, feed, state, Seq(first.0.saturating_sub(1)), views).await
        };
        match read.await {
            Ok(groups) => groups.into_iter().filter(|group| group.segment.n <= last).collect(),
            Err(error) => {
                tracing::debug!(error = %crate::chain::Chain(&error), "a commit could not be read back; its number alone is pushed");
                Vec::new()
            }
        }
    }

    /// Posts messages to one socket, in order, up to the first that it does not get.
    async fn push_all(&self, pushing: &Pushing, socket: Connection, letters: Arc<Vec<Letter<'_>>>, muting: Option<Muting>) {
        if let Some(muting) = muting {
            let changed = Connection { muting, ..socket.clone() };
            // Broadcasts heed the row; should this fail, the reset has the socket resume, which writes it again.
            if let Err(error) = self.inner.table.rewrite_connection(&changed, self.shards()).await {
                tracing::debug!(error = %crate::chain::Chain(&error), "a socket's row keeps older preferences");
            }
        }
        let how = Posting { pushing, pacer: None, until: None };
        for letter in letters.iter() {
            let (posted, _) = self.post(&how, &socket, letter).await;
            if posted == Posted::Lost {
                self.inner.outbox.lost.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(connection.id = %socket.id, n = letter.n.0, "a push is lost; the socket finds out by its number");
            }
            if posted != Posted::Taken {
                return;
            }
        }
    }
}

/// A message a group; where the last commit is not among them, its number alone, so that the client comes and asks.
fn letters<'a>(pushing: &Pushing, feed: &'a Feed, reader: &Reader, groups: &[Arc<Group>], last: Seq) -> Vec<Letter<'a>> {
    let nothing_muted = Preferences::default();
    let whole = |group: &Arc<Group>| {
        let bytes = pushing.encode.push(feed, group, reader, &nothing_muted);
        Letter::new(pushing, feed, group.segment.n, bytes)
    };
    let mut letters: Vec<Letter<'a>> = groups.iter().map(whole).collect();
    if letters.last().is_none_or(|letter| letter.n < last) {
        letters.push(Letter { feed, n: last, bytes: pushing.encode.notice(feed, last) });
    }
    letters
}
