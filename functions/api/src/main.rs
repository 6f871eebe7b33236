//! REST, polling and tickets behind API Gateway's REST API; events go to the topic, marks to the user's other sockets.

use std::sync::Arc;

use aws::clients::Clients;
use aws::config::{Api, Vars};
use aws::run::Watch;
use aws::{parts, rest, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let vars = Vars::of_process();
    let config = Api::read(&vars)?;
    telemetry::start(&config.store.log)?;
    let clients = Arc::new(Clients::new(vars));
    let service = parts::service(&config.store, None, &clients);
    parts::publish_to(&service, config.topic_arn, &clients);
    let gateway = parts::push_to(&service, &config.pushing, &clients);
    let watch = Watch::new(&config.store.function, service.clone(), Some(gateway));
    let app = parts::app(service, &config.tokens, &config.web, &clients);
    lambda_runtime::run(rest::buffered(app, move |counts| watch.emit(counts))).await
}
