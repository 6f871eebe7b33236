//! Background jobs in one process: a queue in memory, and two workers, so that a long broadcast does not keep sweeps waiting.
//!
//! Broadcasts are done one after the other: out of order, each socket would come and ask for what it thinks it missed. Jobs end with
//! the process; what is lost with them is found out by the next number, and by the next "delete all".

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::backoff::Backoff;
use service::ports::{Jobs, PublishError};
use service::{Job, Pace, Service};
use tokio::sync::mpsc;

use crate::ports::Entropy;

/// Most jobs that wait.
const WAITING_MAX: usize = 10_000;
/// Posts a second: more than one process can make, for they only go around its own corner.
const PACE: Pace = Pace { posts_per_second: 50_000 };
/// A job that takes longer is put in the queue again, behind those that wait.
const TURN: Duration = Duration::from_mins(5);
/// How often a job is tried.
const ATTEMPTS: u32 = 5;
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(5) };

/// Where jobs are handed in. Clones are one queue.
#[derive(Clone)]
pub struct JobQueue {
    broadcasts: mpsc::UnboundedSender<Job>,
    sweeps: mpsc::UnboundedSender<Job>,
    waiting: Arc<AtomicUsize>,
}

/// The queue's other end; [`JobWorker::run`] it, or no job is ever done.
pub struct JobWorker {
    broadcasts: mpsc::UnboundedReceiver<Job>,
    sweeps: mpsc::UnboundedReceiver<Job>,
    waiting: Arc<AtomicUsize>,
}

/// A queue and its worker.
pub fn queue() -> (JobQueue, JobWorker) {
    let ((broadcasts, broadcasts_out), (sweeps, sweeps_out)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let waiting = Arc::<AtomicUsize>::default();
    let queue = JobQueue { broadcasts, sweeps, waiting: Arc::clone(&waiting) };
    (queue, JobWorker { broadcasts: broadcasts_out, sweeps: sweeps_out, waiting })
}

impl JobQueue {
    fn put(&self, jobs: Vec<Job>) {
        for job in jobs {
            let queue = match job {
                Job::Fanout { .. } => &self.broadcasts,
                Job::Sweep { .. } => &self.sweeps,
            };
            // A worker that is gone ends with the process.
            let _ = queue.send(job);
        }
    }
}

impl Jobs for JobQueue {
    fn enqueue(&self, jobs: Vec<Job>, delay: Duration) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            if self.waiting.fetch_add(jobs.len(), Ordering::Relaxed) + jobs.len() > WAITING_MAX {
                self.waiting.fetch_sub(jobs.len(), Ordering::Relaxed);
                return Err(PublishError::Busy);
            }
            if delay.is_zero() {
                self.put(jobs);
            } else {
                let queue = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    queue.put(jobs);
                });
            }
            Ok(())
        }
        .boxed()
    }
}

impl JobWorker {
    /// Does jobs, for as long as it is run.
    pub async fn run(self, service: Service) {
        tokio::join!(work(&service, self.broadcasts, &self.waiting), work(&service, self.sweeps, &self.waiting));
    }
}

async fn work(service: &Service, mut jobs: mpsc::UnboundedReceiver<Job>, waiting: &AtomicUsize) {
    while let Some(job) = jobs.recv().await {
        waiting.fetch_sub(1, Ordering::Relaxed);
        attempt(service, &job).await;
    }
}

async fn attempt(service: &Service, job: &Job) {
    match insist(service.entropy(), || service.work(job, service.clock().now().plus(TURN), PACE)).await {
        Ok(worked) => tracing::debug!(?worked, "a job was done"),
        Err(error) => tracing::warn!("a job was given up after {ATTEMPTS} tries: {error}"),
    }
}

/// Tries until it is done, or often enough.
async fn insist<T, E: Display, F: Future<Output = Result<T, E>>>(entropy: &dyn Entropy, work: impl Fn() -> F) -> Result<T, E> {
    for attempt in 0..ATTEMPTS - 1 {
        match work().await {
            Ok(done) => return Ok(done),
            Err(error) => tracing::debug!(attempt, "a job failed, trying again: {error}"),
        }
        tokio::time::sleep(BACKOFF.wait(attempt, entropy.u64())).await;
    }
    work().await
}

#[cfg(test)]
mod tests {
    use inbox::id::UserId;
    use inbox::position::Feed;

    use super::*;

    fn sweep() -> Job {
        Job::Sweep { feed: Feed::user(None, UserId::parse("anna").unwrap()) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_job_waits_as_long_as_it_was_told_to() {
        let (queue, mut worker) = queue();
        queue.enqueue(vec![sweep()], Duration::from_secs(9)).await.unwrap();
        assert!(tokio::time::timeout(Duration::from_secs(8), worker.sweeps.recv()).await.is_err());
        assert_eq!(tokio::time::timeout(Duration::from_secs(2), worker.sweeps.recv()).await, Ok(Some(sweep())));
    }

    struct Fixed;

    impl Entropy for Fixed {
        fn u64(&self) -> u64 {
            50_000
        }
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    /// Five tries with four waits of 50 ms between them, and none after the last.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_after_the_last_try() {
        let tries = AtomicUsize::new(0);
        let fail = async || {
            tries.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>("no")
        };
        let given_up = tokio::time::timeout(Duration::from_millis(225), insist(&Fixed, fail)).await;
        assert_eq!((given_up, tries.into_inner()), (Ok(Err("no")), 5));
    }

    #[tokio::test]
    async fn so_many_wait_and_no_more() {
        let (queue, _worker) = queue();
        let many = vec![sweep(); WAITING_MAX];
        assert_eq!(queue.enqueue(many.clone(), Duration::ZERO).await, Ok(()));
        assert_eq!(queue.enqueue(vec![sweep()], Duration::ZERO).await, Err(PublishError::Busy));
    }
}
