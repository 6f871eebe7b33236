//! What administrators say to everyone, and what is taken back.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use contract::{query, rest};
use inbox::id::EventId;
use inbox::moment::Moment;
use inbox::publication::{Publication, What};

use crate::app::App;
use crate::body::{PathText, QueryText, reply, text};
use crate::caller::{AdminCaller, Caller, ServiceCaller};
use crate::failure::Failure;
use crate::once::Posted;

/// `POST /api/notifications/broadcast`
pub(crate) async fn broadcast(State(app): State<App>, AdminCaller(caller): AdminCaller, posted: Posted) -> Result<Response, Failure> {
    let rest::Broadcast { channel, content, at } = match rest::parse_broadcast(&posted.body, app.service.clock().now()) {
        Ok(ask) => ask,
        Err(why) => return posted.refused(&app, &caller.reader, why).await,
    };
    posted.once(&app, &caller.reader, |id| publish(&app, &caller, id, at, What::Broadcast(channel, content))).await
}

/// `DELETE /api/notifications/sent/{text}`
pub(crate) async fn withdraw(
    State(app): State<App>,
    ServiceCaller(caller): ServiceCaller,
    PathText(name): PathText,
    QueryText(raw): QueryText,
) -> Result<Response, Failure> {
    let what = query::withdraw(&name, &raw)?;
    let answer = publish(&app, &caller, app.service.new_event_id(), app.service.clock().now(), what).await?;
    Ok(reply(StatusCode::ACCEPTED, answer))
}

/// Publishes one event in the caller's tenant; the answer is its id.
pub(crate) async fn publish(app: &App, caller: &Caller, id: EventId, at: Moment, what: What) -> Result<String, Failure> {
    let answer = text(&rest::Accepted { id: id.to_string(), accepted: None })?;
    app.service.publish(vec![Publication { tenant: caller.reader.tenant.clone(), id, at, what }]).await?;
    Ok(answer)
}
