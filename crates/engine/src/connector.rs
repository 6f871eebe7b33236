//! The SDK's HTTP client without HTTP: a request's body goes to the dispatcher, its answer comes back as a response.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

use crate::answer::Answer;
use crate::dispatch::Call;
use crate::faults::Cut;
use crate::token::CALLERS_TOKEN;
use crate::{Inner, Running};

/// Both the client and its one connector: there is nothing to pool.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: Arc<Inner>,
}

impl Connector {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpClient for Connector {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let inner = Arc::clone(&self.inner);
        HttpConnectorFuture::new(async move {
            let call = parse(&request)?;
            let answer = if inner.faults.are_on() { faulty(&inner, &call).await? } else { plain(inner, call).await? };
            respond(answer)
        })
    }
}

async fn plain(inner: Arc<Inner>, call: Call) -> Result<Answer, ConnectorError> {
    match inner.running {
        Running::Inline => {
            // Without this a task that never waits for anything else would keep its thread to itself.
            tokio::task::yield_now().await;
            Ok(inner.truth.run(&call))
        }
        Running::Blocking => {
            let done = tokio::task::spawn_blocking(move || inner.truth.run(&call)).await;
            done.map_err(|error| ConnectorError::other(error.into(), None))
        }
    }
}

/// Runs inline, whatever the engine is kept in: the order of the draws must be that of the tasks.
async fn faulty(inner: &Inner, call: &Call) -> Result<Answer, ConnectorError> {
    tokio::task::yield_now().await;
    let (before, after) = inner.faults.delays(call);
    sleep_ms(before).await;
    let outcome = inner.faults.run(&inner.truth, call);
    if let Some(commit) = outcome.answered_after {
        inner.faults.until_seen(commit).await;
    }
    sleep_ms(after).await;
    outcome.reply.map_err(|cut| match cut {
        Cut::Timeout => ConnectorError::timeout("the answer did not come in time (made up)".into()),
        Cut::Io => ConnectorError::io("the connection was closed before the answer (made up)".into()),
    })
}

async fn sleep_ms(ms: u64) {
    if ms > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(ms)).await;
    }
}

fn parse(request: &HttpRequest) -> Result<Call, ConnectorError> {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let operation = target.rsplit_once('.').map_or(target, |(_, name)| name).to_owned();
    let bytes = request.body().bytes().ok_or_else(|| ConnectorError::user("a streamed body".into()))?;
    let body = String::from_utf8(bytes.to_vec()).map_err(|error| ConnectorError::user(error.into()))?;
    Ok(Call { operation, body, callers_token: request.headers().contains_key(CALLERS_TOKEN) })
}

fn respond(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = answer.status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(answer.body));
    response.headers_mut().insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
