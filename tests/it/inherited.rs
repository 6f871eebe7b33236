//! What existing dashboards and jobs rely on: paths, names and meanings that do not change.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::Site;

/// The inherited model, field by field.
fn check_model(one: &Value, title: &str, kind: &str) {
    for name in ["id", "userId", "title", "message", "type", "createdAt"] {
        assert!(one[name].is_string(), "{name}: {one}");
    }
    assert_eq!((&one["userId"], &one["title"], &one["type"]), (&json!("anna"), &json!(title), &json!(kind)));
    assert!(one["read"].is_boolean());
    let created = one["createdAt"].as_str().unwrap();
    assert!(created.len() == "2026-11-25T04:37:33.120Z".len() && created.ends_with('Z'), "{created}");
}

#[tokio::test(start_paused = true)]
async fn a_dashboard_of_before_lists_marks_and_deletes_as_it_did() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for (title, kind) in [("One", "info"), ("Two", "warning"), ("Three", "success"), ("Four", "error")] {
        site.pass(Duration::from_millis(1));
        let sent = json!({"userId": "anna", "title": title, "message": "m", "type": kind});
        site.admin().done("POST", "/api/notifications", &sent).await;
    }
    let answer = anna.get("/api/notifications?page=1&limit=50").await;
    assert_eq!(answer.header("content-type"), "application/json");
    let page = answer.json();
    let expected = [("Four", "error"), ("Three", "success"), ("Two", "warning"), ("One", "info")];
    let listed = page["notifications"].as_array().unwrap();
    assert_eq!((listed.len(), page["unreadCount"].as_u64()), (4, Some(4)));
    for (one, (title, kind)) in listed.iter().zip(expected) {
        check_model(one, title, kind);
        assert_eq!(one["read"], false);
    }
    assert_eq!((&page["page"], &page["limit"]), (&json!(1), &json!(50)));
    assert_eq!(anna.get("/api/notifications").await.json()["notifications"], page["notifications"], "the same by default");
    let second = anna.get("/api/notifications?page=2&limit=3").await.json();
    assert_eq!(second["notifications"], json!([listed[3]]));
    let one = anna.done("PATCH", "/api/notifications", &json!({"id": listed[3]["id"]})).await;
    assert_eq!(one["unreadCount"], 3);
    assert_eq!(anna.page().await["notifications"][3]["read"], true);
    anna.done("PATCH", "/api/notifications", &json!({"all": true})).await;
    assert_eq!(anna.page().await["unreadCount"], 0);
    assert!(anna.page().await["notifications"].as_array().unwrap().iter().all(|one| one["read"] == true));
    anna.done("DELETE", "/api/notifications", &json!({"id": listed[0]["id"]})).await;
    assert_eq!(anna.titles("").await, ["Three", "Two", "One"]);
    anna.done("DELETE", "/api/notifications", &json!({"all": true})).await;
    assert_eq!(anna.page().await["notifications"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn an_admins_broadcast_is_stored_for_everyone_and_pushed_live() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    let body = json!({"title": "Maintenance", "message": "at six", "type": "warning"});
    site.user("anna").send("POST", "/api/notifications/broadcast", &body).await.problem(403);
    assert_eq!(site.admin().send("POST", "/api/notifications/broadcast", &body).await.status, 202);
    let news = stream.news().await;
    assert_eq!(news[0]["type"], "broadcast");
    check_model(&news[0]["notification"], "Maintenance", "warning");
    assert_eq!(anna.page().await["notifications"][0], news[0]["notification"]);
}

#[tokio::test(start_paused = true)]
async fn a_jobs_message_of_before_reaches_its_user_alone() {
    let site = Site::new().await;
    let (mut hers, mut his) = (site.user("anna").listen("").await, site.user("ben").listen("").await);
    site.deliver(&[json!({"type": "task-completed", "userId": "anna", "taskId": "t1", "status": "completed"})]).await;
    let news = hers.news().await;
    let done = &news[0];
    assert_eq!(done["type"], "task-completed");
    assert_eq!((&done["userId"], &done["taskId"], &done["status"]), (&json!("anna"), &json!("t1"), &json!("completed")));
    assert_eq!(his.news().await, Vec::<Value>::new());
    assert_eq!(site.user("anna").counts().await, (0, 0), "a task makes no notification by itself");
}

#[tokio::test(start_paused = true)]
async fn a_plain_event_source_reads_the_stream() {
    let site = Site::new().await;
    let answer = site.nobody().get("/api/stream/events").await;
    assert_eq!(answer.problem(401), "unauthenticated", "before the first byte");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let cookie = format!("__Host-belfry={}", site.token("anna", |_| {}));
    let headers = [("cookie", cookie.as_str()), ("accept", "text/event-stream"), ("cache-control", "no-cache")];
    let mut stream = crate::support::Listener::open(&site.nobody(), "", &headers).await;
    for (name, value) in
        [("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("connection", "keep-alive"), ("x-accel-buffering", "no")]
    {
        assert_eq!(stream.headers[name], value);
    }
    site.broadcast("to all").await;
    site.notify("anna", "hers").await;
    assert_eq!(stream.titles().await, ["to all", "hers"]);
    site.pass(Duration::from_secs(15));
    stream.news().await;
    let text = String::from_utf8(stream.raw.clone()).unwrap();
    assert!(text.ends_with(": heartbeat\n\n"), "{text}");
    let known = |line: &str| ["retry: ", "id: ", "data: {", ": heartbeat"].iter().any(|begin| line.starts_with(begin)) || line.is_empty();
    assert!(text.lines().all(known), "no event: field, so onmessage sees everything: {text}");
}
