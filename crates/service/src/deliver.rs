//! From the queue to the table: events grouped by feed, each applied once, poison told apart from trouble.

use std::collections::{HashMap, HashSet};

use futures::stream::{FuturesUnordered, StreamExt};
use inbox::id::EventId;
use inbox::moment::Moment;
use inbox::position::{Feed, FeedOf, Seq};
use inbox::publication::{Publication, What};
use table::commit;
use table::state::FeedState;

use crate::channels::Need;
use crate::plan::fitting;
use crate::retry::{ATTEMPTS, LastFailure};
use crate::{Error, Message, Outcome, Service};

/// Feeds of one batch that are written side by side.
const SIDE_BY_SIDE: usize = 16;

impl Service {
    /// Applies a batch; one outcome for each message, in their order. A poisonous message never holds its batch up.
    pub async fn deliver(&self, messages: &[Message]) -> Vec<Outcome> {
        self.deliver_within(messages, None).await
    }

    /// The same, done at this moment at the latest: what is not applied by then is [`Outcome::Trouble`], whether or not it comes to be
    /// stored. So whoever calls keeps time to answer and to push, however long the table takes.
    pub async fn deliver_until(&self, messages: &[Message], until: Moment) -> Vec<Outcome> {
        self.deliver_within(messages, Some(until)).await
    }

    async fn deliver_within(&self, messages: &[Message], until: Option<Moment>) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = messages.iter().map(|_| Outcome::Trouble).collect();
        let mut by_feed: Vec<(Feed, Vec<usize>)> = Vec::new();
        let mut places: HashMap<Feed, usize> = HashMap::new();
        for (index, message) in messages.iter().enumerate() {
            if let Some(reason) = poison(&message.publication, self.inner.settings.tenants) {
                outcomes[index] = Outcome::Poison { reason };
                continue;
            }
            let feed = message.publication.feed();
            let place = *places.entry(feed.clone()).or_insert_with(|| {
                by_feed.push((feed, Vec::new()));
                by_feed.len() - 1
            });
            by_feed[place].1.push(index);
        }
        let mut waiting = by_feed.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < SIDE_BY_SIDE {
                let Some((feed, indexes)) = waiting.next() else { break };
                running.push(self.deliver_feed(feed, indexes, messages, until));
            }
            let Some(done) = running.next().await else { return outcomes };
            for (index, outcome) in done {
                outcomes[index] = outcome;
            }
        }
    }

    async fn deliver_feed(&self, feed: Feed, indexes: Vec<usize>, messages: &[Message], until: Option<Moment>) -> Vec<(usize, Outcome)> {
        let mut done = Vec::with_capacity(indexes.len());
        let partitions = usize::try_from(self.inner.table.channel_partitions()).unwrap_or(usize::MAX);
        let mut rest = indexes.as_slice();
        while !rest.is_empty() {
            let (some, later) = rest.split_at(fitting(rest.iter().map(|index| &messages[*index].publication), partitions));
            rest = later;
            let some_messages: Vec<&Message> = some.iter().map(|index| &messages[*index]).collect();
            let outcomes = match self.apply_until(&feed, &some_messages, until).await {
                Ok(changed) => changed.into_iter().map(|changed| Outcome::Applied { changed }).collect(),
                Err(error) => {
                    tracing::warn!(error = %crate::chain::Chain(&error), events = some.len(), "events are left to the queue");
                    vec![Outcome::Trouble; some.len()]
                }
            };
            let failed = outcomes.contains(&Outcome::Trouble);
            done.extend(some.iter().copied().zip(outcomes));
            if failed {
                // What comes later in this feed must not overtake what failed.
                done.extend(rest.iter().map(|index| (*index, Outcome::Trouble)));
                return done;
            }
        }
        done
    }

    /// Applies up to a commit's worth of events of one feed, as long as there is time; tells which changed something. A commit that was
    /// sent and never answered may be stored: it is told to those who listen, for when it comes again it is known.
    async fn apply_until(&self, feed: &Feed, messages: &[&Message], until: Option<Moment>) -> Result<Vec<bool>, Error> {
        let mut unclear = None;
        let applying = self.apply(feed, messages, &mut unclear);
        let applied = match until {
            None => applying.await,
            Some(until) => tokio::time::timeout(until.since(self.now()), applying).await.unwrap_or_else(|_| Err(Error::busy())),
        };
        if let (Err(_), Some(n)) = (&applied, unclear) {
            self.committed(feed, n);
        }
        applied
    }

    /// Applies them. `unclear` holds the number of a commit that may be stored, while and after it was sent without a clear answer.
    async fn apply(&self, feed: &Feed, messages: &[&Message], unclear: &mut Option<Seq>) -> Result<Vec<bool>, Error> {
        let writer = self.writer(feed);
        let _alone = writer.lock().await;
        let events: Vec<&Publication> = messages.iter().map(|message| &message.publication).collect();
        let mut known: HashSet<EventId> = HashSet::new();
        let mut failure = LastFailure::default();
        for attempt in 0..ATTEMPTS {
            let fresh: Vec<bool> = events.iter().map(|event| !(has_identity(event) && known.contains(&event.id))).collect();
            let some: Vec<&Publication> = events.iter().zip(&fresh).filter(|(_, fresh)| **fresh).map(|(event, _)| *event).collect();
            let state = self.state_to_write(feed).await?;
            let head = state.n;
            let Some(plan) = self.plan(feed, state, &some).await? else {
                self.known(feed, head, unclear.is_some(), messages.iter().any(|message| message.redelivered));
                return Ok(vec![false; events.len()]);
            };
            // Said before it is sent, for this may be dropped while it waits for the answer.
            let unclear_before = unclear.replace(plan.commit.n());
            let outcome = self.inner.table.commit(&plan.commit, self.now()).await;
            if !matches!(outcome, Err(table::Error::Engine(_))) {
                *unclear = unclear_before;
            }
            match outcome {
                Ok(commit::Outcome::Done) => {
                    self.committed(feed, plan.commit.n());
                    let mut changed = plan.changed.into_iter();
                    return Ok(fresh.into_iter().map(|fresh| fresh && changed.next().unwrap_or(false)).collect());
                }
                Ok(commit::Outcome::Known(ids)) => {
                    let before = known.len();
                    known.extend(ids.into_iter().filter(|id| some.iter().any(|event| has_identity(event) && event.id == *id)));
                    if known.len() == before {
                        // What a withdrawal names came to be in between, and is not seen yet.
                        self.wait(attempt).await;
                    }
                }
                Ok(commit::Outcome::Lost) => self.wait(attempt).await,
                Err(table::Error::Engine(source)) => {
                    failure.is(source);
                    self.wait(attempt).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(failure.give_up())
    }

    /// All of it was applied before: by a commit of ours whose answer was lost, or by a process that may have stopped before it pushed. A
    /// user's sockets are told once more, for that is cheap and they know by the number; a channel's only where the commit is ours or the
    /// queue brings it again, which it does where that process stopped.
    fn known(&self, feed: &Feed, head: Seq, unclear: bool, redelivered: bool) {
        if head == Seq::ZERO {
            return;
        }
        match feed.of {
            _ if unclear => self.committed(feed, head),
            FeedOf::Channel(_) if !redelivered => {}
            FeedOf::User(_) | FeedOf::Channel(_) => self.note(feed, head),
        }
    }

    /// A channel's state comes with its copy, so that the oldest broadcast is known where the next one evicts it.
    async fn state_to_write(&self, feed: &Feed) -> Result<FeedState, Error> {
        match feed.of {
            FeedOf::User(_) => Ok(self.inner.table.state(feed, table::Freshness::Consistent).await?),
            FeedOf::Channel(_) => Ok(self.channel(feed, Need::Current).await?.state.clone()),
        }
    }

    /// Somebody's commit is stored: whoever listens to the feed looks now, and open sockets are to be told.
    pub(crate) fn committed(&self, feed: &Feed, n: Seq) {
        if matches!(feed.of, FeedOf::Channel(_)) {
            self.channel_changed(feed);
        }
        self.wake(feed);
        self.note(feed, n);
    }
}

/// Whether it is stored under its id, and so is known by it when it comes again. Other events may have the same id.
fn has_identity(event: &Publication) -> bool {
    match event.what {
        What::Notify(..) | What::Broadcast(..) => true,
        What::Task(..) | What::Withdraw(..) => false,
    }
}

/// Why a publication can never be applied; whatever its text allowed was checked before.
fn poison(publication: &Publication, tenants: bool) -> Option<String> {
    match (tenants, &publication.tenant) {
        (true, None) => return Some("tenant is missing: this deployment serves several".to_owned()),
        (false, Some(_)) => return Some("tenant is not known here: this deployment serves one".to_owned()),
        (true, Some(_)) | (false, None) => {}
    }
    match &publication.what {
        What::Task(_, report) if report.progress.is_some_and(|progress| !(0.0..=100.0).contains(&progress)) => {
            Some("progress must be between 0 and 100".to_owned())
        }
        What::Task(..) | What::Notify(..) | What::Broadcast(..) | What::Withdraw(..) => None,
    }
}
