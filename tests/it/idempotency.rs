//! `Idempotency-Key`: done once, answered alike. Case 73.

use std::time::Duration;

use serde_json::json;

use crate::support::{Answer, Caller, Site};

async fn keyed(caller: &Caller<'_>, path: &str, key: &str, body: &serde_json::Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    caller.site.send(caller.request("POST", path, &headers, body.to_string())).await
}

#[tokio::test(start_paused = true)]
async fn the_same_key_does_each_post_once() {
    let site = Site::new().await;
    let (admin, anna) = (site.admin(), site.user("anna"));
    for (path, body) in [
        ("/api/notifications", json!({"userId": "anna", "title": "once"})),
        ("/api/notifications", json!({"userIds": ["anna", "ben"], "title": "to both"})),
        ("/api/notifications/broadcast", json!({"title": "to all"})),
        ("/api/tasks", json!({"userId": "anna", "taskId": "t1", "status": "running"})),
    ] {
        site.pass(Duration::from_millis(1));
        let key = format!("key of {path} {body}");
        let first = keyed(&admin, path, &key, &body).await;
        assert_eq!((first.status.as_u16(), first.header("idempotency-replayed")), (202, ""), "{}", first.text);
        let again = keyed(&admin, path, &key, &body).await;
        assert_eq!((again.status.as_u16(), &again.text, again.header("idempotency-replayed")), (202, &first.text, "true"));
        let mut other = body.clone();
        other["at"] = json!(contract::time::text(site.now()));
        assert_eq!(keyed(&admin, path, &key, &other).await.problem(422), "idempotency-mismatch");
    }
    assert_eq!(anna.titles("").await, ["to all", "to both", "once"]);
    assert_eq!(keyed(&admin, "/api/notifications/broadcast", "k", &json!({"title": "a"})).await.status, 202);
    assert_eq!(
        keyed(&admin, "/api/tasks", "k", &json!({"userId": "a", "taskId": "t", "status": "queued"})).await.problem(422),
        "idempotency-mismatch"
    );
}

#[tokio::test(start_paused = true)]
async fn of_two_at_once_one_runs() {
    let site = Site::new().await;
    let admin = site.admin();
    let body = json!({"userId": "anna", "title": "once"});
    let (a, b) = tokio::join!(keyed(&admin, "/api/notifications", "k", &body), keyed(&admin, "/api/notifications", "k", &body));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert!(statuses == [202, 202] || statuses == [202, 409], "{statuses:?}");
    for answer in [&a, &b] {
        if answer.status == 409 {
            assert_eq!((answer.problem(409).as_str(), answer.header("retry-after")), ("idempotency-running", "1"));
        }
    }
    assert_eq!(site.user("anna").titles("").await, ["once"]);
}

#[tokio::test(start_paused = true)]
async fn keys_are_each_callers_own_and_end_after_a_day() {
    let site = Site::new().await;
    let body = json!({"userId": "anna", "title": "once"});
    let first = keyed(&site.admin(), "/api/notifications", "k", &body).await;
    let other = keyed(&site.job(), "/api/notifications", "k", &json!({"userId": "ben", "title": "of the job"})).await;
    assert_eq!(other.status, 202);
    assert_ne!(other.json()["id"], first.json()["id"]);
    site.pass(Duration::from_hours(23));
    assert_eq!(keyed(&site.admin(), "/api/notifications", "k", &body).await.text, first.text);
    site.pass(Duration::from_hours(2));
    let later = keyed(&site.admin(), "/api/notifications", "k", &json!({"userId": "anna", "title": "another"})).await;
    assert_eq!(later.status, 202);
    assert_ne!(later.json()["id"], first.json()["id"]);
    assert_eq!(site.user("anna").titles("").await, ["another", "once"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_is_answered_again_though_its_end_has_come() {
    let site = Site::new().await;
    let admin = site.admin();
    let ends = json!(contract::time::text(site.now().plus(Duration::from_secs(30))));
    for (path, body) in [
        ("/api/notifications", json!({"userId": "anna", "title": "short", "expiresAt": ends})),
        ("/api/notifications/broadcast", json!({"title": "short", "expiresAt": ends})),
    ] {
        assert_eq!(keyed(&admin, path, path, &body).await.status, 202);
    }
    let first =
        keyed(&admin, "/api/notifications", "/api/notifications", &json!({"userId": "anna", "title": "short", "expiresAt": ends})).await;
    site.pass(Duration::from_secs(31));
    for (path, body) in [
        ("/api/notifications", json!({"userId": "anna", "title": "short", "expiresAt": ends})),
        ("/api/notifications/broadcast", json!({"title": "short", "expiresAt": ends})),
    ] {
        let again = keyed(&admin, path, path, &body).await;
        assert_eq!((again.status.as_u16(), again.header("idempotency-replayed")), (202, "true"), "{}", again.text);
        assert_eq!(keyed(&admin, path, "another", &body).await.problem(400), "invalid-field");
    }
    assert_eq!(
        keyed(&admin, "/api/notifications", "/api/notifications", &json!({"userId": "anna", "title": "short", "expiresAt": ends}))
            .await
            .text,
        first.text
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_holds_no_key_and_wrong_keys_are_named() {
    let site = Site::new().await;
    let admin = site.admin();
    keyed(&admin, "/api/notifications", "k", &json!({"userId": "anna"})).await.problem(400);
    keyed(&site.user("anna"), "/api/notifications", "k", &json!({"userId": "anna", "title": "t"})).await.problem(403);
    assert_eq!(keyed(&admin, "/api/notifications", "k", &json!({"userId": "anna", "title": "t"})).await.status, 202);
    for wrong in ["", &"k".repeat(256), "a\tb"] {
        let answer = keyed(&admin, "/api/notifications", wrong, &json!({"userId": "anna", "title": "t"})).await;
        assert_eq!(answer.problem(400), "invalid-field");
        assert_eq!(answer.json()["errors"][0]["field"], "Idempotency-Key");
    }
}
