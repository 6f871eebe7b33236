//! What a function is made of, by its environment.

use std::sync::Arc;

use auth::config::{KeySource, PublicAlgorithm};
use belfry_http::app::App;
use belfry_http::authenticator::Authenticator;
use service::{Jobs, PushSettings, Service};
use table::Table;

use crate::clients::Clients;
use crate::config::{Keys, Pushing, Sockets, Store, Tokens, Web};
use crate::encode::Encoder;
use crate::jobs::{JobQueue, NoJobs};
use crate::jwks::JwksFetch;
use crate::push::Gateway;
use crate::secret::KeptSecret;
use crate::sns::Topic;
use crate::system::{SystemClock, SystemEntropy};

/// The use cases over the table; `web` where streams are served.
pub fn service(store: &Store, web: Option<&Web>, clients: &Clients) -> Service {
    let table = Table::new(clients.dynamodb(), &store.table, &store.generation);
    let settings = service::Settings {
        retention: store.retention,
        task_retention: store.task_retention,
        tenants: store.tenants,
        channel_partitions: store.channel_partitions,
        streams_everywhere_max: web.and_then(|web| web.streams_max),
        ..service::Settings::default()
    };
    Service::new(table, Arc::new(SystemClock), Arc::new(SystemEntropy), settings)
}

/// Events go to this topic.
pub fn publish_to(service: &Service, topic_arn: String, clients: &Arc<Clients>) {
    service.publish_to(Arc::new(Topic::new(Arc::clone(clients), topic_arn, Arc::new(SystemEntropy))));
}

/// Commits are pushed to sockets, where there is an API for them.
pub fn push_to(service: &Service, pushing: &Pushing, clients: &Arc<Clients>) -> Arc<Gateway> {
    let gateway = Arc::new(Gateway::new(Arc::clone(clients), pushing.sockets.endpoint.clone()));
    if pushing.sockets.endpoint.is_some() {
        let jobs = JobQueue::new(Arc::clone(clients), pushing.jobs_queue_url.clone(), Arc::new(SystemEntropy));
        push_by(service, &gateway, &pushing.sockets, Arc::new(jobs));
    }
    gateway
}

/// Sockets are known and answered by one that commits nothing.
pub fn answer_by(service: &Service, sockets: &Sockets, clients: &Arc<Clients>) -> Arc<Gateway> {
    let gateway = Arc::new(Gateway::new(Arc::clone(clients), sockets.endpoint.clone()));
    push_by(service, &gateway, sockets, Arc::new(NoJobs));
    gateway
}

fn push_by(service: &Service, gateway: &Arc<Gateway>, sockets: &Sockets, jobs: Arc<dyn Jobs>) {
    let settings = PushSettings { shards: sockets.shards, ..PushSettings::default() };
    let push: Arc<Gateway> = Arc::clone(gateway);
    service.push_to(push, jobs, Arc::new(Encoder), settings);
}

/// What handlers have at hand.
pub fn app(service: Service, tokens: &Tokens, web: &Web, clients: &Arc<Clients>) -> App {
    App { service, auth: Arc::new(authenticator(tokens, clients)), settings: Arc::new(web.settings()) }
}

fn authenticator(tokens: &Tokens, clients: &Arc<Clients>) -> Authenticator {
    match &tokens.keys {
        Keys::Secret(secret) => Authenticator::new(tokens.claims.with_keys(KeySource::Hs256(secret.clone()))),
        Keys::Jwks(url) => {
            let keys = KeySource::Jwks { algorithms: PublicAlgorithm::ALL.to_vec() };
            Authenticator::with_fetcher(tokens.claims.with_keys(keys), JwksFetch::new(url))
        }
        Keys::Kept(arn) => {
            let claims = tokens.claims.clone();
            let config = move |secret| claims.with_keys(KeySource::Hs256(secret));
            Authenticator::with_secrets(config, KeptSecret::new(Arc::clone(clients), arn.clone()))
        }
    }
}
