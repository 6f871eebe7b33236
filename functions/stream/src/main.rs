//! The stream of events behind API Gateway's REST API, as a streamed response.

use std::sync::Arc;

use aws::clients::Clients;
use aws::config::{Stream, Vars};
use aws::run::Watch;
use aws::{parts, rest, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let vars = Vars::of_process();
    let config = Stream::read(&vars)?;
    telemetry::start(&config.store.log)?;
    let clients = Arc::new(Clients::new(vars));
    let service = parts::service(&config.store, Some(&config.web), &clients);
    let ticker = service.clone();
    tokio::spawn(async move { ticker.run_ticker().await });
    let watch = Watch::new(&config.store.function, service.clone(), None);
    let app = parts::app(service, &config.tokens, &config.web, &clients);
    lambda_runtime::run(rest::streaming(app, move |counts| watch.emit(counts))).await
}
