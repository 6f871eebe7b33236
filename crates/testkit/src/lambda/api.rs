//! The Runtime API: what a function's runtime asks and tells.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Frame, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::answer::{Chunk, End, Failure, Invocation, Part};
use crate::loopback::{Answer, Loopback};

const PREFIX: &str = "/2018-06-01/runtime/";
const MODE: &str = "lambda-runtime-function-response-mode";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// The Runtime API of one function, on loopback.
pub struct RuntimeApi {
    server: Loopback,
    shared: Arc<Shared>,
    queue: UnboundedSender<Queued>,
}

struct Shared {
    waiting: tokio::sync::Mutex<UnboundedReceiver<Queued>>,
    open: Mutex<HashMap<String, UnboundedSender<Part>>>,
    init_errors: Mutex<Vec<Value>>,
    number: AtomicU64,
    timeout: Duration,
}

struct Queued {
    id: String,
    event: Bytes,
}

impl RuntimeApi {
    /// Opens it for a function that may take so long for an event.
    pub async fn open(timeout: Duration) -> Self {
        let (queue, waiting) = unbounded_channel();
        let shared = Arc::new(Shared {
            waiting: tokio::sync::Mutex::new(waiting),
            open: Mutex::default(),
            init_errors: Mutex::default(),
            number: AtomicU64::new(1),
            timeout,
        });
        let for_server = Arc::clone(&shared);
        let server = Loopback::serve(move |request| Arc::clone(&for_server).answer(request)).await;
        Self { server, shared, queue }
    }

    /// Where it listens: the value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// Hands an event to the function, once it asks.
    pub fn invoke(&self, event: &[u8]) -> Invocation {
        let number = self.shared.number.fetch_add(1, Ordering::SeqCst);
        let id = format!("8476a536-e9f4-11e8-9739-{number:012x}");
        let (parts, answer) = unbounded_channel();
        locked(&self.shared.open).insert(id.clone(), parts);
        // The other end lives as long as this one.
        drop(self.queue.send(Queued { id, event: Bytes::copy_from_slice(event) }));
        Invocation::new(answer)
    }

    /// What the function told of a start that failed.
    pub fn init_errors(&self) -> Vec<Value> {
        locked(&self.shared.init_errors).clone()
    }
}

impl Shared {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
        let words: Vec<&str> = path.split('/').collect();
        match (request.method(), words.as_slice()) {
            (&Method::GET, ["invocation", "next"]) => self.next().await,
            (&Method::POST, ["invocation", id, "response"]) => self.response(id, request).await,
            (&Method::POST, ["invocation", id, "error"]) => self.error(id, request).await,
            (&Method::POST, ["init", "error"]) => self.init_error(request).await,
            _ => status(StatusCode::NOT_FOUND),
        }
    }

    async fn next(&self) -> Answer {
        let Some(Queued { id, event }) = self.waiting.lock().await.recv().await else {
            return status(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let mut answer = Response::new(Full::new(event));
        let headers = [
            ("content-type", "application/json".to_owned()),
            ("lambda-runtime-aws-request-id", id),
            ("lambda-runtime-deadline-ms", deadline(self.timeout).to_string()),
            ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:belfry".to_owned()),
            ("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0".to_owned()),
        ];
        for (name, value) in headers {
            if let Ok(value) = value.parse() {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }

    #[expect(clippy::disallowed_methods, reason = "the times of real chunks are what it is for")]
    async fn response(&self, id: &str, request: Request<Incoming>) -> Answer {
        let Some(parts) = locked(&self.open).remove(id) else { return status(StatusCode::NOT_FOUND) };
        let streaming = request.headers().get(MODE).is_some_and(|mode| mode == "streaming");
        let told = |part| drop(parts.send(part));
        told(Part::Begun { streaming });
        let (mut body, mut end) = (request.into_body(), End::default());
        while let Some(frame) = body.frame().await {
            match frame.map(|frame| frame.into_data().map_err(Frame::into_trailers)) {
                Ok(Ok(bytes)) => told(Part::Chunk(Chunk { at: Instant::now(), bytes })),
                Ok(Err(trailers)) => {
                    let kind = trailers.ok().and_then(|trailers| trailers.get(ERROR_TYPE).cloned());
                    end.error_type = kind.map(|kind| String::from_utf8_lossy(kind.as_bytes()).into_owned());
                }
                Err(_) => {
                    end.broken = true;
                    break;
                }
            }
        }
        told(Part::Ended(end));
        status(StatusCode::ACCEPTED)
    }

    async fn error(&self, id: &str, request: Request<Incoming>) -> Answer {
        let Some(parts) = locked(&self.open).remove(id) else { return status(StatusCode::NOT_FOUND) };
        let error = json_of(request).await;
        let text = |name: &str| error[name].as_str().unwrap_or_default().to_owned();
        drop(parts.send(Part::Failed(Failure { error_type: text("errorType"), message: text("errorMessage") })));
        status(StatusCode::ACCEPTED)
    }

    async fn init_error(&self, request: Request<Incoming>) -> Answer {
        let error = json_of(request).await;
        locked(&self.init_errors).push(error);
        status(StatusCode::ACCEPTED)
    }
}

async fn json_of(request: Request<Incoming>) -> Value {
    let bytes = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn status(code: StatusCode) -> Answer {
    let mut answer = Response::new(Full::new(Bytes::from_static(b"{\"status\":\"OK\"}\n")));
    *answer.status_mut() = code;
    answer
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::disallowed_methods, reason = "a real process looks at the real clock")]
fn deadline(timeout: Duration) -> u128 {
    (SystemTime::now() + timeout).duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}
