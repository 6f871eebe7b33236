//! A user sees what is addressed to them, to everyone and to their topics. Nothing else, ever.

use reqwest::Method;
use serde_json::json;

use crate::client::Answer;
use crate::deployment::Deployment;

pub(super) async fn nobody_sees_what_is_not_theirs(at: &Deployment) {
    let (anna, ben, admin) = (at.member("anna", "ops"), at.user("ben"), at.admin());
    let (cursor, mut socket) = (ben.cursor().await, ben.socket().await);
    admin.notify(&anna, "hers").await;
    at.publish(&json!({"type": "broadcast", "audience": at.own("ops"), "title": at.own("her topic's")})).await;
    at.publish(&json!({"type": "task-completed", "userId": anna.id, "taskId": "hers", "status": "completed"})).await;
    let hers = anna.find("hers").await;
    anna.find("her topic's").await;
    admin.notify(&ben, "his").await;

    ben.shows(&["his"]).await;
    assert_eq!(ben.polled_to(cursor, "his").await.0, ["his"]);
    let first = socket.event(|event| ben.own_title(event).is_some() || event["type"] == "task-completed").await;
    assert_eq!(ben.own_title(&first).as_deref(), Some("his"));
    let id = hers["id"].as_str().unwrap();
    for path in [format!("/api/notifications/{id}"), "/api/notifications/sent/x?by=id".to_owned()] {
        assert!([403, 404].contains(&Answer::to(ben.request(Method::DELETE, &path)).await.status), "{path}");
    }
    let patched = ben.send(Method::PATCH, "/api/notifications", &json!({"id": id})).await;
    assert_eq!(patched.problem(404), "not-found");
    assert_eq!(ben.get("/api/tasks/hers").await.problem(404), "not-found");
    let posted = ben.send(Method::POST, "/api/notifications", &json!({"userId": anna.id, "title": at.own("from ben")})).await;
    assert_eq!(posted.problem(403), "forbidden");
    assert_eq!(anna.unread().await, ben.unread().await + 1, "hers and her topic's, against his");
}
