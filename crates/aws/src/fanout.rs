//! A background job of the queue: done, or as much of it as there is time for.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use contract::job;
use inbox::moment::Moment;
use service::chain::Chain;
use service::{Pace, Service};

use crate::dead_letters::DeadLetterQueue;
use crate::telemetry::{Counts, Metric};

/// What is kept back of the invocation's time, for handing on and for answering.
const RESERVE: Duration = Duration::from_secs(5);

/// What `fanout` does with a message.
#[derive(Clone)]
pub struct Fanout {
    service: Service,
    dead_letters: Arc<DeadLetterQueue>,
    pace: Pace,
}

impl Fanout {
    /// Does jobs by these use cases, with so many posts a second; what is no job goes to that queue.
    pub fn new(service: Service, dead_letters: DeadLetterQueue, posts_per_second: u32) -> Self {
        Self { service, dead_letters: Arc::new(dead_letters), pace: Pace { posts_per_second } }
    }

    /// Does the jobs of an event, one after the other, within the invocation's time: what is left of one is in the queue when this returns.
    pub async fn handle(&self, event: SqsEvent, deadline: Moment, counts: &mut Counts) -> SqsBatchResponse {
        let mut response = SqsBatchResponse::default();
        for record in event.records {
            let id = record.message_id.unwrap_or_default();
            if !self.work(&id, record.body.as_deref().unwrap_or_default(), deadline, counts).await {
                response.add_failure(id);
            }
        }
        response
    }

    async fn work(&self, id: &str, text: &str, deadline: Moment, counts: &mut Counts) -> bool {
        let job = match job::parse(text) {
            Ok(job) => job,
            Err(bad) => return self.dead_letters.bury(id, text, &bad.to_string()).await.is_ok(),
        };
        match self.service.work(&job, deadline.minus(RESERVE), self.pace).await {
            Ok(worked) => {
                counts.add(Metric::PushesLost, worked.lost);
                if worked.lost > 0 {
                    tracing::warn!(message.id = id, lost = worked.lost, retried = worked.retried, "pushes of a job are lost");
                }
                tracing::info!(
                    message.id = id,
                    posted = worked.posted,
                    gone = worked.gone,
                    retried = worked.retried,
                    lost = worked.lost,
                    swept = worked.swept,
                    handed_on = worked.handed_on.is_some(),
                    "a job was worked on"
                );
                true
            }
            Err(error) => {
                tracing::warn!(message.id = id, error = %Chain(&error), "a job is left to the queue");
                false
            }
        }
    }
}
