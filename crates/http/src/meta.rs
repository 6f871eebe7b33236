//! What the server says of itself, to anyone.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use contract::openapi as document;

use crate::body::reply;

/// Written once: it says the same to everyone.
static DOCUMENT: LazyLock<String> = LazyLock::new(document::json);

/// `GET /openapi.json`
pub(crate) async fn openapi() -> Response {
    reply(StatusCode::OK, DOCUMENT.clone())
}

/// `GET /healthz`: the process answers. Asks nothing of the store, or a slow store would have the process restarted.
pub(crate) async fn health() -> &'static str {
    "ok"
}
