//! From the queue to the table, and on to sockets.

use std::sync::Arc;

use aws::clients::Clients;
use aws::config::{Deliver, Vars};
use aws::dead_letters::DeadLetterQueue;
use aws::run::{self, Watch};
use aws::{parts, sqs, telemetry};
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    let vars = Vars::of_process();
    let config = Deliver::read(&vars)?;
    telemetry::start(&config.store.log)?;
    let clients = Arc::new(Clients::new(vars));
    let service = parts::service(&config.store, None, &clients);
    let gateway = parts::push_to(&service, &config.pushing, &clients);
    let watch = Watch::new(&config.store.function, service.clone(), Some(gateway));
    let dead_letters = DeadLetterQueue::new(Arc::clone(&clients), config.dead_letter_queue_url);
    let deliver = sqs::Deliver::new(service, dead_letters);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<_>| run::deliver(event, deliver.clone(), watch.clone()))).await
}
