//! Sockets as API Gateway serves them: `/ws` for clients, `/@connections` for whoever pushes.
//!
//! A client's frames become API Gateway's own events, and what a handler answers to `$connect` decides; its other answers are
//! for nobody. Whoever has something to say posts it to `/@connections`, signed, as on AWS: so the very handlers and the very
//! client that run there run here, and this module knows nothing of inboxes. Nothing can be sent to a socket while it connects.
//! What waits for one client is bounded: a client that does not take it is cut, and resumes.

mod api;
mod ending;
pub mod event;
mod hall;
mod line;
mod open;
mod session;

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayProxyResponse, ApiGatewayWebsocketProxyRequest};
use axum::Router;
use axum::routing::any;
use futures::future::BoxFuture;

pub use hall::Hall;

use crate::ports::{Clock, Entropy};
use crate::sigv4::KeyPair;

/// Where clients open their sockets.
pub const PATH: &str = "/ws";

/// Whoever answers API Gateway's events: on AWS the `websocket` function.
pub type Handler = Arc<dyn Fn(ApiGatewayWebsocketProxyRequest) -> BoxFuture<'static, ApiGatewayProxyResponse> + Send + Sync>;

/// What the two addresses need.
#[derive(Clone)]
pub struct Sockets {
    /// All sockets of this process.
    pub hall: Hall,
    /// Who is told of what clients do.
    pub handler: Handler,
    /// How many sockets are held at once; more are told to come again.
    pub most: usize,
    /// Who may post to sockets: this process itself, and whoever has the configured key pair.
    pub keys: Arc<[KeyPair]>,
    /// When things happened, and whether a signature is fresh.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub entropy: Arc<dyn Entropy>,
}

/// Both addresses. Requests should carry their peer's address (`ConnectInfo<SocketAddr>`).
pub fn router(sockets: Sockets) -> Router {
    Router::new().route(PATH, any(open::open)).route("/@connections/{id}", any(api::handle)).with_state(sockets)
}
