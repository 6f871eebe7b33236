//! API Gateway's REST events around the router: `lambda_http` makes a request of an event and an answer of a response, and this
//! mends both where it falls short (version 1.3).
//!
//! Before it: the lists of header values count and not the single ones, which hold the last value alone; the stage or a base path in front of the path goes;
//! what could not be read, and would end the invocation by a panic, is made readable. Behind it: a streamed answer has each header once.

mod repair;

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse as _;
use belfry_http::app::{App, StreamAnswer};
use belfry_http::failure::Failure;
use belfry_http::router::router;
use bytes::Bytes;
use contract::problem::Problem;
use futures::Stream;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Response};
use lambda_http::request::LambdaRequest;
use lambda_http::{Adapter, Request, Service, StreamAdapter};
use lambda_runtime::{LambdaEvent, StreamResponse};
use serde::Serialize;
use service::Service as UseCases;

use crate::telemetry::{Counts, Metric};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

/// The one route that needs the streaming integration.
const STREAM: &str = "/api/stream/events";

/// `api`: every answer is whole before it leaves, and whatever the request committed has been pushed by then. `count` is called after each
/// request; the same below.
pub fn buffered(
    app: App,
    count: impl Fn(Counts) + Clone + Send + 'static,
) -> impl Service<LambdaEvent<LambdaRequest>, Response = impl Serialize, Error = Infallible, Future: Send> {
    let service = app.service.clone();
    let router = router(app);
    let answer = move |request: Request| {
        let (answered, count) = (whole(router.clone(), service.clone(), request), count.clone());
        async move { answered.await.inspect(|response| count(counted(response))) }
    };
    ServiceBuilder::new().map_request(repair::event).layer_fn(Adapter::from).service(service_fn(answer))
}

/// `stream`: an answer leaves as it is made. The other routes work here too.
pub fn streaming(
    app: App,
    count: impl Fn(Counts) + Clone + Send + 'static,
) -> impl Service<LambdaEvent<LambdaRequest>, Response = StreamResponse<impl Pieces>, Error = Infallible, Future: Send> {
    let service = app.service.clone();
    let router = router(app);
    let answer = move |request: Request| {
        let (answered, count) = (answer(router.clone(), service.clone(), request), count.clone());
        async move { answered.await.inspect(|response| count(counted(response))).map(joined) }
    };
    ServiceBuilder::new().map_request(repair::event).layer_fn(StreamAdapter::from).service(service_fn(answer))
}

/// A body on its way, piece by piece. Our own bodies never fail: the runtime would write the error's text into the body.
pub trait Pieces: Stream<Item = Result<Bytes, axum::Error>> + Unpin + Send + 'static {}

impl<S: Stream<Item = Result<Bytes, axum::Error>> + Unpin + Send + 'static> Pieces for S {}

async fn whole(router: Router, service: UseCases, request: Request) -> Result<Response<Body>, Infallible> {
    if *request.method() == Method::GET && request.uri().path().trim_end_matches('/') == STREAM {
        // Held here, a stream would be billed until the function is cut, and its reader would get nothing.
        tracing::error!("{STREAM} leads to a function that cannot stream: its integration must be RESPONSE_STREAM");
        return Ok(Failure(Problem::Internal).into_response());
    }
    answer(router, service, request).await
}

async fn answer(router: Router, service: UseCases, request: Request) -> Result<Response<Body>, Infallible> {
    let response = router.oneshot(request).await?;
    // After the answer, Lambda stops this process until the next event.
    service.flush_pushes().await;
    Ok(response)
}

fn counted<B>(response: &Response<B>) -> Counts {
    let mut counts = Counts::default();
    match response.extensions().get::<StreamAnswer>() {
        Some(StreamAnswer::Taken { open }) => counts.add(Metric::StreamsOpen, open.unwrap_or(0)),
        Some(StreamAnswer::Refused) => counts.add(Metric::StreamsRefused, 1),
        None => {}
    }
    counts
}

/// API Gateway takes one text a header from a streamed answer, where a repeated one would become a list. Cookies travel apart.
fn joined<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    let repeated: Vec<HeaderName> = headers.keys().filter(|name| is_repeated(headers, name)).cloned().collect();
    for name in repeated {
        let values: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
        if let Ok(one) = HeaderValue::from_bytes(&values.join(&b", "[..])) {
            headers.insert(name, one);
        }
    }
    response
}

fn is_repeated(headers: &HeaderMap, name: &HeaderName) -> bool {
    name != http::header::SET_COOKIE && headers.get_all(name).iter().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use http::header::{SET_COOKIE, VARY};
    use lambda_runtime::Context;
    use serde_json::{Value, json};

    use super::*;

    fn two_of_each() -> Response<Body> {
        let mut response = Response::new(Body::empty());
        for (name, value) in [(SET_COOKIE, "a=1"), (SET_COOKIE, "b=2"), (VARY, "Origin"), (VARY, "Cookie")] {
            response.headers_mut().append(name, HeaderValue::from_static(value));
        }
        response
    }

    fn event() -> LambdaEvent<LambdaRequest> {
        let text = r#"{"path": "/", "httpMethod": "GET", "requestContext": {"httpMethod": "GET"}}"#;
        LambdaEvent::new(serde_json::from_str(text).unwrap(), Context::default())
    }

    /// Case 38: both arrive, as a list where an answer is whole, apart from the headers where it is streamed.
    #[tokio::test]
    async fn an_answer_sets_two_cookies() {
        let whole = Adapter::from(service_fn(|_: Request| async { Ok::<_, Infallible>(two_of_each()) }));
        let Ok(answer) = whole.oneshot(event()).await;
        let answer: Value = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["multiValueHeaders"]["set-cookie"], json!(["a=1", "b=2"]));
        let streamed = StreamAdapter::from(service_fn(|_: Request| async { Ok::<_, Infallible>(joined(two_of_each())) }));
        let Ok(answer) = streamed.oneshot(event()).await;
        let prelude: Value = serde_json::to_value(answer.metadata_prelude).unwrap();
        assert_eq!((&prelude["cookies"], &prelude["headers"]), (&json!(["a=1", "b=2"]), &json!({"vary": "Origin, Cookie"})));
    }
}
