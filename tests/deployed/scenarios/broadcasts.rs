//! Broadcasts, to everyone and to a topic's members.

use futures::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::client::Caller;
use crate::deployment::Deployment;

pub(super) async fn a_broadcast_reaches_the_sockets_of_three_users(at: &Deployment) {
    let users = [at.member("anna", "ops"), at.user("ben"), at.user("cleo")];
    let mut sockets = join_all(users.iter().map(Caller::socket)).await;
    at.publish(&json!({"type": "broadcast", "title": at.own("by a job")})).await;
    at.admin().done(Method::POST, "/api/notifications/broadcast", &json!({"title": at.own("by an admin")})).await;
    for (user, socket) in users.iter().zip(&mut sockets) {
        let mut titles = Vec::new();
        for _ in 0..2 {
            let event = socket.event(|event| user.own_title(event).is_some()).await;
            assert_eq!((&event["type"], &event["notification"]["userId"]), (&json!("broadcast"), &json!(user.id)));
            titles.extend(user.own_title(&event));
        }
        titles.sort();
        assert_eq!(titles, ["by a job", "by an admin"]);
        assert!(user.titles().await.len() == 2, "the list shows them too");
    }

    at.publish(&json!({"type": "broadcast", "audience": at.own("ops"), "title": at.own("for ops")})).await;
    sockets[0].event(|event| users[0].own_title(event).as_deref() == Some("for ops")).await;
    users[0].find("for ops").await;
    users[1].shows(&["by a job", "by an admin"]).await;
}
