//! The queue of background jobs.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use contract::job;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use service::chain::Chain;
use service::{Entropy, Job, Jobs, PublishError};

use crate::batch::{self, Refused};
use crate::clients::Clients;

/// SQS delays no message longer (`SendMessage`, API reference, 2026: 15 minutes).
const DELAY_S_MAX: u64 = 900;

/// The queue on AWS.
pub struct JobQueue {
    clients: Arc<Clients>,
    url: String,
    entropy: Arc<dyn Entropy>,
}

impl JobQueue {
    /// The queue of this address.
    pub fn new(clients: Arc<Clients>, url: String, entropy: Arc<dyn Entropy>) -> Self {
        Self { clients, url, entropy }
    }

    async fn offer(&self, jobs: Vec<(usize, String)>, delay_s: i32) -> Result<Vec<Refused>, PublishError> {
        let entry = |(id, text): (usize, String)| {
            SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(text).delay_seconds(delay_s).build()
        };
        let entries: Vec<_> = jobs.into_iter().map(entry).collect::<Result<_, _>>().map_err(|_| PublishError::Failed)?;
        let answer = self.clients.sqs().send_message_batch().queue_url(&self.url).set_entries(Some(entries)).send().await;
        let answer = answer.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "the queue of jobs could not be reached");
            PublishError::Failed
        })?;
        let refused = answer.failed().iter();
        Ok(refused.filter_map(|failed| Some(Refused { id: failed.id().parse().ok()?, for_good: failed.sender_fault() })).collect())
    }
}

impl Jobs for JobQueue {
    fn enqueue(&self, jobs: Vec<Job>, delay: Duration) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            let delay_s = i32::try_from(delay.as_millis().div_ceil(1_000).min(u128::from(DELAY_S_MAX))).unwrap_or(0);
            let texts = jobs.iter().map(job::encode).collect();
            for batch in batch::cut(texts, String::len) {
                batch::send(batch, &*self.entropy, |entries| self.offer(entries, delay_s)).await?;
            }
            Ok(())
        }
        .boxed()
    }
}

/// For a function that commits nothing, and so has no jobs.
#[derive(Clone, Copy, Debug)]
pub struct NoJobs;

impl Jobs for NoJobs {
    fn enqueue(&self, jobs: Vec<Job>, _: Duration) -> BoxFuture<'_, Result<(), PublishError>> {
        async move { if jobs.is_empty() { Ok(()) } else { Err(PublishError::Failed) } }.boxed()
    }
}
