//! Starting on data that is there.

use std::time::Duration;

use serde_json::json;

use crate::support::{Home, Server, TOPIC, entry};

const NOTIFICATIONS: usize = 10_000;
/// A debug build on a busy machine starts in a fraction of it, however much data there is.
const AT_MOST: Duration = Duration::from_secs(10);

/// Publishes its share of them, ten by ten.
async fn fill(sns: aws_sdk_sns::Client, job: usize, jobs: usize) {
    for ten in (0..NOTIFICATIONS / 10).filter(|ten| ten % jobs == job) {
        let event = |n: usize| json!({"type": "notification", "userId": "anna", "title": (10 * ten + n).to_string()});
        let entries = (0..10).map(|n| entry(&n.to_string(), &event(n))).collect();
        let answer = sns.publish_batch().topic_arn(TOPIC).set_publish_batch_request_entries(Some(entries)).send().await.unwrap();
        assert_eq!(answer.failed().len(), 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_starts_on_ten_thousand_notifications() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let jobs: Vec<_> = (0..8).map(|job| tokio::spawn(fill(server.sns(), job, 8))).collect();
    for job in jobs {
        job.await.unwrap();
    }
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "the newest"})).await;
    server.kill();

    let ready = async {
        let server = Server::start(&home, &[]);
        let page = server.get("anna", "/api/notifications?limit=100").await;
        (server, page)
    };
    let (server, page) = tokio::time::timeout(AT_MOST, ready).await.expect("starting takes too long");
    assert_eq!((page["notifications"].as_array().unwrap().len(), &page["hasMore"]), (100, &json!(true)));
    assert_eq!(page["notifications"][0]["title"], "the newest");
    server.terminate();
    assert!(server.gone_within(AT_MOST).await.success());
}
