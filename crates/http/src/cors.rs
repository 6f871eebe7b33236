//! Which pages of other origins may read our answers: those of a configured list, with credentials. Never `*`.

use axum::extract::Request;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method};

use crate::origin::{self, Origin};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Cache-Control, X-Request-Id");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "ETag, Retry-After, Location, Allow, WWW-Authenticate, Idempotency-Replayed, Belfry-Transports, Belfry-Sockets, X-Request-Id",
);
/// Two hours, in seconds: Chromium remembers a preflight no longer (Fetch, "cache entry"; Chromium's own cap).
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");
/// Everything that an answer may depend on beside its address.
const VARIES: HeaderValue = HeaderValue::from_static("Origin, Authorization, Cookie");

/// What a request's page is allowed.
#[derive(Clone, Debug)]
pub(crate) struct Cors {
    allowed: Option<HeaderValue>,
    preflight: bool,
}

impl Cors {
    /// By the request's `Origin` and the configured list.
    pub(crate) fn of(request: &Request, allowed: &[Origin]) -> Self {
        let headers = request.headers();
        let listed = origin::of(headers).is_some_and(|origin| allowed.contains(&origin));
        let asks = headers.contains_key(ORIGIN) && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self { allowed: listed.then(|| headers.get(ORIGIN).cloned()).flatten(), preflight: asks && *request.method() == Method::OPTIONS }
    }

    /// Whether it is the browser that asks, before it sends the request itself. Answered for every path: with an error, the
    /// page would learn of a network fault and not of our 404.
    pub(crate) fn is_preflight(&self) -> bool {
        self.preflight
    }

    /// Puts the page's rights on any answer, errors included.
    pub(crate) fn mark(self, headers: &mut HeaderMap) {
        headers.append(VARY, VARIES);
        let Some(origin) = self.allowed else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        if self.preflight {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
            headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        }
    }
}
