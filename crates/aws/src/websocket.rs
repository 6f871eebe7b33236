//! API Gateway's WebSocket events: `$connect`, `$disconnect`, and what a client says.
//!
//! Whatever is told to a client is posted; the answer to an event decides only whether a socket is opened.

mod connect;

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use belfry_http::app::App;
use belfry_http::failure::Failure;
use bytes::Bytes;
use contract::event::{ReaderName, encode};
use contract::socket::{self, Answer, BadMessage, Batch, ClientMessage};
use contract::{cursor, query};
use inbox::backoff::Backoff;
use inbox::id::ConnectionId;
use inbox::position::{Feed, Segment};
use service::chain::Chain;
use service::{After, Error, Push, PushError, Resumed};

/// How often an answer is tried; then its client asks again.
const ATTEMPTS: u32 = 5;
/// With five tries some 3 s of waiting for the unluckiest, or 8 s where each refusal names a time.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2) };

/// What a client says is answered within this, or not: `$default` is cut after 29 s, and its metrics with it.
const ANSWER_MAX: Duration = Duration::from_secs(25);

/// What `websocket` does with an event. The local process does the same with its own.
#[derive(Clone)]
pub struct Sockets {
    /// The use cases, and whose tokens are good.
    pub app: App,
    /// How clients are told.
    pub push: Arc<dyn Push>,
}

impl Sockets {
    /// Handles one event. 200, or what refuses a socket: 401, 503.
    pub async fn handle(&self, event: ApiGatewayWebsocketProxyRequest) -> ApiGatewayProxyResponse {
        let context = &event.request_context;
        let Some(id) = context.connection_id.as_deref().and_then(|id| ConnectionId::parse(id).ok()) else {
            tracing::error!("an event names no connection");
            return connect::answer(400);
        };
        match context.event_type.as_deref() {
            Some("CONNECT") => self.connect(&id, &event).await,
            Some("DISCONNECT") => {
                self.disconnect(&id).await;
                connect::answer(200)
            }
            Some("MESSAGE") => {
                if tokio::time::timeout(ANSWER_MAX, self.said(&id, &event)).await.is_err() {
                    tracing::warn!(connection.id = %id, waited_ms = ANSWER_MAX.as_millis(), "an answer took too long; its client asks again");
                }
                connect::answer(200)
            }
            Some(_) | None => {
                tracing::error!("an event is neither CONNECT, nor DISCONNECT, nor MESSAGE");
                connect::answer(400)
            }
        }
    }

    async fn disconnect(&self, id: &ConnectionId) {
        if let Err(error) = self.app.service.disconnect(id).await {
            // Its row expires, or the next push finds the socket gone.
            tracing::warn!(connection.id = %id, error = %Chain(&error), "a closed socket's row stays");
        }
    }

    async fn said(&self, id: &ConnectionId, event: &ApiGatewayWebsocketProxyRequest) {
        let message = match event.body.as_deref() {
            Some(_) if event.is_base64_encoded => Err(BadMessage::Binary),
            text => socket::parse(text.unwrap_or_default()),
        };
        match message {
            Ok(ClientMessage::Resume { after }) => self.resume(id, after).await,
            Ok(ClientMessage::Ping) => self.ping(id).await,
            Err(bad) => self.fault(id, bad).await,
        }
    }

    async fn resume(&self, id: &ConnectionId, after: query::After) {
        let before = match &after {
            query::After::Position(position) => Some(cursor::position_text(position)),
            query::After::Now | query::After::Unreadable => None,
        };
        match self.app.service.resume(id, to_after(after)).await {
            Ok(resumed) => {
                let name = ReaderName::new(&resumed.reader.user);
                for message in answer(&resumed, before).messages(&name) {
                    if !self.tell(id, message).await {
                        return;
                    }
                }
            }
            Err(error) => self.failed(id, error).await,
        }
    }

    async fn ping(&self, id: &ConnectionId) {
        match self.app.service.ping(id).await {
            Ok(positions) => {
                self.tell(id, socket::positions(&named(&positions.0))).await;
            }
            Err(error) => self.failed(id, error).await,
        }
    }

    /// A bad message is answered; a client that sends one after the other is shown out.
    async fn fault(&self, id: &ConnectionId, bad: BadMessage) {
        tracing::info!(connection.id = %id, "a socket sent a bad message");
        if !self.tell(id, socket::error(&bad.into())).await {
            return;
        }
        match self.app.service.socket_fault(id).await {
            Ok(true) => self.close(id).await,
            Ok(false) => {}
            Err(error) => self.failed(id, error).await,
        }
    }

    /// A socket that is not known is closed: its client connects anew. Any other failure is told, and the client asks again.
    async fn failed(&self, id: &ConnectionId, error: Error) {
        if matches!(error, Error::NotFound(_)) {
            return self.close(id).await;
        }
        let Failure(problem) = error.into();
        self.tell(id, socket::error(&problem)).await;
    }

    async fn close(&self, id: &ConnectionId) {
        match self.push.close(id).await {
            Ok(()) | Err(PushError::Gone) => {}
            Err(error) => tracing::warn!(connection.id = %id, %error, "a socket could not be closed"),
        }
        self.disconnect(id).await;
    }

    /// Tells a client; `false` where that is given up, or nobody hears any more.
    async fn tell(&self, id: &ConnectionId, message: impl Into<Bytes>) -> bool {
        let message = message.into();
        for attempt in 1..=ATTEMPTS {
            let wait = match self.push.post(id, message.clone()).await {
                Ok(()) => return true,
                Err(PushError::Gone) => {
                    self.disconnect(id).await;
                    return false;
                }
                Err(PushError::TooLarge) => break,
                Err(PushError::Throttled { .. } | PushError::Failed) if attempt == ATTEMPTS => break,
                Err(PushError::Throttled { retry_after }) => retry_after.unwrap_or_default().min(BACKOFF.cap),
                Err(PushError::Failed) => Duration::ZERO,
            };
            tokio::time::sleep(wait + BACKOFF.wait(attempt - 1, self.app.service.entropy().u64())).await;
        }
        tracing::warn!(connection.id = %id, "an answer is lost; its client asks again");
        false
    }
}

fn answer(resumed: &Resumed, before: Option<String>) -> Answer<'_> {
    let batch =
        |step: &service::Step| Batch { events: step.events.iter().map(encode).collect(), cursor: cursor::position_text(&step.position) };
    let cursor = cursor::position_text(&resumed.position);
    Answer {
        before: before.unwrap_or_else(|| cursor.clone()),
        batches: resumed.steps.iter().map(batch).collect(),
        cursor,
        positions: named(&resumed.positions.0),
        more: resumed.more,
    }
}

fn named(feeds: &[(Feed, Segment)]) -> Vec<(&str, Segment)> {
    feeds.iter().map(|(feed, segment)| (feed.name(), *segment)).collect()
}

fn to_after(after: query::After) -> After {
    match after {
        query::After::Now => After::Now,
        query::After::Position(position) => After::Position(position),
        query::After::Unreadable => After::Unreadable,
    }
}
