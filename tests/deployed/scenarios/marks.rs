//! Marks made in one place are seen in all.

use reqwest::Method;
use serde_json::json;

use crate::deployment::Deployment;

pub(super) async fn marks_reach_the_other_socket(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    admin.notify(&anna, "one").await;
    let one = anna.find("one").await;
    let mut sockets = [anna.socket().await, anna.socket().await];
    anna.done(Method::PATCH, "/api/notifications", &json!({"id": one["id"]})).await;
    for socket in &mut sockets {
        let event = socket.event(|event| event["type"] == "notification").await;
        assert_eq!((&event["notification"]["id"], &event["notification"]["read"]), (&one["id"], &json!(true)));
        socket.event(|event| event["type"] == "inbox").await;
    }
    anna.done(Method::PATCH, "/api/notifications", &json!({"all": true})).await;
    for socket in &mut sockets {
        let event = socket.event(|event| event["type"] == "watermark").await;
        assert!(event["read"]["user"].is_u64(), "{event}");
    }
    anna.done(Method::DELETE, "/api/notifications", &json!({"id": one["id"]})).await;
    for socket in &mut sockets {
        let event = socket.event(|event| event["type"] == "notification-deleted").await;
        assert_eq!(event["id"], one["id"]);
    }
}
