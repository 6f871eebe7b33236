//! What is said to everyone or to a topic, and what is taken back.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, Site};

const PATH: &str = "/api/notifications/broadcast";

async fn withdraw(caller: &Caller<'_>, what: &str) -> u16 {
    caller.site.send(caller.request("DELETE", &format!("/api/notifications/sent/{what}"), &[], "")).await.status.as_u16()
}

#[tokio::test(start_paused = true)]
async fn everyone_gets_it_in_list_count_and_stream_and_marks_their_own() {
    let site = Site::new().await;
    let (anna, ben) = (site.user("anna"), site.user("ben"));
    let (mut hers, mut his) = (anna.listen("").await, ben.listen("").await);
    let sent = site.admin().done("POST", PATH, &json!({"title": "Maintenance", "message": "at six", "type": "warning"})).await;
    assert!(sent["id"].is_string() && sent.get("accepted").is_none());
    for (stream, user) in [(&mut hers, "anna"), (&mut his, "ben")] {
        let news = stream.news().await;
        assert_eq!(news.len(), 1, "the fan-out leaves the counts out");
        assert_eq!((&news[0]["type"], &news[0]["notification"]["userId"]), (&json!("broadcast"), &json!(user)));
        let listed = site.user(user).page().await["notifications"][0].clone();
        assert_eq!(news[0]["notification"], listed);
        assert_eq!((&listed["audience"], &listed["unreadSince"]), (&json!("everyone"), &json!({"feed": "everyone", "n": 1})));
    }
    anna.done("PATCH", "/api/notifications", &json!({"all": true})).await;
    assert_eq!((anna.counts().await.0, ben.counts().await.0), (0, 1));
    let told = hers.news().await;
    assert_eq!(told[0], json!({"type": "watermark", "read": {"user": 1, "everyone": 1}}));
    assert_eq!(his.news().await, Vec::<Value>::new());
    anna.done("DELETE", "/api/notifications", &json!({"all": true})).await;
    assert_eq!((anna.titles("").await.len(), ben.titles("").await.len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_topic_is_for_those_whose_token_names_it() {
    let site = Site::new().await;
    let (with, without) = (site.with_topics("anna", &["ops", "team:7"]), site.user("ben"));
    let (mut with_stream, mut without_stream) = (with.listen("").await, without.listen("").await);
    for audience in ["ops", "team:7", "others", "everyone"] {
        site.admin().done("POST", PATH, &json!({"title": audience, "audience": audience})).await;
    }
    let mut titles = with_stream.titles().await;
    titles.sort();
    assert_eq!(titles, ["everyone", "ops", "team:7"]);
    assert_eq!(without_stream.titles().await, ["everyone"]);
    assert_eq!((with.counts().await.0, without.counts().await.0), (3, 1));
    for wrong in ["user", "", "Ops", "a b", "#", &"x".repeat(65)] {
        let answer = site.admin().send("POST", PATH, &json!({"title": "t", "audience": wrong})).await;
        assert_eq!(answer.json()["errors"][0]["field"], "audience", "{wrong}");
    }
    for unknown in ["userId", "userIds", "tenant", "id"] {
        let mut body = json!({"title": "t"});
        body[unknown] = json!("anna");
        assert_eq!(site.admin().send("POST", PATH, &body).await.problem(400), "invalid-field", "{unknown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_sees_the_last_week() {
    let site = Site::new().await;
    site.broadcast("old").await;
    site.pass(Duration::from_hours(8 * 24));
    site.broadcast("recent").await;
    site.pass(Duration::from_hours(24));
    assert_eq!(site.user("newcomer").titles("").await, ["recent"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_is_withdrawn_by_id_and_by_key_live_too() {
    let site = Site::new().await;
    let (admin, anna) = (site.admin(), site.user("anna"));
    let by_id = site.notify("anna", "by id").await["id"].as_str().unwrap().to_owned();
    admin.done("POST", "/api/notifications", &json!({"userId": "anna", "title": "by key", "key": "a/b c%é"})).await;
    let broadcast = site.broadcast("to all, by id").await["id"].as_str().unwrap().to_owned();
    admin.done("POST", PATH, &json!({"title": "to all, by key", "key": "all"})).await;
    site.notify("ben", "his").await;
    assert_eq!(anna.counts().await.0, 4);
    let mut stream = anna.listen("").await;
    assert_eq!(withdraw(&site.job(), &format!("{by_id}?by=id&userId=anna")).await, 202);
    assert_eq!(withdraw(&admin, "a%2Fb%20c%25%C3%A9?by=key&userId=anna").await, 202);
    assert_eq!(withdraw(&admin, &format!("{broadcast}?by=id&audience=everyone")).await, 202);
    assert_eq!(withdraw(&admin, "all?by=key&audience=everyone").await, 202);
    assert_eq!(withdraw(&admin, "all?by=key&audience=everyone").await, 202, "again");
    assert_eq!(withdraw(&admin, "never-sent?by=id&userId=anna").await, 202);
    assert_eq!((anna.titles("").await.len(), anna.counts().await.0), (0, 0));
    let gone = stream.news().await.iter().filter(|event| event["type"] == "notification-deleted").count();
    assert_eq!(gone, 4);
    assert_eq!(site.user("ben").titles("").await, ["his"]);
    site.user("anna").send("DELETE", &format!("/api/notifications/sent/{by_id}?by=id&userId=anna"), &json!({})).await.problem(403);
    for (query, field) in [
        ("userId=anna", "by"),
        ("by=id", "userId"),
        ("by=both&userId=anna", "by"),
        ("by=id&userId=anna&audience=everyone", "userId"),
        ("by=id&by=key&userId=anna", "by"),
        ("by=id&audience=user", "audience"),
        ("by=id&userId=", "userId"),
    ] {
        let answer = site.send(admin.request("DELETE", &format!("/api/notifications/sent/x?{query}"), &[], "")).await;
        assert_eq!(answer.problem(400), "invalid-query", "{query}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{query}");
    }
}
