//! What the server says of itself, to anyone.

use axum::http::StatusCode;
use axum::response::Response;
use contract::openapi::TEXT;

use crate::body::reply;

/// `GET /openapi.json`
pub(crate) async fn openapi() -> Response {
    reply(StatusCode::OK, TEXT)
}

/// `GET /healthz`: the process answers. Asks nothing of the store, or a slow store would have the process restarted.
pub(crate) async fn health() -> &'static str {
    "ok"
}
