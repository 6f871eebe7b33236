//! From an invocation to a handler and back, and the metrics that it leaves behind.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::FutureExt as _;
use inbox::moment::Moment;
use lambda_runtime::{Context, LambdaEvent};
use service::{Clock as _, Service};

use crate::fanout::Fanout;
use crate::push::Gateway;
use crate::sqs::Deliver;
use crate::system::SystemClock;
use crate::telemetry::{Counts, Metric};
use crate::websocket::Sockets;

/// What is counted beside a handler, and written when it is done.
#[derive(Clone)]
pub struct Watch {
    function: Arc<str>,
    service: Service,
    gateway: Option<Arc<Gateway>>,
}

impl Watch {
    /// Watches over the function of this name.
    pub fn new(function: &str, service: Service, gateway: Option<Arc<Gateway>>) -> Self {
        Self { function: function.into(), service, gateway }
    }

    /// Writes what this invocation counted, and what came to be beside it.
    pub fn emit(&self, mut counts: Counts) {
        if let Some(gateway) = &self.gateway {
            gateway.take_counts(&mut counts);
        }
        let meter = self.service.table().meter();
        counts.add(Metric::CommitConflicts, meter.take_conflicts());
        counts.add(Metric::LargestFeed, meter.take_largest_gb());
        counts.add(Metric::PushesLost, self.service.take_pushes_lost());
        counts.emit(&self.function, SystemClock.now());
    }
}

/// A batch of events.
///
/// # Errors
/// Never.
pub async fn deliver(event: LambdaEvent<SqsEvent>, deliver: Deliver, watch: Watch) -> Result<SqsBatchResponse, Infallible> {
    let mut counts = Counts::default();
    let deadline = deadline(&event.context);
    let response = deliver.handle(event.payload, deadline, &mut counts).await;
    watch.emit(counts);
    Ok(response)
}

/// Background jobs.
///
/// # Errors
/// Never.
pub async fn fanout(event: LambdaEvent<SqsEvent>, fanout: Fanout, watch: Watch) -> Result<SqsBatchResponse, Infallible> {
    let mut counts = Counts::default();
    let deadline = deadline(&event.context);
    let response = fanout.handle(event.payload, deadline, &mut counts).await;
    watch.emit(counts);
    Ok(response)
}

/// What happens to sockets.
///
/// # Errors
/// Never.
pub async fn websocket(
    event: LambdaEvent<ApiGatewayWebsocketProxyRequest>,
    sockets: Sockets,
    gateway: Arc<Gateway>,
    watch: Watch,
) -> Result<ApiGatewayProxyResponse, Infallible> {
    gateway.learn(&event.payload.request_context);
    // On the heap: it is a deep one, and the compiler counts.
    let response = sockets.handle(event.payload).boxed().await;
    watch.emit(Counts::default());
    Ok(response)
}

/// The longest that Lambda lets a function run (quotas, AWS Lambda developer guide, 2026).
const LONGEST: Duration = Duration::from_mins(15);

/// When the invocation's time is over.
fn deadline(context: &Context) -> Moment {
    over_at(context.deadline, SystemClock.now())
}

/// `cargo lambda watch` tells how much time there is, ten minutes, where Lambda tells the moment at which it is over.
fn over_at(told_ms: u64, now: Moment) -> Moment {
    let told = Duration::from_millis(told_ms);
    if told <= LONGEST { now.plus(told) } else { Moment::from_millis(i64::try_from(told_ms).unwrap_or(i64::MAX)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_ends_when_lambda_says_or_after_as_long_as_cargo_lambda_says() {
        let now = Moment::from_millis(1_796_087_400_000);
        assert_eq!(over_at(1_796_087_430_000, now), Moment::from_millis(1_796_087_430_000));
        assert_eq!(over_at(600_000, now), now.plus(Duration::from_mins(10)));
    }
}
