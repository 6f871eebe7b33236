//! API Gateway's WebSocket events, field by field as it sends them.
//!
//! Source: Amazon API Gateway developer guide, "Set up a WebSocket API integration request" and "API Gateway WebSocket API
//! mapping template reference" (2026), and events that were recorded. They are made as JSON and read as a function reads them,
//! so that what is not of this form is found here.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use http::header::{HOST, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use inbox::moment::Moment;
use serde_json::{Map, Value, json};

use super::line::Peer;
use crate::ports::{Clock, Entropy};
use crate::random::uuid_v4;

/// The stage, and the API, that this process is.
const LOCAL: &str = "local";

/// What all events of one socket have in common.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    id: String,
    domain: String,
    peer: Peer,
    connected: Moment,
}

/// A client's request that is no event: a header that no JSON can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoEvent;

impl Socket {
    /// A socket that is being opened by this request.
    pub(super) fn new(id: String, parts: &Parts, peer: Peer, now: Moment) -> Self {
        let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        Self { id, domain: host.to_owned(), peer, connected: now }
    }

    /// Its id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Who is at the other end.
    pub(super) fn peer(&self) -> &Peer {
        &self.peer
    }

    /// `$connect`: the client's headers and query.
    pub(super) fn connect(&self, parts: &Parts, now: Moment, entropy: &dyn Entropy) -> Result<ApiGatewayWebsocketProxyRequest, NoEvent> {
        let mut event = self.event("$connect", "CONNECT", now, entropy);
        (event["headers"], event["multiValueHeaders"]) = headers(&parts.headers);
        let query = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let pairs: Vec<(String, String)> = query.map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
        if !pairs.is_empty() {
            (event["queryStringParameters"], event["multiValueQueryStringParameters"]) = maps(pairs);
        }
        serde_json::from_value(event).map_err(|_| NoEvent)
    }

    /// `$default`: what the client said; bytes as base64.
    pub(super) fn message(
        &self,
        said: &Said,
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<ApiGatewayWebsocketProxyRequest, NoEvent> {
        let mut event = self.event("$default", "MESSAGE", clock.now(), entropy);
        event["requestContext"]["messageId"] = json!(message_id(entropy));
        event["body"] = json!(said.body);
        event["isBase64Encoded"] = json!(said.base64);
        serde_json::from_value(event).map_err(|_| NoEvent)
    }

    /// `$disconnect`: how it ended.
    pub(super) fn disconnect(
        &self,
        (code, reason): (u16, &str),
        clock: &dyn Clock,
        entropy: &dyn Entropy,
    ) -> Result<ApiGatewayWebsocketProxyRequest, NoEvent> {
        let mut event = self.event("$disconnect", "DISCONNECT", clock.now(), entropy);
        let headers = [("Host".to_owned(), self.domain.clone()), ("x-api-key".to_owned(), String::new())];
        (event["headers"], event["multiValueHeaders"]) = maps(headers.to_vec());
        event["requestContext"]["disconnectStatusCode"] = json!(code);
        event["requestContext"]["disconnectReason"] = json!(reason);
        serde_json::from_value(event).map_err(|_| NoEvent)
    }

    fn event(&self, route: &str, kind: &str, now: Moment, entropy: &dyn Entropy) -> Value {
        let request = message_id(entropy);
        json!({
            "requestContext": {
                "routeKey": route,
                "eventType": kind,
                "extendedRequestId": request,
                "requestTime": request_time(now),
                "messageDirection": "IN",
                "stage": LOCAL,
                "connectedAt": self.connected.millis(),
                "requestTimeEpoch": now.millis(),
                "identity": { "sourceIp": self.peer.ip.to_string(), "userAgent": self.peer.user_agent },
                "requestId": request,
                "domainName": self.domain,
                "connectionId": self.id,
                "apiId": LOCAL,
            },
            "isBase64Encoded": false,
        })
    }
}

/// A client's message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) body: String,
    pub(super) base64: bool,
}

/// What a client says of itself.
pub(super) fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn headers(headers: &HeaderMap) -> (Value, Value) {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    maps(headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect())
}

/// Every name with its last value, and every name with all of them.
fn maps(pairs: Vec<(String, String)>) -> (Value, Value) {
    let (mut single, mut multi) = (Map::new(), Map::new());
    for (name, value) in pairs {
        if let Value::Array(values) = multi.entry(name.clone()).or_insert_with(|| json!([])) {
            values.push(json!(value));
        }
        single.insert(name, json!(value));
    }
    (single.into(), multi.into())
}

fn message_id(entropy: &dyn Entropy) -> String {
    uuid_v4(entropy)
}

/// `25/Nov/2026:08:00:00 +0000`.
fn request_time(now: Moment) -> String {
    let time = jiff::Timestamp::from_second(now.seconds()).unwrap_or_default();
    time.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string()
}
