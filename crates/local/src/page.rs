//! The page at `/`: the demo dashboard, whole in the program and with nothing from elsewhere.
//!
//! Its source is `clients/react/dashboard`; `npm run dashboard` there builds the files that are embedded here, and
//! `cargo xtask test` proves that they are the source's.

use std::sync::LazyLock;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use belfry_http::failure::Failure;
use contract::problem::Problem;
use sha2::{Digest, Sha256};

/// Nothing from elsewhere, nothing inline, and nobody frames it. In browsers `'self'` covers this host's sockets.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// One file of the page.
struct File {
    path: &'static str,
    kind: &'static str,
    /// The methods that this path knows, other parts' included.
    allow: &'static str,
    bytes: &'static [u8],
    /// Names the bytes, so that another program brings another page at once.
    tag: LazyLock<String>,
}

macro_rules! file {
    ($path:literal, $name:literal, $kind:literal, $allow:literal) => {{
        const BYTES: &[u8] = include_bytes!(concat!("dashboard/", $name));
        File { path: $path, kind: $kind, allow: $allow, bytes: BYTES, tag: LazyLock::new(|| tag(BYTES)) }
    }};
}

static FILES: [File; 4] = [
    file!("/", "index.html", "text/html; charset=utf-8", "GET, HEAD, POST"),
    file!("/app.js", "app.js", "text/javascript; charset=utf-8", "GET, HEAD"),
    file!("/app.css", "app.css", "text/css; charset=utf-8", "GET, HEAD"),
    file!("/licences.txt", "licences.txt", "text/plain; charset=utf-8", "GET, HEAD"),
];

/// GET and HEAD of the page's files; other methods that nobody else takes are refused in our form.
pub fn router() -> Router {
    FILES.iter().fold(Router::new(), |router, file| {
        let refused = move || async { Failure(Problem::MethodNotAllowed(file.allow.to_owned())) };
        router.route(file.path, get(move |headers: HeaderMap| async move { answer(file, &headers) }).fallback(refused))
    })
}

fn answer(file: &File, asked: &HeaderMap) -> Response {
    let always: [(HeaderName, &str); 3] = [(ETAG, &file.tag), (CACHE_CONTROL, "no-cache"), (CONTENT_SECURITY_POLICY, POLICY)];
    if knows(asked, &file.tag) {
        return (StatusCode::NOT_MODIFIED, always).into_response();
    }
    let kind = [(CONTENT_TYPE, file.kind), (X_CONTENT_TYPE_OPTIONS, "nosniff"), (REFERRER_POLICY, "no-referrer")];
    (always, kind, file.bytes).into_response()
}

/// Whether the caller holds these bytes already: a list of tags, weak ones too, as RFC 9110 compares them for GET.
fn knows(asked: &HeaderMap, tag: &str) -> bool {
    let lines = asked.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}

fn tag(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
}
