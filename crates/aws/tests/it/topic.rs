//! Publishing over SNS.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws::sns::Topic;
use axum::Router;
use axum::routing::post;
use serde_json::json;
use service::{Publish as _, PublishError};
use testkit::cloud::Cloud;
use testkit::{Chance, World, broadcast, notify};

use crate::support::clients_at;

const ARN: &str = "arn:aws:sns:eu-west-1:1:belfry";

fn topic(url: &str) -> Topic {
    Topic::new(clients_at(url), ARN.to_owned(), Arc::new(Chance::new(1)))
}

#[tokio::test]
async fn what_is_published_is_what_jobs_publish() {
    let (world, cloud) = (World::new(1).await, Cloud::open().await);
    let drafts = (0..23).map(|n| notify("anna", &format!("n{n}"))).chain([broadcast("everyone", "b")]);
    let publications = world.finish(drafts);
    topic(&cloud.url()).publish(publications.clone()).await.unwrap();
    let mut sent = cloud.sent();
    assert_eq!((sent.len(), sent.iter().all(|sent| sent.to == ARN)), (24, true));
    sent.sort_by(|one, other| one.body.cmp(&other.body));
    let mut texts: Vec<String> = publications.iter().map(contract::sns::encode).collect();
    texts.sort();
    assert_eq!(sent.iter().map(|sent| sent.body.clone()).collect::<Vec<_>>(), texts);
    let personal = sent.iter().find(|sent| sent.body.contains("anna")).unwrap();
    assert_eq!((&personal.attributes["type"], &personal.attributes["userId"]), (&json!("notification"), &json!("anna")));
    let public = sent.iter().find(|sent| sent.body.contains("everyone")).unwrap();
    assert_eq!((&public.attributes["type"], public.attributes.len()), (&json!("broadcast"), 1));
}

/// A topic that does not take everything at once.
async fn picky(refuse: impl Fn(usize) -> Option<&'static str> + Clone + Send + Sync + 'static) -> (String, Arc<Mutex<Vec<usize>>>) {
    let offers = Arc::new(Mutex::new(Vec::new()));
    let (noted, call) = (Arc::clone(&offers), Arc::new(AtomicUsize::new(0)));
    let handler = move |body: String| {
        let entries = body.matches(".Message=").count();
        noted.lock().unwrap().push(entries);
        let refused = refuse(call.fetch_add(1, Ordering::SeqCst));
        async move {
            let failed = refused.map_or_else(String::new, |fault| {
                format!("<member><Id>1</Id><Code>InternalError</Code><SenderFault>{fault}</SenderFault></member>")
            });
            format!(
                "<PublishBatchResponse><PublishBatchResult><Failed>{failed}</Failed><Successful/></PublishBatchResult></PublishBatchResponse>"
            )
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/", post(handler));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, offers)
}

/// Case 57: what was not taken of a batch is offered again, and nothing else.
#[tokio::test]
async fn what_a_topic_did_not_take_is_offered_again() {
    let world = World::new(1).await;
    let (url, offers) = picky(|call| (call == 0).then_some("false")).await;
    let publications = world.finish((0..12).map(|n| notify("anna", &n.to_string())));
    topic(&url).publish(publications).await.unwrap();
    let mut offers = offers.lock().unwrap().clone();
    offers.sort_unstable();
    assert_eq!(offers, [1, 2, 10]);
}

#[tokio::test]
async fn what_a_topic_never_takes_is_not_accepted() {
    let world = World::new(1).await;
    let (url, _) = picky(|_| Some("true")).await;
    let publications = world.finish([notify("anna", "a"), notify("anna", "b")]);
    assert_eq!(topic(&url).publish(publications).await, Err(PublishError::Failed));
    let publications = world.finish([notify("anna", "a")]);
    assert_eq!(topic("http://127.0.0.1:1").publish(publications).await, Err(PublishError::Failed));
}
