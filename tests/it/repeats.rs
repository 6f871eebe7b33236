//! Requests that come twice, withdrawals, and tickets.

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, Site};

async fn keyed(site: &Site, key: &str, title: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let body = json!({"userId": "anna", "title": title}).to_string();
    site.send(site.admin().request("POST", "/api/notifications", &headers, body)).await
}

#[tokio::test]
async fn the_same_key_does_a_thing_once() {
    let site = Site::new().await;
    let first = keyed(&site, "k1", "once").await;
    assert_eq!(first.status, 202);
    let again = keyed(&site, "k1", "once").await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (202, first.text.as_str()));
    keyed(&site, "k1", "another").await.problem(422);
    assert_eq!(site.user("anna").page().await["unreadCount"], 1);
    let other = site.job().request(
        "POST",
        "/api/notifications",
        &[("content-type", "application/json"), ("idempotency-key", "k1")],
        json!({"userId": "anna", "title": "of the job"}).to_string(),
    );
    assert_eq!(site.send(other).await.status, 202, "keys are each caller's own");
    site.pass(Duration::from_hours(25));
    let later = keyed(&site, "k1", "another").await;
    assert_eq!(later.status, 202);
    assert_ne!(later.json()["id"], first.json()["id"]);
}

#[tokio::test]
async fn what_was_sent_is_withdrawn_by_id_and_by_key() {
    let site = Site::new().await;
    let (admin, anna) = (site.admin(), site.user("anna"));
    let sent = admin.done("POST", "/api/notifications", &json!({"userId": "anna", "title": "by id"})).await;
    admin.done("POST", "/api/notifications", &json!({"userId": "anna", "title": "by key", "key": "a/b c"})).await;
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "to all", "key": "all"})).await;
    assert_eq!(anna.page().await["unreadCount"], 3);
    let mut stream = anna.listen("").await;
    let id = sent["id"].as_str().unwrap();
    for path in [
        format!("/api/notifications/sent/{id}?by=id&userId=anna"),
        "/api/notifications/sent/a%2Fb%20c?by=key&userId=anna".to_owned(),
        "/api/notifications/sent/all?by=key&audience=everyone".to_owned(),
    ] {
        let answer = site.send(admin.request("DELETE", &path, &[], "")).await;
        assert_eq!(answer.status, 202, "{path} {}", answer.text);
    }
    assert_eq!(anna.page().await["notifications"], json!([]));
    let gone = stream.news().await.iter().filter(|event| event["type"] == "notification-deleted").count();
    assert_eq!(gone, 3);
}

#[tokio::test]
async fn a_ticket_opens_one_stream_within_a_minute() {
    let site = Site::new().await;
    let ticket = async || {
        let answer = site.user("anna").done("POST", "/api/stream/ticket", &json!({})).await;
        assert_eq!(answer["expiresIn"], 60);
        answer["ticket"].as_str().unwrap().to_owned()
    };
    let one = ticket().await;
    let mut stream = site.nobody().listen(&format!("?ticket={one}")).await;
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "hers"})).await;
    assert_eq!(stream.titles().await, ["hers"]);
    site.nobody().get(&format!("/api/stream/events?ticket={one}")).await.problem(401);
    let late = ticket().await;
    site.pass(Duration::from_secs(61));
    site.nobody().get(&format!("/api/stream/events?ticket={late}")).await.problem(401);
    let no_rest = ticket().await;
    site.nobody().get(&format!("/api/notifications?ticket={no_rest}")).await.problem(401);
}
