//! Background jobs: a broadcast to the sockets of one shard, paced, and handed on where it was when time is up.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::stream::{self, Stream, StreamExt};
use inbox::id::ConnectionId;
use inbox::job::Job;
use inbox::moment::Moment;
use inbox::position::{Feed, FeedOf, Seq};
use table::connections::Connection;

use crate::channels::Need;
use crate::group::Group;
use crate::outbox::Pushing;
use crate::post::{Letter, Pacer, Posted, Posting};
use crate::{Error, Service};

/// How fast one job posts. Of a rate that several jobs share, each gets its part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Posts a second, repetitions included; at least one.
    pub posts_per_second: u32,
}

/// What a job did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// What is left of it: it is in the queue already.
    pub handed_on: Option<Job>,
    /// Messages that were taken.
    pub posted: u64,
    /// Sockets that were found closed.
    pub gone: u64,
    /// Tries beyond a message's first.
    pub retried: u64,
    /// Messages that were given up: those sockets find out by the next number or by ping.
    pub lost: u64,
    /// Documents that a sweep removed.
    pub swept: u64,
}

/// Rows of a shard that are read at a time: some 30 KB.
const PAGE: usize = 100;
/// How long the rest of a job waits after the table failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A page of a shard, or why there is none.
type Found = Result<Connection, Error>;

impl Service {
    /// Does a job, or as much of it as there is time for: what is left goes back to the queue before this answers. A job that is done twice
    /// is shown once, by its number. `until` should be further away than [`crate::PushSettings::post_within`], for nothing begins later than that
    /// before it.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`]: nothing of it can be handed on, the queue shall bring it again.
    pub async fn work(&self, job: &Job, until: Moment, pace: Pace) -> Result<Worked, Error> {
        let pushing = self.pushing().ok_or_else(|| Error::Internal("there is no way to push".into()))?;
        match job {
            Job::Fanout { feed, n, shard, start } => {
                let run = Run { pushing, feed, n: *n, shard: *shard, until: until.minus(pushing.settings.post_within) };
                self.fan_out(run, start.as_ref(), pace).await
            }
            Job::Sweep { feed } => {
                let (removed, done) = self.sweep_until(feed, Some(until)).await?;
                if !done {
                    self.offer(pushing, vec![job.clone()], Duration::ZERO).await?;
                }
                Ok(Worked { swept: removed.into(), handed_on: (!done).then(|| job.clone()), ..Worked::default() })
            }
        }
    }

    async fn fan_out(&self, run: Run<'_>, start: Option<&ConnectionId>, pace: Pace) -> Result<Worked, Error> {
        let Some(told) = self.told(run.feed, run.n).await? else { return Ok(Worked::default()) };
        let (pacer, stop) = (Pacer::new(pace.posts_per_second), AtomicBool::new(false));
        let how = Posting { pushing: run.pushing, pacer: Some(&pacer), until: Some(run.until) };
        let mut worked = Worked::default();
        let mut reached = Reached { last: start.cloned(), ..Reached::default() };
        let mut failed = None;
        {
            let serve = |(place, found): (u64, Found)| {
                let (told, how, run) = (&told, &how, &run);
                async move {
                    let socket = match found {
                        Ok(socket) => socket,
                        Err(error) => return (place, Err(error)),
                    };
                    let served = self.serve(run, told, how, &socket).await;
                    (place, Ok((socket.id, served)))
                }
            };
            let sockets = self.sockets_of(run.shard, start.cloned(), run.until, &stop);
            let numbered = stream::iter(0_u64..).zip(sockets).map(serve);
            let mut served = std::pin::pin!(numbered.buffer_unordered(run.pushing.settings.in_flight.max(1)));
            while let Some((place, outcome)) = served.next().await {
                match outcome {
                    Ok((id, served)) => {
                        if matches!(served, Some((Posted::Unfinished(_), _))) {
                            stop.store(true, Ordering::Relaxed);
                        }
                        count(&mut worked, served);
                        reached.note(place, id, served.map(|(posted, _)| posted));
                    }
                    Err(error) => failed = Some(error),
                }
            }
        }
        if failed.is_none() && !stop.load(Ordering::Relaxed) {
            return Ok(worked);
        }
        let began = start.cloned();
        let rest = reached.rest(&began, &mut worked);
        if let Some(error) = failed {
            if rest == began {
                return Err(error);
            }
            tracing::warn!(error = %crate::error::chain(&error), "a shard could not be read on; its job goes on later");
            return self.hand_on(&run, rest, PAUSE, worked).await;
        }
        self.hand_on(&run, rest, Duration::ZERO, worked).await
    }

    async fn hand_on(&self, run: &Run<'_>, start: Option<ConnectionId>, delay: Duration, mut worked: Worked) -> Result<Worked, Error> {
        let job = Job::Fanout { feed: run.feed.clone(), n: run.n, shard: run.shard, start };
        self.offer(run.pushing, vec![job.clone()], delay).await?;
        worked.handed_on = Some(job);
        Ok(worked)
    }

    /// The channel's group of this number, or that there is one; `None` where the channel lives another life by now.
    async fn told(&self, feed: &Feed, n: Seq) -> Result<Option<Told>, Error> {
        let view = match self.channel(feed, Need::AtLeast(n)).await {
            Err(Error::Busy { .. }) => self.channel(feed, Need::Current).await?,
            view => view?,
        };
        if view.head.n < n {
            return Ok(None);
        }
        match self.channel_groups(&view, Seq(n.0.saturating_sub(1))).await {
            Ok(groups) => Ok(Some(Told(groups.into_iter().find(|group| group.segment.n == n)))),
            Err(Error::NotFound(_)) => Ok(Some(Told(None))),
            Err(error) => Err(error),
        }
    }

    /// The rows of a shard behind a place, in the order of their keys. It stops at the first failure, and when told to.
    fn sockets_of<'a>(
        &'a self,
        shard: u32,
        start: Option<ConnectionId>,
        until: Moment,
        stop: &'a AtomicBool,
    ) -> impl Stream<Item = Found> + 'a {
        let pages = stream::unfold(Some(start), move |next| async move {
            let start = next?;
            if self.now() >= until {
                stop.store(true, Ordering::Relaxed);
            }
            if stop.load(Ordering::Relaxed) {
                return None;
            }
            match self.inner.table.connections_in(shard, start.as_ref(), PAGE).await {
                Ok((page, more)) => Some((page.into_iter().map(Ok).collect(), more.map(Some))),
                Err(error) => Some((vec![Err(error.into())], None)),
            }
        });
        pages.flat_map(|page: Vec<Found>| stream::iter(page))
    }

    /// `None` where this socket is not to hear of it.
    async fn serve(&self, run: &Run<'_>, told: &Told, how: &Posting<'_>, socket: &Connection) -> Option<(Posted, u32)> {
        if !run.addresses(socket) || socket.expires <= self.now() {
            return None;
        }
        let encode = &run.pushing.encode;
        let bytes = match &told.0 {
            Some(group) if hidden(group, socket) => return None,
            Some(group) => encode.push(run.feed, group, &socket.reader, &socket.muted),
            None => encode.notice(run.feed, run.n),
        };
        Some(self.post(how, &socket.id, &Letter::new(run.pushing, run.feed, run.n, bytes)).await)
    }
}

/// Whether the reader muted all that a group brings.
fn hidden(group: &Group, socket: &Connection) -> bool {
    !group.events.is_empty() && group.shown(&socket.muted).next().is_none()
}

/// What is told: a group, or where it cannot be read any more, its number alone.
struct Told(Option<Arc<Group>>);

/// One run of a job.
struct Run<'a> {
    pushing: &'a Pushing,
    feed: &'a Feed,
    n: Seq,
    shard: u32,
    /// Nothing begins after this.
    until: Moment,
}

impl Run<'_> {
    fn addresses(&self, socket: &Connection) -> bool {
        let FeedOf::Channel(channel) = &self.feed.of else { return false };
        socket.reader.tenant == self.feed.tenant && socket.reader.channels().any(|one| one == *channel)
    }
}

fn count(worked: &mut Worked, served: Option<(Posted, u32)>) {
    let Some((posted, retried)) = served else { return };
    worked.retried += u64::from(retried);
    match posted {
        Posted::Taken => worked.posted += 1,
        Posted::Gone => worked.gone += 1,
        Posted::Lost => worked.lost += 1,
        Posted::Unfinished(_) => {}
    }
}

/// How far a run came: everybody up to `last` is served.
#[derive(Default)]
struct Reached {
    last: Option<ConnectionId>,
    next: u64,
    ahead: BTreeMap<u64, ConnectionId>,
    /// The first that was tried and not finished.
    tried: Option<(u64, ConnectionId)>,
}

impl Reached {
    fn note(&mut self, place: u64, id: ConnectionId, posted: Option<Posted>) {
        match posted {
            Some(Posted::Unfinished(tried)) => {
                if tried && self.tried.as_ref().is_none_or(|(first, _)| place < *first) {
                    self.tried = Some((place, id));
                }
                return;
            }
            Some(Posted::Taken | Posted::Gone | Posted::Lost) | None => {}
        }
        self.ahead.insert(place, id);
        while let Some(id) = self.ahead.remove(&self.next) {
            self.last = Some(id);
            self.next += 1;
        }
    }

    /// Where the next run begins. One socket that is never served must not hold the others up for ever: where a run came no further
    /// because of it, it is passed.
    fn rest(self, began: &Option<ConnectionId>, worked: &mut Worked) -> Option<ConnectionId> {
        match self.tried {
            Some((place, id)) if self.last == *began && place == self.next => {
                worked.lost += 1;
                Some(id)
            }
            Some(_) | None => self.last,
        }
    }
}
