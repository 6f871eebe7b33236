//! API Gateway's WebSocket API: who may connect, and what clients say.

use std::sync::Arc;

use aws::clients::Clients;
use aws::config::{Vars, Websocket};
use aws::run::{self, Watch};
use aws::websocket::Sockets;
use aws::{parts, telemetry};
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let vars = Vars::of_process();
    let config = Websocket::read(&vars)?;
    telemetry::start(&config.store.log)?;
    let clients = Arc::new(Clients::new(vars));
    let service = parts::service(&config.store, None, &clients);
    let gateway = parts::answer_by(&service, &config.sockets, &clients);
    let watch = Watch::new(&config.store.function, service.clone(), Some(gateway.clone()));
    let app = parts::app(service, &config.tokens, &config.web, &clients);
    let sockets = Sockets { app, push: gateway.clone() };
    let handle = move |event: LambdaEvent<_>| run::websocket(event, sockets.clone(), Arc::clone(&gateway), watch.clone());
    lambda_runtime::run(service_fn(handle)).await
}
