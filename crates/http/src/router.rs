//! The map of URLs.

use axum::Router;
use axum::routing::{delete, get, patch, post};

use crate::app::App;
use crate::{broadcasts, layers, meta, notifications, poll, preferences, stream, tasks, tickets};

/// Everything that is served over HTTP, as one service: 404 for what is not on the map. HEAD is answered wherever GET is,
/// OPTIONS everywhere, and a trailing slash makes no difference.
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .route("/api/notifications", get(notifications::list).patch(notifications::mark).delete(notifications::delete))
        .route("/api/notifications", post(notifications::notify))
        .route("/api/notifications/{id}", patch(notifications::mark_one).delete(notifications::delete_one))
        .route("/api/notifications/broadcast", post(broadcasts::broadcast))
        .route("/api/notifications/sent/{text}", delete(broadcasts::withdraw))
        .route("/api/unread", get(notifications::unread))
        .route("/api/preferences", get(preferences::read).put(preferences::write))
        .route("/api/tasks", get(tasks::list).post(tasks::report))
        .route("/api/tasks/{id}", get(tasks::one))
        .route("/api/stream/events", get(stream::events).head(stream::headers))
        .route("/api/stream/ticket", post(tickets::issue))
        .route("/api/events", get(poll::poll))
        .route("/openapi.json", get(meta::openapi))
        .route("/healthz", get(meta::health))
        .fallback(layers::not_found)
        .method_not_allowed_fallback(layers::other_method)
        .with_state(app.clone());
    layers::around(app, routes)
}
