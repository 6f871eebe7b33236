//! Topic and queue in memory: takes messages in, and has them applied in their order, as many at once as are waiting.
//!
//! Answers each publisher when its own message is stored. One worker, since the store has one writer; nobody waits for a batch
//! to fill. Holds at most [`QUEUE`] messages: more are told to come again.

use std::sync::Arc;
use std::time::Duration;

use contract::sns;
use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use inbox::backoff::Backoff;
use inbox::limits;
use inbox::publication::Publication;
use tokio::sync::{mpsc, oneshot};

use crate::dead_letters::{DeadLetter, DeadLetters};
use crate::intake::{ATTRIBUTES_MAX, Incoming, Intake, IntakeError};
use crate::ports::{Clock, Entropy};

/// Most messages that wait.
pub const QUEUE: usize = 2 * limits::USERS_PER_REQUEST;
/// Most messages that are applied at once.
pub const BATCH: usize = 100;
/// How long a publication of many waits for room, before it is told to come again.
const ROOM_WAIT: Duration = Duration::from_secs(5);
/// How often a message is tried before its publisher is told to come again.
const ATTEMPTS: u32 = 5;
/// All waits together stay below the second or two after which a publisher's own client would try again.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(25), cap: Duration::from_millis(400) };

/// Applies publications to the store.
pub trait Apply: Send + Sync {
    /// Applies them; one outcome for each, in their order.
    fn apply(&self, publications: Vec<Publication>) -> BoxFuture<'_, Vec<Outcome>>;
}

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is in the store, perhaps since an earlier time.
    Applied,
    /// It can never be applied, for this reason.
    Poison(String),
    /// It could not be applied this time.
    Trouble,
}

/// What a publisher sent, on its way to the store.
struct Job {
    publication: Publication,
    /// The topic's id and the text, for the list of dead letters.
    message_id: String,
    body: Option<String>,
    done: oneshot::Sender<Result<(), IntakeError>>,
}

/// The topic: where publishers hand in. Clones are one topic.
#[derive(Clone)]
pub struct Bus {
    queue: mpsc::Sender<Job>,
    dead_letters: DeadLetters,
    clock: Arc<dyn Clock>,
}

/// The queue's other end; [`Worker::run`] it, or nobody is ever answered.
pub struct Worker {
    queue: mpsc::Receiver<Job>,
    dead_letters: DeadLetters,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// A topic and its worker.
pub fn bus(dead_letters: DeadLetters, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> (Bus, Worker) {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let bus = Bus { queue: sender, dead_letters: dead_letters.clone(), clock: Arc::clone(&clock) };
    (bus, Worker { queue: receiver, dead_letters, clock, entropy })
}

impl Bus {
    /// Hands in what was checked already, all or none, and waits until it is stored.
    ///
    /// # Errors
    /// [`IntakeError::Busy`] where there was no room for a while; [`IntakeError::NotStored`] where some of it could not be stored:
    /// the same publications may be handed in again.
    pub async fn publish(&self, publications: Vec<Publication>) -> Result<(), IntakeError> {
        let room = tokio::time::timeout(ROOM_WAIT, self.queue.reserve_many(publications.len())).await;
        let room = room.map_err(|_| IntakeError::Busy)?.map_err(|_| IntakeError::Busy)?;
        let mut answers = Vec::with_capacity(publications.len());
        for (place, publication) in room.zip(publications) {
            let (done, answer) = oneshot::channel();
            place.send(Job { message_id: publication.id.as_str().to_owned(), publication, body: None, done });
            answers.push(answer);
        }
        for answer in answers {
            answer.await.unwrap_or(Err(IntakeError::NotStored))?;
        }
        Ok(())
    }

    async fn take(&self, message: Incoming) -> Taken {
        match read(&message) {
            Ok(publication) => Taken::Waits(self.hand_in(publication, message.message_id, Some(message.body))),
            Err(reason) => {
                let letter = DeadLetter { message_id: message.message_id, reason, body: Some(message.body), at: self.clock.now() };
                Taken::Done(bury(&self.dead_letters, letter).await)
            }
        }
    }

    /// Stands in the queue as soon as this returns; the future waits for the answer.
    fn hand_in(&self, publication: Publication, message_id: String, body: Option<String>) -> BoxFuture<'static, Result<(), IntakeError>> {
        let (done, answer) = oneshot::channel();
        if self.queue.try_send(Job { publication, message_id, body, done }).is_err() {
            return async { Err(IntakeError::Busy) }.boxed();
        }
        // A worker that is gone answers nobody: the message may or may not be stored.
        async { answer.await.unwrap_or(Err(IntakeError::NotStored)) }.boxed()
    }
}

/// A message that was taken in: its answer is there, or still to come.
enum Taken {
    Done(Result<(), IntakeError>),
    Waits(BoxFuture<'static, Result<(), IntakeError>>),
}

impl Intake for Bus {
    fn accept(&self, messages: Vec<Incoming>) -> BoxFuture<'_, Vec<Result<(), IntakeError>>> {
        async move {
            let mut taken = Vec::with_capacity(messages.len());
            for message in messages {
                taken.push(self.take(message).await);
            }
            let answers = taken.into_iter().map(|taken| match taken {
                Taken::Done(answer) => async move { answer }.boxed(),
                Taken::Waits(answer) => answer,
            });
            join_all(answers).await
        }
        .boxed()
    }
}

impl Worker {
    /// Applies what comes, until the last [`Bus`] is gone.
    pub async fn run(mut self, store: Arc<dyn Apply>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut jobs, BATCH).await > 0 {
            self.apply(&*store, std::mem::take(&mut jobs)).await;
        }
    }

    async fn apply(&self, store: &dyn Apply, mut jobs: Vec<Job>) {
        for attempt in 0..ATTEMPTS {
            let publications = jobs.iter().map(|job| job.publication.clone()).collect();
            let outcomes = store.apply(publications).await;
            jobs = self.settle(jobs, outcomes).await;
            if jobs.is_empty() {
                return;
            }
            if attempt + 1 == ATTEMPTS {
                break;
            }
            tracing::debug!(attempt, messages = jobs.len(), "{} messages could not be stored, trying again", jobs.len());
            tokio::time::sleep(BACKOFF.wait(attempt, self.entropy.u64())).await;
        }
        tracing::warn!(messages = jobs.len(), "{} messages could not be stored; their publishers were told", jobs.len());
        for job in jobs {
            answer(job.done, Err(IntakeError::NotStored));
        }
    }

    /// Answers those that are done, and gives back those to be tried again. A missing outcome counts as trouble.
    async fn settle(&self, jobs: Vec<Job>, outcomes: Vec<Outcome>) -> Vec<Job> {
        let mut outcomes = outcomes.into_iter();
        let mut again = Vec::new();
        for job in jobs {
            match outcomes.next().unwrap_or(Outcome::Trouble) {
                Outcome::Applied => answer(job.done, Ok(())),
                Outcome::Trouble => again.push(job),
                Outcome::Poison(reason) => {
                    let letter = DeadLetter { message_id: job.message_id, reason, body: job.body, at: self.clock.now() };
                    answer(job.done, bury(&self.dead_letters, letter).await);
                }
            }
        }
        again
    }
}

/// What the message says.
fn read(message: &Incoming) -> Result<Publication, String> {
    let attributes = message.attributes.len();
    if attributes > ATTRIBUTES_MAX {
        return Err(format!("it has {attributes} attributes; raw delivery drops a message with more than {ATTRIBUTES_MAX}"));
    }
    let publication = sns::parse(&message.body, &message.message_id, message.sent).map_err(|poison| poison.reason)?;
    let attributes = message.attributes.iter().map(|attribute| sns::Attribute {
        name: &attribute.name,
        data_type: &attribute.data_type,
        value: attribute.value.text(),
    });
    sns::check_attributes(attributes, &publication).map_err(|poison| poison.reason)?;
    Ok(publication)
}

/// A letter that cannot be kept is not given up.
async fn bury(dead_letters: &DeadLetters, letter: DeadLetter) -> Result<(), IntakeError> {
    dead_letters.add(letter).await.map_err(|error| {
        tracing::error!("a dead letter could not be written: {error}");
        IntakeError::NotStored
    })
}

/// A publisher that has gone needs no answer.
fn answer(done: oneshot::Sender<Result<(), IntakeError>>, result: Result<(), IntakeError>) {
    let _ = done.send(result);
}

#[cfg(test)]
#[path = "bus_tests.rs"]
mod tests;
