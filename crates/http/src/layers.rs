//! What holds for every request, around all routes: its name in the logs, its address without a trailing slash, the
//! page's rights, and an answer in our form whatever happens inside.
//!
//! Logs hold the route's pattern and never an address, a query, a credential or a body.

use std::any::Any;

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{ALLOW, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use contract::problem::Problem;
use inbox::moment::Moment;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tracing::{Instrument, Span, debug, error, info, info_span};

use crate::app::{App, Settings};
use crate::cors::Cors;
use crate::failure::Failure;
use crate::slash;

/// Names a request in our logs and in its sender's.
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Which transports a client should try, in this order.
const BELFRY_TRANSPORTS: HeaderName = HeaderName::from_static("belfry-transports");
/// Where sockets are opened.
const BELFRY_SOCKETS: HeaderName = HeaderName::from_static("belfry-sockets");
/// Longest name that a sender may give a request, in bytes.
const REQUEST_ID_BYTES: usize = 64;
/// The answers are one user's own, and good for as long as their `ETag` says.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The pattern of the route that answered.
#[derive(Clone)]
struct Answered(MatchedPath);

/// Puts everything around `routes`. The address is changed before they look it up, hence a router around a router.
pub(crate) fn around(app: App, routes: Router) -> Router {
    let routes = inside(routes);
    Router::new().fallback(move |request| frame(app, routes, request))
}

/// What is around the routes once the address is as they know it.
fn inside(routes: Router) -> Router {
    routes.layer(CatchPanicLayer::custom(panicked)).layer(from_fn(note_route))
}

/// A path that nobody knows.
pub(crate) async fn not_found() -> Failure {
    Failure(Problem::NotFound)
}

/// A method that the path does not know: `OPTIONS` asks which it does, the others are refused. `Allow` is filled in by
/// the router, which knows.
pub(crate) async fn other_method(method: Method) -> Response {
    if method == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        Failure(Problem::MethodNotAllowed(String::new())).into_response()
    }
}

async fn frame(app: App, routes: Router, mut request: Request) -> Response {
    if let Some(uri) = slash::trimmed(request.uri()) {
        *request.uri_mut() = uri;
    }
    let began = app.service.clock().now();
    let id = request_id(&app, request.headers());
    let span = info_span!("request", request.id = id, method = %request.method());
    let cors = Cors::of(&request, &app.settings.allowed_origins);
    let mut response = if cors.is_preflight() { StatusCode::NO_CONTENT.into_response() } else { answered(routes, request, &span).await };
    log(&span, &response, began, app.service.clock().now());
    mark(response.headers_mut(), &id, &app.settings);
    cors.mark(response.headers_mut());
    response
}

/// A request that was begun is done to its end, in a task of its own: whoever asked may hang up (a page that is left) while its commit
/// is being stored, and then those who listen are to be told of it all the same.
async fn answered(routes: Router, request: Request, span: &Span) -> Response {
    let work = async move {
        let Ok(response) = routes.oneshot(request).await;
        response
    };
    match tokio::spawn(work.instrument(span.clone())).await {
        Ok(response) => response,
        // Panics were caught inside: the runtime is going.
        Err(stopped) => {
            error!(parent: span, error = %stopped, "a request was given up");
            Failure(Problem::Internal).into_response()
        }
    }
}

/// The sender's own name for the request, where it can stand in a log; else a new one.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let sent = headers.get(X_REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable = sent.filter(|text| (1..=REQUEST_ID_BYTES).contains(&text.len()));
    let usable = usable.filter(|text| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-')));
    usable.map_or_else(|| app.service.new_event_id().as_str().to_owned(), ToOwned::to_owned)
}

fn mark(headers: &mut HeaderMap, id: &str, settings: &Settings) {
    if let Some(allow) = headers.get(ALLOW).and_then(|allow| allow.to_str().ok()).and_then(with_options) {
        headers.insert(ALLOW, allow);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(PRIVATE);
    let order: Vec<_> = settings.transports.iter().map(|transport| transport.as_str()).collect();
    headers.extend(HeaderValue::try_from(order.join(", ")).ok().map(|order| (BELFRY_TRANSPORTS, order)));
    let sockets = settings.sockets_url.as_deref().and_then(|url| HeaderValue::try_from(url).ok());
    headers.extend(sockets.map(|url| (BELFRY_SOCKETS, url)));
    headers.extend(HeaderValue::try_from(id).ok().map(|id| (X_REQUEST_ID, id)));
}

/// `GET,HEAD` as people write it, and with the method that every path knows.
fn with_options(allow: &str) -> Option<HeaderValue> {
    let methods: Vec<_> = allow.split(',').map(str::trim).filter(|method| !method.is_empty() && *method != "OPTIONS").collect();
    HeaderValue::try_from(format!("{}, OPTIONS", methods.join(", "))).ok()
}

fn log(span: &Span, response: &Response, began: Moment, now: Moment) {
    let route = response.extensions().get::<Answered>().map_or("none", |route| route.0.as_str());
    let (status, took_ms) = (response.status().as_u16(), now.since(began).as_millis());
    span.in_scope(|| {
        if route == "/healthz" {
            debug!(route, status, took_ms, "{route} answered {status}");
        } else {
            info!(route, status, took_ms, "{route} answered {status}");
        }
    });
}

async fn note_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Answered(route));
    }
    response
}

/// What a handler said when it panicked is for the log alone.
#[expect(clippy::needless_pass_by_value, reason = "the layer hands the payload over")]
fn panicked(payload: Box<dyn Any + Send>) -> Response<Body> {
    let words = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    error!(panic = words.unwrap_or("not a text"), "a handler panicked");
    Failure(Problem::Internal).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use axum::routing::get;
    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn a_request_whose_sender_hangs_up_is_done_to_its_end() {
        let (stored, told) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (waits, tells) = (Arc::clone(&stored), Arc::clone(&told));
        let handler = async move || {
            waits.notified().await;
            tells.store(true, Ordering::Relaxed);
        };
        let span = Span::none();
        {
            let asked = answered(Router::new().route("/", get(handler)), Request::default(), &span);
            tokio::pin!(asked);
            tokio::select! { biased; _ = &mut asked => unreachable!("it waits"), () = tokio::task::yield_now() => {} }
        }
        stored.notify_one();
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert!(told.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_is_a_problem_without_a_word_of_it() {
        let text = async || -> StatusCode { panic!("the token of {}", "anna") };
        let word = async || -> StatusCode { panic!("the token") };
        let other = async || -> StatusCode { std::panic::panic_any(7) };
        let routes = inside(Router::new().route("/text", get(text)).route("/word", get(word)).route("/other", get(other)));
        let plain = axum::body::to_bytes(Failure(Problem::Internal).into_response().into_body(), 1 << 10).await.unwrap();
        for path in ["/text", "/word", "/other"] {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = answered(routes.clone(), request, &Span::none()).await;
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert_eq!(response.extensions().get::<Answered>().map(|route| route.0.as_str()), Some(path), "the log names the route");
            let told = axum::body::to_bytes(response.into_body(), 1 << 10).await.unwrap();
            assert_eq!(told, plain, "the problem is the same whatever a handler said");
        }
        assert!(!String::from_utf8_lossy(&plain).contains("token"));
    }

    #[test]
    fn allow_names_options_once() {
        for from in ["GET,HEAD", "GET, HEAD, OPTIONS", "GET,HEAD,OPTIONS"] {
            assert_eq!(with_options(from).unwrap(), "GET, HEAD, OPTIONS", "{from}");
        }
    }
}
