//! Nobody learns of another's.

use serde_json::{Value, json};
use service::Settings;

use crate::support::{Caller, Site};

async fn state(caller: &Caller<'_>) -> (Value, Value) {
    (caller.page().await, caller.get("/api/tasks").await.json())
}

#[tokio::test]
async fn i5_another_users_ids_cursors_tasks_and_tickets_are_worth_nothing() {
    let site = Site::new().await;
    let (anna, ben) = (site.with_topics("anna", &["ops"]), site.user("ben"));
    let before = anna.cursor().await;
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "Secret"})).await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "For ops", "audience": "ops"})).await;
    site.admin().done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": "t1", "status": "running"})).await;
    let mut stream = ben.listen("").await;
    let hers = state(&anna).await;
    let ids: Vec<String> = hers.0["notifications"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), 2);
    for id in &ids {
        ben.send("PATCH", "/api/notifications", &json!({"id": id})).await.problem(404);
        ben.send("PATCH", "/api/notifications", &json!({"ids": [id], "archived": true})).await.problem(404);
        ben.send("DELETE", "/api/notifications", &json!({"id": id})).await.problem(404);
        ben.send("PATCH", &format!("/api/notifications/{id}"), &json!({"read": true})).await.problem(404);
        ben.send("DELETE", &format!("/api/notifications/{id}"), &json!({})).await;
    }
    ben.get("/api/tasks/t1").await.problem(404);
    let up_to = hers.0["streamCursor"].clone();
    ben.send("PATCH", "/api/notifications", &json!({"all": true, "upTo": up_to})).await.problem(400);
    for cursor in [before.as_str(), up_to.as_str().unwrap()] {
        let polled = ben.poll(cursor).await.json();
        assert_eq!(polled["events"], json!([{"type": "reset"}]));
        let mut streamed = ben.listen(&format!("?after={cursor}")).await;
        assert_eq!(streamed.news().await, [json!({"type": "reset"})]);
    }
    let walk = anna.get("/api/notifications?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned();
    ben.get(&format!("/api/notifications?limit=1&cursor={walk}")).await.problem(400);
    let (his_page, his_tasks) = state(&ben).await;
    assert_eq!((&his_page["notifications"], &his_tasks["tasks"]), (&json!([]), &json!([])));
    assert!(stream.news().await.iter().all(|event| event["notification"].is_null() && event["task"].is_null()));
    assert_eq!(state(&anna).await.0["notifications"], hers.0["notifications"], "nothing of hers changed");
}

#[tokio::test]
async fn i5_one_tenants_users_know_nothing_of_anothers() {
    let settings = Settings { tenants: true, ..Settings::default() };
    let site = Site::with(settings, |config| config.tenant_claim = Some("tenant".to_owned())).await;
    let (mine, theirs) = (site.of_tenant("anna", "one", false), site.of_tenant("anna", "two", false));
    let admin = site.of_tenant("root", "one", true);
    let from = theirs.cursor().await;
    admin.done("POST", "/api/notifications", &json!({"userId": "anna", "title": "Of one"})).await;
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "To all of one"})).await;
    let page = mine.page().await;
    assert_eq!(page["notifications"].as_array().unwrap().len(), 2);
    assert_eq!(theirs.page().await["notifications"], json!([]));
    assert_eq!(theirs.poll(&from).await.status, 204);
    let cursor = page["streamCursor"].as_str().unwrap();
    assert_eq!(theirs.poll(cursor).await.json()["events"], json!([{"type": "reset"}]));
    let id = page["notifications"][0]["id"].clone();
    theirs.send("DELETE", "/api/notifications", &json!({"id": id})).await.problem(404);
    site.user("anna").get("/api/notifications").await.problem(401);
}

#[tokio::test]
async fn a_topic_is_seen_by_those_whose_token_names_it_and_its_loss_is_a_reset() {
    let site = Site::new().await;
    let (with, without) = (site.with_topics("anna", &["ops"]), site.user("anna"));
    let cursor = with.cursor().await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "For ops", "audience": "ops"})).await;
    assert_eq!(with.page().await["unreadCount"], 1);
    assert_eq!(without.page().await["unreadCount"], 0);
    assert_eq!(without.poll(&cursor).await.json()["events"], json!([{"type": "reset"}]));
    assert_eq!(with.poll(&cursor).await.json()["events"][0]["notification"]["title"], "For ops");
}
