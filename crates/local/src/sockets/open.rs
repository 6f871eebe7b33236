//! `/ws`: the handshake. `$connect` is asked first, and a refusal is an HTTP answer, without a socket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_lambda_events::encodings::Body as EventBody;
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use belfry_http::failure::Failure;
use contract::problem::Problem;
use http::header::{CONTENT_LENGTH, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::event::{self, Socket};
use super::hall::Place;
use super::line::{Line, Peer};
use super::{Sockets, session};
use crate::ports::Entropy;

/// How long a client may take to become a socket once it was told that it may.
const UPGRADE_WAIT: Duration = Duration::from_secs(10);
/// When a client that finds us full or ending should come again.
const COME_AGAIN: Duration = Duration::from_secs(5);

pub(super) async fn open(State(sockets): State<Sockets>, mut request: Request<Body>) -> Response {
    if request.method() != Method::GET {
        return Failure(Problem::MethodNotAllowed("GET".to_owned())).into_response();
    }
    let Ok(mut switching) = create_response_with_body(&request, Body::empty) else {
        return Failure(Problem::UpgradeRequired).into_response();
    };
    // Held from here on: of many that come at once, no more are let in than there is room for.
    let Some(place) = sockets.hall.take_place(sockets.most) else {
        return Failure(Problem::Busy(COME_AGAIN)).into_response();
    };
    let upgrade = hyper::upgrade::on(&mut request);
    let (parts, _) = request.into_parts();
    let now = sockets.clock.now();
    let socket = Socket::new(new_id(&*sockets.entropy), &parts, peer(&parts), now);
    let Ok(event) = socket.connect(&parts, now, &*sockets.entropy) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let answer = (sockets.handler)(event).await;
    if !(200..300).contains(&answer.status_code) {
        return refused(answer);
    }
    if let Some(protocol) = header(&answer, &SEC_WEBSOCKET_PROTOCOL) {
        switching.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
    }
    tokio::spawn(serve(sockets, socket, place, upgrade));
    switching
}

/// From the moment at which the client may become a socket, to the end of that socket.
async fn serve(sockets: Sockets, socket: Socket, place: Place, upgrade: OnUpgrade) {
    match tokio::time::timeout(UPGRADE_WAIT, upgrade).await {
        Ok(Ok(upgraded)) => {
            let (line, waiting) = Line::new(socket.peer().clone(), sockets.clock.now());
            let stay = sockets.hall.enter(socket.id(), line);
            // From here on the open socket itself is counted.
            drop(place);
            session::run(TokioIo::<Upgraded>::new(upgraded), &sockets, &socket, &stay, waiting).await;
        }
        // It was connected, as far as its handler knows.
        Ok(Err(_)) | Err(_) => session::tell_the_end(&sockets, &socket, (1006, "Connection closed abnormally")).await,
    }
}

/// As API Gateway's look: `L0SM9cOFvHcCIhw=`.
fn new_id(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 11];
    entropy.fill(&mut bytes);
    URL_SAFE.encode(bytes)
}

fn peer(parts: &Parts) -> Peer {
    let ip = parts.extensions.get::<ConnectInfo<SocketAddr>>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    Peer::new(ip.to_canonical(), event::user_agent(&parts.headers))
}

fn header(answer: &ApiGatewayProxyResponse, name: &http::HeaderName) -> Option<HeaderValue> {
    answer.headers.get(name).or_else(|| answer.multi_value_headers.get(name)).cloned()
}

/// What `$connect` answered, as an answer to the request.
fn refused(answer: ApiGatewayProxyResponse) -> Response {
    let status = u16::try_from(answer.status_code).ok().and_then(|status| StatusCode::from_u16(status).ok());
    // Anything that does not refuse in HTTP's words is a fault of the handler's, as on AWS.
    let status = status.filter(|status| status.as_u16() >= 300).unwrap_or(StatusCode::BAD_GATEWAY);
    let body = match answer.body {
        Some(EventBody::Text(text)) if answer.is_base64_encoded => STANDARD.decode(text).unwrap_or_default(),
        Some(EventBody::Text(text)) => text.into_bytes(),
        Some(EventBody::Binary(bytes)) => bytes,
        Some(_) | None => Vec::new(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    copy(&answer.headers, response.headers_mut());
    copy(&answer.multi_value_headers, response.headers_mut());
    response
}

fn copy(from: &HeaderMap, to: &mut HeaderMap) {
    for name in from.keys().filter(|name| **name != CONTENT_LENGTH) {
        to.remove(name);
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
}

#[cfg(test)]
#[path = "open_tests.rs"]
mod tests;
