//! API Gateway's management API: `POST` and `DELETE` of `/@connections/{id}`.

use std::sync::Mutex;

use bytes::Bytes;
use hyper::{Method, StatusCode};

use super::{locked, text};
use crate::loopback::Answer;

/// A socket was posted a message, or closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Post {
    /// Whose socket.
    pub connection: String,
    /// What was posted; `None` where it was closed.
    pub message: Option<Bytes>,
}

/// How a post is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It went out.
    Taken,
    /// 410: there is no such socket any more.
    Gone,
    /// 429: too many at once.
    Throttled,
    /// 500.
    Trouble,
    /// No answer, ever.
    Silence,
}

pub(super) type Rule = dyn Fn(&str) -> Told + Send + Sync;

pub(super) async fn answer(posts: &Mutex<Vec<Post>>, rule: &Rule, connection: &str, method: Method, body: Bytes) -> Answer {
    let connection = percent_encoding::percent_decode_str(connection).decode_utf8_lossy().into_owned();
    match rule(&connection) {
        Told::Taken => {
            let message = (method != Method::DELETE).then_some(body);
            locked(posts).push(Post { connection, message });
            text(StatusCode::OK, String::new())
        }
        Told::Gone => refused(StatusCode::GONE, "GoneException"),
        Told::Throttled => refused(StatusCode::TOO_MANY_REQUESTS, "LimitExceededException"),
        Told::Trouble => text(StatusCode::INTERNAL_SERVER_ERROR, "{\"message\":\"Internal server error\"}".to_owned()),
        Told::Silence => std::future::pending().await,
    }
}

fn refused(status: StatusCode, kind: &'static str) -> Answer {
    let mut answer = text(status, "{}".to_owned());
    answer.headers_mut().insert("x-amzn-errortype", hyper::header::HeaderValue::from_static(kind));
    answer
}
