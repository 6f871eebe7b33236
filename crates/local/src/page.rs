//! The page at `/`: one file, no build, no asset from elsewhere.

use axum::Router;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use belfry_http::failure::Failure;
use contract::problem::Problem;

const PAGE: &str = include_str!("page/index.html");
/// Nothing from elsewhere, and nobody frames it. Texts are set as texts, so inline script is the page's own.
const POLICY: &str = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`; other methods that nobody else takes are refused in our form.
pub fn router() -> Router {
    Router::new().route("/", get(page)).method_not_allowed_fallback(other_method)
}

async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-cache"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, PAGE).into_response()
}

async fn other_method() -> Failure {
    Failure(Problem::MethodNotAllowed("GET, HEAD, POST".to_owned()))
}
