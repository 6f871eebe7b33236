//! Conditional requests: a cheap 304 while nothing changed, and never an answer older than the caller's own last write.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, Site};

const PATHS: [&str; 6] =
    ["/api/notifications", "/api/notifications?unread=true&limit=2", "/api/unread", "/api/tasks", "/api/tasks/t1", "/api/preferences"];

async fn etags(anna: &Caller<'_>) -> Vec<String> {
    let mut etags = Vec::new();
    for path in PATHS {
        let answer = anna.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("etag").starts_with("W/\""), "{path}");
        etags.push(answer.header("etag").to_owned());
    }
    etags
}

async fn statuses(anna: &Caller<'_>, etags: &[String]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for (path, etag) in PATHS.iter().zip(etags) {
        let answer = anna.get_if(path, etag).await;
        if answer.status == 304 {
            assert_eq!((answer.text.as_str(), answer.header("etag")), ("", etag.as_str()), "{path}");
        }
        statuses.push(answer.status.as_u16());
    }
    statuses
}

async fn site_with_a_task() -> Site {
    let site = Site::new().await;
    site.admin().done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": "t1", "status": "running"})).await;
    site.notify("anna", "one").await;
    site.broadcast("for all").await;
    site
}

#[tokio::test(start_paused = true)]
async fn nothing_new_is_304_also_after_what_changes_nothing() {
    let site = site_with_a_task().await;
    let anna = site.user("anna");
    let one = anna.id("one").await;
    anna.done("PATCH", "/api/notifications", &json!({"id": one})).await;
    let etags = etags(&anna).await;
    assert_eq!(statuses(&anna, &etags).await, [304; 6]);
    anna.done("PATCH", "/api/notifications", &json!({"id": one})).await;
    anna.done("PUT", "/api/preferences", &json!({"muted": []})).await;
    site.notify("ben", "his").await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "of a topic", "audience": "ops"})).await;
    anna.send("DELETE", "/api/notifications", &json!({"id": "AAAAAAAAAAAAAAAA"})).await.problem(404);
    assert_eq!(statuses(&anna, &etags).await, [304; 6]);
    let list = format!("\"foreign\", {}, W/\"x\"", etags[0]);
    assert_eq!(anna.get_if(PATHS[0], &list).await.status, 304);
    for unknown in ["\"foreign\"", "*", "", "W/\"0000000000000000-0\"", &etags[0].replace("W/\"", "W/\"f")] {
        assert_eq!(anna.get_if(PATHS[0], unknown).await.status, 200, "{unknown}");
    }
    let head = site.send(anna.request("HEAD", PATHS[0], &[("if-none-match", &etags[0])], "")).await;
    assert_eq!(head.status, 304);
    anna.get_if("/api/notifications?page=0", &etags[0]).await.problem(400);
    site.nobody().get_if(PATHS[0], &etags[0]).await.problem(401);
}

#[tokio::test(start_paused = true)]
async fn every_change_is_a_200_with_a_new_etag() {
    let site = site_with_a_task().await;
    let (anna, admin) = (site.user("anna"), site.admin());
    let ids: Vec<Value> = vec![anna.id("one").await.into(), anna.id("for all").await.into()];
    for (caller, method, path, body) in [
        (&anna, "PATCH", "/api/notifications", json!({"id": ids[0]})),
        (&anna, "PATCH", "/api/notifications", json!({"id": ids[1]})),
        (&anna, "PATCH", "/api/notifications", json!({"id": ids[1], "read": false})),
        (&anna, "PATCH", "/api/notifications", json!({"ids": ids, "archived": true})),
        (&anna, "DELETE", "/api/notifications", json!({"id": ids[0]})),
        (&admin, "POST", "/api/notifications", json!({"userId": "anna", "title": "two"})),
        (&anna, "PATCH", "/api/notifications", json!({"all": true, "seen": true})),
        (&anna, "PATCH", "/api/notifications", json!({"all": true})),
        (&admin, "POST", "/api/notifications/broadcast", json!({"title": "more"})),
        (&admin, "POST", "/api/tasks", json!({"userId": "anna", "taskId": "t1", "status": "completed"})),
        (&anna, "PUT", "/api/preferences", json!({"muted": ["ops"]})),
        (&anna, "DELETE", "/api/notifications", json!({"all": true})),
    ] {
        let before = etags(&anna).await;
        caller.done(method, path, &body).await;
        assert_eq!(statuses(&anna, &before).await, [200; 6], "{method} {path} {body}");
        assert_ne!(etags(&anna).await, before);
    }
}

#[tokio::test(start_paused = true)]
async fn an_etag_is_one_readers_own() {
    let site = site_with_a_task().await;
    let (anna, ben, with_topic) = (site.user("anna"), site.user("ben"), site.with_topics("anna", &["ops"]));
    let hers = anna.get("/api/notifications").await.header("etag").to_owned();
    for other in [ben, with_topic] {
        assert_eq!(other.get_if("/api/notifications", &hers).await.status, 200);
    }
    let other = Site::with(crate::support::Setup { seed: 99, ..Default::default() }).await;
    other.notify("anna", "of another life").await;
    other.notify("anna", "of another life").await;
    other.broadcast("of another life").await;
    assert_eq!(other.user("anna").get_if("/api/notifications", &hers).await.status, 200);
}

/// Case 30.
#[tokio::test(start_paused = true)]
async fn expiry_moves_no_number_and_ends_an_etag_all_the_same() {
    let site = site_with_a_task().await;
    let anna = site.user("anna");
    let soon = contract::time::text(site.now().plus(Duration::from_secs(1)));
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "brief", "expiresAt": soon})).await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "brief too", "expiresAt": soon})).await;
    let page = anna.get("/api/notifications").await;
    assert_eq!(page.json()["unreadCount"], 4);
    assert!(page.text.contains(&soon));
    let unread = anna.get("/api/unread").await;
    site.pass(Duration::from_secs(1));
    let after = anna.get_if("/api/notifications", page.header("etag")).await;
    assert_eq!((after.status.as_u16(), &after.json()["unreadCount"]), (200, &json!(2)));
    assert_eq!(anna.titles("").await, ["for all", "one"]);
    assert_eq!(anna.get_if("/api/unread", unread.header("etag")).await.status, 200);
    let held = anna.get("/api/unread").await.header("etag").to_owned();
    site.pass(Duration::from_mins(10));
    assert_eq!(anna.get_if("/api/unread", &held).await.status, 200, "ten minutes at most");
}
