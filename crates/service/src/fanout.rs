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
/// How long the rest of a job waits after the table failed, and that of a sweep in any case, so that broadcasts get their turn.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a sweep goes on before it stands in line again: nobody waits for it, and whoever works at it takes no broadcast meanwhile.
const SWEEP_AT_MOST: Duration = Duration::from_secs(10);
/// Commits that one job tells. Each has a job of its own, and in a burst a socket is posted each of them up to so many times; they come
/// in order where jobs do not.
const TOLD_MAX: u64 = 4;

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
                let (removed, done) = self.sweep_until(feed, Some(until.min(self.now().plus(SWEEP_AT_MOST)))).await?;
                if !done {
                    self.offer(pushing, vec![job.clone()], PAUSE).await?;
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
                        let posted = served.as_ref().map(|served| served.posted);
                        if matches!(posted, Some(Posted::Unfinished(_))) {
                            stop.store(true, Ordering::Relaxed);
                        }
                        count(&mut worked, served);
                        reached.note(place, id, posted);
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
            tracing::warn!(error = %crate::chain::Chain(&error), "a shard could not be read on; its job goes on later");
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

    /// The channel's groups from this number on as far as they are known now, or where it cannot be read any more, nothing but that there
    /// is one; `None` where the channel lives another life by now.
    ///
    /// A queue hands jobs out in any order, and two at once. A socket that got a later commit first would come and ask for what it missed;
    /// so whichever job comes tells what follows, too, and the later job's posts are ignored by their numbers.
    async fn told(&self, feed: &Feed, n: Seq) -> Result<Option<Told>, Error> {
        let view = match self.channel(feed, Need::AtLeast(n)).await {
            Err(Error::Busy { .. }) => self.channel(feed, Need::Current).await?,
            view => view?,
        };
        if view.head.n < n {
            return Ok(None);
        }
        let end = n.0.saturating_add(TOLD_MAX);
        match self.channel_groups(&view, Seq(n.0.saturating_sub(1))).await {
            Ok(groups) => Ok(Some(Told(groups.into_iter().filter(|group| (n.0..end).contains(&group.segment.n.0)).collect()))),
            Err(Error::NotFound(_)) => Ok(Some(Told(Vec::new()))),
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

    async fn serve(
        &self,
        run: &Run<'_>,
        told: &Told,
        how: &Posting<'_>,
        turn: Turn,
    ) -> (u64, Result<(ConnectionId, Option<Served>), Error>) {
        let socket = match turn.socket {
            Ok(socket) => socket,
            Err(error) => return (turn.place, Err(error)),
        };
        let served = match turn.came {
            Some(true) => Some(self.post_all(run, told, how, &socket).await),
            Some(false) => Some(Served { posted: Posted::Unfinished(false), taken: 0, retried: 0 }),
            None => None,
        };
        (turn.place, Ok((socket.id, served)))
    }

    /// Posts what a socket is to hear, in order, up to the first that it does not get. Its first turn has come.
    async fn post_all(&self, run: &Run<'_>, told: &Told, how: &Posting<'_>, socket: &Connection) -> Served {
        let mut served = Served { posted: Posted::Taken, taken: 0, retried: 0 };
        for (place, letter) in run.letters(told, socket).enumerate() {
            if place > 0 && !self.turn(how).await {
                served.posted = Posted::Unfinished(true);
                return served;
            }
            let (posted, retried) = self.post(how, socket, &letter).await;
            served.retried += u64::from(retried);
            served.posted = posted;
            if posted != Posted::Taken {
                return served;
            }
            served.taken += 1;
        }
        served
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

/// What became of a socket.
struct Served {
    /// What became of the last message that was tried.
    posted: Posted,
    /// Messages that were taken.
    taken: u64,
    /// Tries beyond a message's first.
    retried: u64,
}

/// Whether the reader muted all that a group brings.
fn hidden(group: &Group, socket: &Connection) -> bool {
    !group.events.is_empty() && group.shown(&socket.muting.muted).next().is_none()
}

/// What is told: groups, the oldest first, or where they cannot be read any more, the number alone.
struct Told(Vec<Arc<Group>>);

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
            && (told.0.is_empty() || told.0.iter().any(|group| !hidden(group, socket)))
    }

    /// What this socket is to hear, the oldest first.
    fn letters<'b>(&'b self, told: &'b Told, socket: &'b Connection) -> impl Iterator<Item = Letter<'b>> {
        let Pushing { encode, .. } = self.pushing;
        let whole = move |group: &Arc<Group>| {
            let bytes = encode.push(self.feed, group, &socket.reader, &socket.muting.muted);
            Letter::new(self.pushing, self.feed, group.segment.n, bytes)
        };
        let notice = told.0.is_empty().then(|| Letter { feed: self.feed, n: self.n, bytes: encode.notice(self.feed, self.n) });
        told.0.iter().filter(|group| !hidden(group, socket)).map(whole).chain(notice)
    }
}

fn count(worked: &mut Worked, served: Option<Served>) {
    let Some(served) = served else { return };
    worked.retried += served.retried;
    worked.posted += served.taken;
    match served.posted {
        Posted::Gone => worked.gone += 1,
        Posted::Lost => worked.lost += 1,
        Posted::Taken | Posted::Unfinished(_) => {}
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
