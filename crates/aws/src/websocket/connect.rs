//! `$connect`: who may open a socket.

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use aws_lambda_events::encodings::Body;
use axum::extract::FromRequestParts as _;
use belfry_http::caller::SocketCaller;
use belfry_http::failure::Failure;
use contract::problem::{MEDIA_TYPE, Problem, Unauthenticated};
use http::header::{CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Uri};
use inbox::id::ConnectionId;

use super::Sockets;

impl Sockets {
    pub(super) async fn connect(&self, id: &ConnectionId, event: &ApiGatewayWebsocketProxyRequest) -> ApiGatewayProxyResponse {
        let mut parts = request(event);
        let protocol = protocol(&parts.headers);
        match self.admit(id, &mut parts).await {
            Ok(()) => {
                let mut answer = answer(200);
                // A browser closes a socket on which the protocol that it asked for was not agreed to.
                answer.headers.extend(protocol.map(|protocol| (SEC_WEBSOCKET_PROTOCOL, protocol)));
                answer
            }
            Err(Failure(problem)) => refused(&problem),
        }
    }

    async fn admit(&self, id: &ConnectionId, parts: &mut Parts) -> Result<(), Failure> {
        let SocketCaller(caller) = SocketCaller::from_request_parts(parts, &self.app).await?;
        if caller.expires <= self.app.service.clock().now() {
            return Err(Failure(Problem::Unauthenticated(Unauthenticated::Expired)));
        }
        Ok(self.app.service.connect(id, &caller.reader, caller.expires).await?)
    }
}

/// The handshake's request, as far as a caller is known by it.
fn request(event: &ApiGatewayWebsocketProxyRequest) -> Parts {
    let query = if event.multi_value_query_string_parameters.is_empty() {
        &event.query_string_parameters
    } else {
        &event.multi_value_query_string_parameters
    };
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.uri = format!("/?{}", query.to_query_string()).parse().unwrap_or_else(|_| Uri::from_static("/"));
    parts.headers = event.multi_value_headers.clone();
    for (name, value) in &event.headers {
        parts.headers.entry(name).or_insert_with(|| value.clone());
    }
    parts
}

/// The first protocol that is asked for.
fn protocol(headers: &HeaderMap) -> Option<HeaderValue> {
    let first = headers.get(SEC_WEBSOCKET_PROTOCOL)?.as_bytes().split(|byte| *byte == b',').next()?;
    HeaderValue::from_bytes(first.trim_ascii()).ok().filter(|protocol| !protocol.is_empty())
}

fn refused(problem: &Problem) -> ApiGatewayProxyResponse {
    let mut answer = answer(problem.status().into());
    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    let known = problem.headers().into_iter().filter(|(_, value)| !value.is_empty());
    answer.headers.extend(known.filter_map(|(name, value)| Some((HeaderName::from_static(name), HeaderValue::try_from(value).ok()?))));
    answer.body = Some(Body::Text(problem.to_json()));
    answer
}

pub(super) fn answer(status: i64) -> ApiGatewayProxyResponse {
    let mut answer = ApiGatewayProxyResponse::default();
    answer.status_code = status;
    answer
}
