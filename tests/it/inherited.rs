//! What existing dashboards and jobs rely on: paths, names and meanings that do not change.

use contract::sns;
use serde_json::json;
use service::Message;

use crate::support::Site;

#[tokio::test(start_paused = true)]
async fn a_dashboard_of_before_finds_everything_as_it_was() {
    let site = Site::new().await;
    let anna = site.user("anna");
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "One", "message": "m", "type": "warning"})).await;
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "Two"})).await;
    let page = anna.get("/api/notifications?page=1&limit=50").await.json();
    let one = &page["notifications"][1];
    for name in ["id", "userId", "title", "message", "type", "createdAt"] {
        assert!(one[name].is_string(), "{name}: {one}");
    }
    assert_eq!((&one["userId"], &one["type"], &one["read"]), (&json!("anna"), &json!("warning"), &json!(false)));
    assert_eq!(one["createdAt"].as_str().unwrap().len(), "2026-11-25T04:37:33.120Z".len());
    let marked = anna.done("PATCH", "/api/notifications", &json!({"id": one["id"]})).await;
    assert_eq!(marked, json!({"updated": 1, "unreadCount": 1, "unseenCount": 1}));
    let all = anna.done("PATCH", "/api/notifications", &json!({"all": true})).await;
    assert_eq!(all, json!({"unreadCount": 0, "unseenCount": 0}));
    let gone = anna.done("DELETE", "/api/notifications", &json!({"id": one["id"]})).await;
    assert_eq!(gone["deleted"], 1);
    anna.done("DELETE", "/api/notifications", &json!({"all": true})).await;
    assert_eq!(anna.page().await["notifications"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn the_stream_is_one_that_a_plain_event_source_reads() {
    let site = Site::new().await;
    let unauthenticated = site.nobody().get("/api/stream/events").await;
    unauthenticated.problem(401);
    let mut stream = site.user("anna").listen("").await;
    let header = |name: &str| stream.headers[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-cache");
    assert_eq!(header("connection"), "keep-alive");
    assert_eq!(header("x-accel-buffering"), "no");
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "Maintenance", "message": "at six"})).await;
    let task = r#"{"type":"task-completed","userId":"anna","taskId":"t1","status":"completed"}"#;
    let publication = sns::parse(task, "m1", site.now()).unwrap();
    site.service.deliver(&[Message { handle: "m1".to_owned(), publication }]).await;
    let news = stream.news().await;
    assert!(!String::from_utf8_lossy(&stream.raw).contains("event:"));
    let broadcast = news.iter().find(|event| event["type"] == "broadcast").unwrap();
    assert_eq!((&broadcast["notification"]["title"], &broadcast["notification"]["userId"]), (&json!("Maintenance"), &json!("anna")));
    let done = news.iter().find(|event| event["type"] == "task-completed").unwrap();
    assert_eq!((&done["userId"], &done["taskId"], &done["status"]), (&json!("anna"), &json!("t1"), &json!("completed")));
    assert_eq!(done["task"]["status"], "completed");
    assert_eq!(site.user("anna").page().await["unreadCount"], 1, "a task makes no notification by itself");
}
