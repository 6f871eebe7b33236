//! From an invocation to a handler and back, and the metrics that it leaves behind.

use std::convert::Infallible;
use std::sync::Arc;

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
        counts.add(Metric::CommitConflicts, self.service.table().meter().take_conflicts());
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

/// When the invocation's time is over.
fn deadline(context: &Context) -> Moment {
    Moment::from_millis(i64::try_from(context.deadline).unwrap_or(i64::MAX))
}
