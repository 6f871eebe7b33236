//! `GET /api/events`: the very events of a stream, for clients that ask now and then.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use contract::{cursor, event, query, rest};
use service::{After, Polled};

use crate::app::App;
use crate::body::{QueryText, reply, text};
use crate::caller::Caller;
use crate::failure::Failure;

/// `GET /api/events`. A cursor is never an error: one that cannot be read is answered by a `reset`.
pub(crate) async fn poll(State(app): State<App>, caller: Caller, QueryText(raw): QueryText) -> Result<Response, Failure> {
    let after = to_after(query::poll(&raw));
    match app.service.poll(&caller.reader, after).await? {
        Polled::Nothing => Ok(StatusCode::NO_CONTENT.into_response()),
        Polled::News { events, position, more } => {
            let events = events.iter().map(|one| event::to_json(one, &caller.reader.user)).collect();
            Ok(reply(StatusCode::OK, text(&rest::Poll { events, cursor: cursor::position_text(&position), more })?))
        }
    }
}

/// The use cases' word for where a client stands.
pub(crate) fn to_after(after: query::After) -> After {
    match after {
        query::After::Now => After::Now,
        query::After::Position(position) => After::Position(position),
        query::After::Unreadable => After::Unreadable,
    }
}
