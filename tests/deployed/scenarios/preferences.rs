//! What is muted is not there at all.

use reqwest::Method;
use serde_json::json;

use crate::deployment::Deployment;

pub(super) async fn a_muted_category_reaches_nobody(at: &Deployment) {
    let (anna, ben) = (at.user("anna"), at.user("ben"));
    let mut open = anna.socket().await;
    assert_eq!(anna.get("/api/preferences").await.json(), json!({"muted": []}));
    anna.done(Method::PUT, "/api/preferences", &json!({"muted": ["ads"]})).await;
    open.event(|event| event["type"] == "reset").await;
    open.resume(None).await;
    let mut later = anna.socket().await;
    let mut bens = ben.socket().await;
    let cursor = anna.cursor().await;

    at.publish(&json!({"type": "notification", "userId": anna.id, "title": at.own("an ad"), "category": "ads"})).await;
    at.publish(&json!({"type": "broadcast", "title": at.own("an ad for all"), "category": "ads"})).await;
    bens.event(|event| ben.own_title(event).as_deref() == Some("an ad for all")).await;
    at.publish(&json!({"type": "broadcast", "title": at.own("news for all"), "category": "news"})).await;
    for socket in [&mut open, &mut later] {
        let event = socket.event(|event| anna.own_title(event).is_some()).await;
        assert_eq!(anna.own_title(&event).as_deref(), Some("news for all"));
    }
    anna.shows(&["news for all"]).await;
    assert_eq!(anna.polled_to(cursor, "news for all").await.0, ["news for all"]);
    ben.shows(&["an ad for all", "news for all"]).await;

    anna.done(Method::PUT, "/api/preferences", &json!({"muted": []})).await;
    anna.shows(&["an ad for all", "news for all"]).await;
}
