//! Messages to sockets, through API Gateway's management endpoint. It tries once: the use cases wait and try again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequestContext;
use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::primitives::Blob;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use bytes::Bytes;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::id::ConnectionId;
use service::chain::Chain;
use service::{Push, PushError};

use crate::clients::Clients;
use crate::telemetry::{Counts, Metric};

/// The management endpoint of one API and stage.
#[derive(Debug)]
pub struct Gateway {
    clients: Arc<Clients>,
    endpoint: OnceLock<String>,
    client: OnceLock<Client>,
    tally: Tally,
}

/// What became of messages since the process began.
#[derive(Debug, Default)]
struct Tally {
    posted: AtomicU64,
    gone: AtomicU64,
    throttled: AtomicU64,
}

impl Gateway {
    /// At this address; without one, [`Gateway::learn`] tells it.
    pub fn new(clients: Arc<Clients>, endpoint: Option<String>) -> Self {
        let known = OnceLock::new();
        if let Some(endpoint) = endpoint {
            let _ = known.set(endpoint);
        }
        Self { clients, endpoint: known, client: OnceLock::new(), tally: Tally::default() }
    }

    /// Takes the address from an event of the same API, where none was given.
    pub fn learn(&self, context: &ApiGatewayWebsocketProxyRequestContext) {
        if let (Some(domain), Some(stage)) = (&context.domain_name, &context.stage) {
            self.endpoint.get_or_init(|| format!("https://{domain}/{stage}"));
        }
    }

    /// What was counted since the last time.
    pub fn take_counts(&self, counts: &mut Counts) {
        counts.add(Metric::PushesPosted, self.tally.posted.swap(0, Ordering::Relaxed));
        counts.add(Metric::PushesGone, self.tally.gone.swap(0, Ordering::Relaxed));
        counts.add(Metric::PushesThrottled, self.tally.throttled.swap(0, Ordering::Relaxed));
    }

    fn client(&self) -> Result<&Client, PushError> {
        let endpoint = self.endpoint.get().ok_or(PushError::Failed)?;
        Ok(self.client.get_or_init(|| self.clients.sockets(endpoint)))
    }

    async fn post_once(&self, connection: &ConnectionId, message: Bytes) -> Result<(), PushError> {
        let sent = self.client()?.post_to_connection().connection_id(connection.as_str()).data(Blob::new(Vec::from(message))).send().await;
        let answer = sent.map(drop).map_err(|error| refusal(&error));
        let counter = match answer {
            Ok(()) => &self.tally.posted,
            Err(PushError::Gone) => &self.tally.gone,
            Err(PushError::Throttled { .. }) => &self.tally.throttled,
            Err(PushError::TooLarge | PushError::Failed) => return answer,
        };
        counter.fetch_add(1, Ordering::Relaxed);
        answer
    }
}

/// By the status, since emulators and the service itself do not agree on the error's name.
fn refusal<E: std::error::Error + 'static>(error: &SdkError<E, HttpResponse>) -> PushError {
    let Some(answer) = error.raw_response() else {
        tracing::debug!(error = %Chain(error), "a socket's side could not be reached");
        return PushError::Failed;
    };
    match answer.status().as_u16() {
        410 => PushError::Gone,
        413 => PushError::TooLarge,
        429 => PushError::Throttled {
            retry_after: answer.headers().get("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs),
        },
        status => {
            // Each try of each socket comes here: whoever pushes or does a job says once what is lost.
            tracing::debug!(status, "a socket's side answered {status}");
            PushError::Failed
        }
    }
}

impl Push for Gateway {
    fn post<'a>(&'a self, connection: &'a ConnectionId, message: Bytes) -> BoxFuture<'a, Result<(), PushError>> {
        self.post_once(connection, message).boxed()
    }

    fn close<'a>(&'a self, connection: &'a ConnectionId) -> BoxFuture<'a, Result<(), PushError>> {
        async move {
            let closed = self.client()?.delete_connection().connection_id(connection.as_str()).send().await;
            closed.map(drop).map_err(|error| refusal(&error))
        }
        .boxed()
    }
}
