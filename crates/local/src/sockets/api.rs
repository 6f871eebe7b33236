//! `/@connections/{id}`: whoever may sign posts to a socket, asks for it, or closes it.
//!
//! Source of statuses and codes: Amazon API Gateway management API reference (2026).

use axum::body::{Body, to_bytes};
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, Method, Request, StatusCode};
use inbox::moment::Moment;
use serde_json::{Value, json};

use super::Sockets;
use super::ending::Ending;
use super::line::{Line, NotTaken};
use crate::random::uuid_v4;
use crate::sigv4::{self, Denied};

/// The service in whose name requests are signed.
const SERVICE: &str = "execute-api";
/// Most bytes of a request that are looked at: what is over the limit of a message is told so only to who may post.
const REQUEST_BYTES: usize = 1_024 * 1_024;
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Denied(#[from] Denied),
    #[error("Gone")]
    Gone,
    #[error("Message too long")]
    TooLarge,
    #[error("Missing Authentication Token")]
    NoSuchMethod,
}

impl Refused {
    const fn answer(self) -> (StatusCode, &'static str) {
        match self {
            Self::Denied(Denied::NoToken) | Self::NoSuchMethod => (StatusCode::FORBIDDEN, "MissingAuthenticationTokenException"),
            Self::Denied(Denied::Incomplete(_)) => (StatusCode::FORBIDDEN, "IncompleteSignatureException"),
            Self::Denied(Denied::UnknownKey) => (StatusCode::FORBIDDEN, "UnrecognizedClientException"),
            Self::Denied(Denied::WrongService(_) | Denied::Mismatch(_)) => (StatusCode::FORBIDDEN, "InvalidSignatureException"),
            Self::Gone => (StatusCode::GONE, "GoneException"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException"),
        }
    }
}

pub(super) async fn handle(State(sockets): State<Sockets>, Path(id): Path<String>, request: Request<Body>) -> Response {
    let request_id = uuid_v4(&*sockets.entropy);
    let mut response = match answer(&sockets, &id, request).await {
        Ok(response) => response,
        Err(refused) => {
            let (status, kind) = refused.answer();
            let body = json!({ "message": refused.to_string(), "connectionId": id, "requestId": request_id });
            (status, [(CONTENT_TYPE, "application/json"), (ERROR_TYPE, kind)], body.to_string()).into_response()
        }
    };
    response.headers_mut().extend(request_id.parse().ok().map(|id| (REQUEST_ID, id)));
    response
}

async fn answer(sockets: &Sockets, id: &str, request: Request<Body>) -> Result<Response, Refused> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, REQUEST_BYTES).await.map_err(|_| Refused::TooLarge)?;
    sigv4::verify(&sockets.keys, SERVICE, &parts, &body, sockets.clock.now())?;
    let line = || sockets.hall.line(id).ok_or(Refused::Gone);
    match parts.method {
        Method::POST => post(&*line()?, body).await,
        Method::GET => Ok(about(&*line()?)),
        Method::DELETE => {
            line()?.end(Ending::ByHandler);
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        _ => Err(Refused::NoSuchMethod),
    }
}

async fn post(line: &Line, message: Bytes) -> Result<Response, Refused> {
    line.post(message).await.map_err(|error| match error {
        NotTaken::TooLarge => Refused::TooLarge,
        NotTaken::Gone => Refused::Gone,
    })?;
    Ok(StatusCode::OK.into_response())
}

fn about(line: &Line) -> Response {
    let about = json!({
        "connectedAt": time(line.connected),
        "identity": { "sourceIp": line.peer.ip.to_string(), "userAgent": line.peer.user_agent },
        "lastActiveAt": time(line.last_active()),
    });
    (StatusCode::OK, [(CONTENT_TYPE, "application/json")], about.to_string()).into_response()
}

fn time(moment: Moment) -> Value {
    jiff::Timestamp::from_millisecond(moment.millis()).map_or(Value::Null, |time| json!(time.to_string()))
}
