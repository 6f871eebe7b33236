//! The cloud on loopback, for functions that run as processes: a table, queues, a topic, a secret and the way to sockets, all at one
//! address for `AWS_ENDPOINT_URL`. The table is the embedded engine with its faults; the others only note what they were told.

mod access;
mod management;
mod queue;
mod secrets;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use engine::Engine;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use serde_json::json;

pub use access::Call;
pub use management::{Post, Told};
pub use queue::Sent;

use crate::loopback::{Answer, Loopback};
use secrets::Secrets;

/// All of it. Clones of its engine share its table.
pub struct Cloud {
    server: Loopback,
    engine: Engine,
    notes: Arc<Notes>,
}

struct Notes {
    table: SharedHttpConnector,
    table_is_down: AtomicBool,
    calls: Mutex<BTreeSet<Call>>,
    sent: Mutex<Vec<Sent>>,
    posts: Mutex<Vec<Post>>,
    rule: Mutex<Arc<management::Rule>>,
    secrets: Mutex<Secrets>,
}

impl Cloud {
    /// A new one with an empty table store in memory.
    ///
    /// # Panics
    /// The engine cannot be set up.
    #[expect(clippy::expect_used, reason = "without an engine there is no cloud")]
    pub async fn open() -> Self {
        let engine = Engine::in_memory().expect("an engine in memory");
        let notes = Arc::new(Notes {
            table: engine.connector(),
            table_is_down: AtomicBool::new(false),
            calls: Mutex::default(),
            sent: Mutex::default(),
            posts: Mutex::default(),
            rule: Mutex::new(Arc::new(|_: &str| Told::Taken)),
            secrets: Mutex::default(),
        });
        let for_server = Arc::clone(&notes);
        let server = Loopback::serve(move |request| Arc::clone(&for_server).answer(request)).await;
        Self { server, engine, notes }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    /// The value of `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The table's engine, for clients in this process and for faults.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// From now on, the table answers every call with an error of its own (`true`), or works again.
    pub fn table_fails(&self, fails: bool) {
        self.notes.table_is_down.store(fails, Ordering::SeqCst);
    }

    /// Every kind of call that was ever made over the network, by whom, and on what.
    pub fn calls(&self) -> BTreeSet<Call> {
        locked(&self.notes.calls).clone()
    }

    /// What queues and topics were sent since this was last asked, in order.
    pub fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *locked(&self.notes.sent))
    }

    /// What sockets were posted since this was last asked, in order.
    pub fn posts(&self) -> Vec<Post> {
        std::mem::take(&mut *locked(&self.notes.posts))
    }

    /// From now on, a post to a socket is answered as this rule says of its connection.
    pub fn sockets_answer(&self, rule: impl Fn(&str) -> Told + Send + Sync + 'static) {
        *locked(&self.notes.rule) = Arc::new(rule);
    }

    /// From now on, every secret is this one at present.
    pub fn keep_secret(&self, secret: &str) {
        self.keep_version("AWSCURRENT", Ok(secret));
    }

    /// From now on, every secret is this one at this stage, or asking for it is answered with the error of this name. A stage that
    /// was never told of has no version.
    pub fn keep_version(&self, stage: &str, version: Result<&str, &'static str>) {
        locked(&self.notes.secrets).keep(stage, version);
    }
}

impl Notes {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Answer {
        let (parts, body) = request.into_parts();
        let Ok(body) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
            return text(StatusCode::BAD_REQUEST, String::new());
        };
        locked(&self.calls).extend(access::of(&parts, &body));
        if let Some((_, connection)) = parts.uri.path().split_once("/@connections/") {
            let rule = Arc::clone(&locked(&self.rule));
            return management::answer(&self.posts, &*rule, connection, parts.method, body).await;
        }
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default().to_owned();
        match target.split_once('.') {
            Some((service, _)) if service.starts_with("DynamoDB") => self.ask_table(parts, body).await,
            Some(("AmazonSQS", operation)) => queue::sqs(&self.sent, operation, &body),
            Some(("secretsmanager", _)) => locked(&self.secrets).answer(&body),
            _ => queue::sns(&self.sent, &body),
        }
    }

    async fn ask_table(&self, parts: Parts, body: Bytes) -> Answer {
        if self.table_is_down.load(Ordering::SeqCst) {
            let body = json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "a table's own trouble"});
            return text(StatusCode::INTERNAL_SERVER_ERROR, body.to_string());
        }
        let Ok(request) = HttpRequest::try_from(Request::from_parts(parts, SdkBody::from(body))) else {
            return text(StatusCode::BAD_REQUEST, String::new());
        };
        match self.table.call(request).await {
            Ok(answer) => {
                let status = StatusCode::from_u16(answer.status().as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                let bytes = answer.body().bytes().map(Bytes::copy_from_slice).unwrap_or_default();
                with_type(status, bytes, "application/x-amz-json-1.0")
            }
            // A made-up cut is told as trouble of the server: the client tries again, as after a cut.
            Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, json!({"message": error.to_string()}).to_string()),
        }
    }
}

fn json_answer(body: &serde_json::Value) -> Answer {
    with_type(StatusCode::OK, Bytes::from(body.to_string()), "application/x-amz-json-1.0")
}

fn text(status: StatusCode, body: String) -> Answer {
    with_type(status, Bytes::from(body), "text/plain")
}

fn with_type(status: StatusCode, body: Bytes, kind: &'static str) -> Answer {
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(kind));
    answer
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
