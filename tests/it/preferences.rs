//! Muted categories: never shown, pushed or counted; broadcasts come back when unmuted.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Listener, Site};

const PATH: &str = "/api/preferences";

async fn mute(site: &Site, categories: &[&str]) {
    let set = site.user("anna").done("PUT", PATH, &json!({"muted": categories})).await;
    assert_eq!(set, json!({"muted": categories}));
}

#[tokio::test(start_paused = true)]
async fn what_is_muted_is_hidden_and_broadcasts_come_back() {
    let site = Site::new().await;
    let (anna, admin) = (site.user("anna"), site.admin());
    let news = |title: &str| json!({"title": title, "category": "news"});
    let own = |title: &str| json!({"userId": "anna", "title": title, "category": "news"});
    admin.done("POST", "/api/notifications/broadcast", &news("before")).await;
    site.pass(Duration::from_millis(1));
    admin.done("POST", "/api/notifications", &own("own before")).await;
    site.pass(Duration::from_millis(1));
    assert_eq!(anna.get(PATH).await.json(), json!({"muted": []}));
    let cursor = anna.cursor().await;
    let mut stream = anna.listen("").await;
    let mut bens = site.user("ben").listen("").await;
    mute(&site, &["news"]).await;
    assert_eq!(anna.get(PATH).await.json(), json!({"muted": ["news"]}));
    assert_eq!(stream.news().await[0], json!({"type": "reset"}));
    assert_eq!(anna.poll(&cursor).await.json()["events"][0], json!({"type": "reset"}));
    assert_eq!(anna.titles("").await, ["own before"], "what was stored for her stays");
    assert_eq!(anna.counts().await.0, 1);
    admin.done("POST", "/api/notifications", &own("own while muted")).await;
    admin.done("POST", "/api/notifications/broadcast", &news("while muted")).await;
    site.pass(Duration::from_millis(1));
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "other"})).await;
    assert_eq!(stream.titles().await, ["other"]);
    assert_eq!(bens.titles().await, ["while muted", "other"]);
    let polled = anna.poll(&cursor).await.text;
    assert!(!polled.contains("while muted") && polled.contains("other"), "{polled}");
    assert_eq!(anna.titles("").await, ["other", "own before"]);
    assert_eq!(anna.titles("category=news").await, ["own before"]);
    assert_eq!(anna.counts().await.0, 2);
    anna.done("PATCH", "/api/notifications", &json!({"category": "news"})).await;
    mute(&site, &[]).await;
    assert_eq!(stream.news().await.iter().filter(|event| event["type"] == "reset").count(), 1);
    assert_eq!(anna.titles("").await, ["other", "while muted", "own before", "before"], "broadcasts are there again");
    assert_eq!(anna.counts().await.0, 3, "and unread, since she never saw them");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_comes_back_after_a_change_is_reset_and_hides_too() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let cursor = anna.cursor().await;
    mute(&site, &["news"]).await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "hidden", "category": "news"})).await;
    let mut back = Listener::open(&anna, "", &[("last-event-id", &cursor)]).await;
    let news = back.news().await;
    assert!(news.contains(&json!({"type": "reset"})), "{news:?}");
    assert!(news.iter().all(|event| event["type"] != "broadcast"), "{news:?}");
    assert_eq!(anna.poll(back.last_event_id()).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn the_same_again_changes_nothing_and_wrong_ones_are_refused() {
    let site = Site::new().await;
    let anna = site.user("anna");
    mute(&site, &["a", "b"]).await;
    let mut stream = anna.listen("").await;
    let same = anna.done("PUT", PATH, &json!({"muted": ["b", "a", "b"]})).await;
    assert_eq!(same, json!({"muted": ["a", "b"]}));
    assert_eq!(stream.news().await, Vec::<Value>::new());
    let many: Vec<String> = (0..51).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({}), "muted"),
        (json!({"muted": null}), "muted"),
        (json!({"muted": "a"}), "muted"),
        (json!({"muted": [""]}), "muted[0]"),
        (json!({"muted": ["a", 1]}), "muted[1]"),
        (json!({"muted": ["x".repeat(129)]}), "muted[0]"),
        (json!({"muted": many}), "muted"),
    ] {
        let answer = anna.send("PUT", PATH, &body).await;
        assert_eq!(answer.problem(400), "invalid-field", "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
    assert_eq!(anna.get(PATH).await.json(), json!({"muted": ["a", "b"]}));
    assert_eq!(site.user("ben").get(PATH).await.json(), json!({"muted": []}));
}
