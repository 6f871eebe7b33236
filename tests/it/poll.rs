//! The polling backup: the very events that a stream would have sent.

use serde_json::{Value, json};

use crate::support::{Listener, Site};

/// Without the counts, which a poll tells once, at its end.
fn without_counts(events: &[Value]) -> Vec<Value> {
    events.iter().filter(|event| event["type"] != "inbox").cloned().collect()
}

async fn happenings(site: &Site) {
    let (anna, admin) = (site.with_topics("anna", &["ops"]), site.admin());
    site.notify("anna", "one").await;
    site.notify("anna", "two").await;
    site.broadcast("for all").await;
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "for ops", "audience": "ops"})).await;
    admin.done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": "t1", "status": "running"})).await;
    anna.done("PATCH", "/api/notifications", &json!({"id": anna.id("one").await})).await;
    anna.done("DELETE", "/api/notifications", &json!({"id": anna.id("for all").await})).await;
    anna.done("PATCH", "/api/notifications", &json!({"all": true})).await;
    admin.done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": "t1", "status": "completed"})).await;
}

#[tokio::test(start_paused = true)]
async fn a_poll_tells_what_a_stream_from_there_tells() {
    let site = Site::new().await;
    let anna = site.with_topics("anna", &["ops"]);
    let begin = anna.get("/api/events").await.json();
    assert_eq!((&begin["events"], &begin["more"]), (&json!([]), &json!(false)));
    let cursor = begin["cursor"].as_str().unwrap();
    let nothing = anna.poll(cursor).await;
    assert_eq!((nothing.status.as_u16(), nothing.text.as_str()), (204, ""));
    happenings(&site).await;
    let polled = anna.poll(cursor).await.json();
    let mut stream = Listener::open(&anna, "", &[("last-event-id", cursor)]).await;
    let streamed = stream.news().await;
    assert_eq!(without_counts(polled["events"].as_array().unwrap()), without_counts(&streamed));
    assert_eq!(polled["events"].as_array().unwrap().last().unwrap(), &json!({"type": "inbox", "unreadCount": 0, "unseenCount": 0}));
    let place = polled["cursor"].as_str().unwrap();
    assert_eq!(anna.poll(place).await.status, 204);
    assert_eq!(anna.poll(stream.last_event_id()).await.status, 204, "one cursor for all transports");
    assert_eq!(anna.poll(cursor).await.json()["events"], polled["events"], "the old one stays good");
    site.notify("anna", "later").await;
    let mut on = Listener::open(&anna, "", &[("last-event-id", place)]).await;
    assert_eq!(on.titles().await, ["later"]);
}

/// Case 12.
#[tokio::test(start_paused = true)]
async fn much_comes_in_pieces_and_very_much_is_a_reset() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let cursor = anna.cursor().await;
    for number in 0..450 {
        site.notify("anna", &number.to_string()).await;
    }
    let (mut at, mut titles, mut polls) = (cursor.clone(), Vec::new(), 0);
    loop {
        let polled = anna.poll(&at).await.json();
        let told = polled["events"].as_array().unwrap();
        titles.extend(told.iter().filter_map(|event| event["notification"]["title"].as_str().map(str::to_owned)));
        polls += 1;
        polled["cursor"].as_str().unwrap().clone_into(&mut at);
        if polled["more"] != true {
            break;
        }
    }
    assert_eq!(titles, (0..450).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(polls, 3, "200 commits a request");
    assert_eq!(anna.poll(&at).await.status, 204);
    for number in 450..1_001 {
        site.notify("anna", &number.to_string()).await;
    }
    let polled = anna.poll(&cursor).await.json();
    assert_eq!(polled["events"], json!([{"type": "reset"}]), "more than a thousand behind: fetch the lists");
    assert_eq!(anna.poll(polled["cursor"].as_str().unwrap()).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_never_kept_by_a_cache_nor_conditional() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let cursor = anna.cursor().await;
    site.notify("anna", "one").await;
    let polled = anna.poll(&cursor).await;
    assert!(polled.header("cache-control").contains("no-cache") || polled.header("cache-control").contains("no-store"));
    assert_eq!(anna.get_if(&format!("/api/events?after={cursor}"), "*").await.status, 200);
}
