//! `POST /api/stream/ticket`: a credential for one use, for whoever cannot set headers.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use contract::problem::{Problem, Unauthenticated};
use contract::rest;
use inbox::limits;

use crate::app::App;
use crate::body::{reply, text};
use crate::caller::Caller;
use crate::failure::Failure;

/// `POST /api/stream/ticket`. An `Idempotency-Key` is not looked at: the same ticket twice would be a used one.
pub(crate) async fn issue(State(app): State<App>, caller: Caller) -> Result<Response, Failure> {
    // A token in its leeway opens nothing that lasts: its ticket would be dead.
    let left = caller.expires.since(app.service.clock().now());
    if left.is_zero() {
        return Err(Failure(Problem::Unauthenticated(Unauthenticated::Expired)));
    }
    let expires_in = limits::TICKET_LIFE.min(left).as_secs();
    let ticket = app.service.issue_ticket(&caller.holder()).await?;
    let mut response = reply(StatusCode::OK, text(&rest::Ticket { ticket, expires_in })?);
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
