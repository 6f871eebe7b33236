//! `/api/preferences`: what a user does not want to see.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contract::rest;

use crate::app::App;
use crate::body::{JsonBytes, reply, text};
use crate::caller::Caller;
use crate::etag::Known;
use crate::failure::Failure;

/// `GET /api/preferences`
pub(crate) async fn read(State(app): State<App>, caller: Caller, known: Known) -> Result<Response, Failure> {
    let read = Box::pin(async {
        let (preferences, version) = app.service.preferences(&caller.reader).await?;
        Ok((text(&rest::Preferences::from(&preferences))?, version))
    });
    known.or(&app, &caller.reader, read).await
}

/// `PUT /api/preferences`
pub(crate) async fn write(State(app): State<App>, caller: Caller, JsonBytes(body): JsonBytes) -> Result<Response, Failure> {
    let preferences = app.service.set_preferences(&caller.reader, rest::parse_preferences(&body)?).await?;
    Ok(reply(StatusCode::OK, text(&rest::Preferences::from(&preferences))?))
}
