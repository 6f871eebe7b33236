//! Background jobs: a broadcast to the sockets of one shard, paced, and handed on where it was when time is up.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{self, BoxStream, StreamExt};
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
            let (told, how, run) = (&told, &how, &run);
            let shard = Shard { behind: start.cloned(), ..Shard::default() };
            let posts = self.turns(run, told, how, shard, &stop).map(|turn| self.serve(run, told, how, turn).boxed());
            let mut served = std::pin::pin!(posts.buffer_unordered(run.pushing.settings.in_flight.max(1)));
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
        let rest = reached.rest(start, &mut worked);
        if let Some(error) = failed {
            if rest.as_ref() == start {
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

    /// The sockets of a shard in the order of their keys, each when its turn comes. It stops at the first failure, and when told to.
    ///
    /// Turns are waited for one by one, so that one who tries again stands behind one other and not behind all.
    fn turns<'a>(
        &'a self,
        run: &'a Run<'a>,
        told: &'a Told,
        how: &'a Posting<'a>,
        shard: Shard,
        stop: &'a AtomicBool,
    ) -> BoxStream<'a, Turn> {
        let one = move |mut shard: Shard| async move {
            while shard.page.is_empty() {
                if shard.ended {
                    return None;
                }
                if self.now() >= run.until {
                    stop.store(true, Ordering::Relaxed);
                }
                if stop.load(Ordering::Relaxed) {
                    return None;
                }
                match self.inner.table.connections_in(run.shard, shard.behind.as_ref(), PAGE).await {
                    Ok((page, more)) => {
                        (shard.page, shard.ended, shard.behind) = (page.into(), more.is_none(), more);
                    }
                    Err(error) => {
                        shard.ended = true;
                        return Some((Turn { place: shard.place, socket: Err(error.into()), came: None }, shard));
                    }
                }
            }
            let (socket, place) = (shard.page.pop_front()?, shard.place);
            shard.place += 1;
            let came = if run.addresses(&socket, told, self.now()) { Some(self.turn(how).await) } else { None };
            Some((Turn { place, socket: Ok(socket), came }, shard))
        };
        stream::unfold(shard, one).boxed()
    }

    async fn serve(&self, run: &Run<'_>, told: &Told, how: &Posting<'_>, turn: Turn) -> (u64, Result<Served, Error>) {
        let socket = match turn.socket {
            Ok(socket) => socket,
            Err(error) => return (turn.place, Err(error)),
        };
        let posted = match turn.came {
            Some(true) => Some(self.post(how, &socket, &run.letter(told, &socket)).await),
            Some(false) => Some((Posted::Unfinished(false), 0)),
            None => None,
        };
        (turn.place, Ok((socket.id, posted)))
    }
}

/// What is left of a shard.
#[derive(Default)]
struct Shard {
    page: VecDeque<Connection>,
    /// Behind which the next page begins; `None` at the beginning.
    behind: Option<ConnectionId>,
    /// Whether that was the last page.
    ended: bool,
    /// How many sockets were met.
    place: u64,
}

/// A socket at its place in the shard, and whether its turn came: `None` where it is not to hear of it.
struct Turn {
    place: u64,
    /// Or why the shard could not be read on.
    socket: Result<Connection, Error>,
    came: Option<bool>,
}

/// What became of a socket, and how often it was tried again.
type Served = (ConnectionId, Option<(Posted, u32)>);

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
    /// Whether this socket is to hear of it.
    fn addresses(&self, socket: &Connection, told: &Told, now: Moment) -> bool {
        let FeedOf::Channel(channel) = &self.feed.of else { return false };
        socket.expires > now
            && socket.reader.tenant == self.feed.tenant
            && socket.reader.channels().any(|one| one == *channel)
            && !told.0.as_ref().is_some_and(|group| hidden(group, socket))
    }

    fn letter(&self, told: &Told, socket: &Connection) -> Letter<'_> {
        let encode = &self.pushing.encode;
        let bytes = match &told.0 {
            Some(group) => encode.push(self.feed, group, &socket.reader, &socket.muted),
            None => encode.notice(self.feed, self.n),
        };
        Letter::new(self.pushing, self.feed, self.n, bytes)
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
    fn rest(self, began: Option<&ConnectionId>, worked: &mut Worked) -> Option<ConnectionId> {
        match self.tried {
            Some((place, id)) if self.last.as_ref() == began && place == self.next => {
                worked.lost += 1;
                Some(id)
            }
            Some(_) | None => self.last,
        }
    }
}
