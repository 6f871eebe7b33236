//! The inherited interface (†): existing dashboards, jobs and `EventSource` code rely on these names, so they do not change.

use crate::sample;
use contract::event::to_json;
use contract::openapi::{Method, ROUTES};
use contract::{query, rest, sns, sse, wire};
use inbox::event::{Counts, Event};
use inbox::moment::Moment;
use serde_json::{Value, json};

fn event(event: &Event) -> Value {
    serde_json::from_str(to_json(event, &sample::anna()).get()).unwrap()
}

fn value(answer: &impl serde::Serialize) -> Value {
    serde_json::from_str(&serde_json::to_string(answer).unwrap()).unwrap()
}

/// A notification's inherited fields, with the reader's name in a broadcast too.
fn inherited(notification: &Value) {
    for name in ["id", "userId", "title", "message", "type", "createdAt"] {
        assert!(notification[name].is_string(), "{name}");
    }
    assert!(notification["read"].is_boolean());
    assert_eq!(notification["userId"], "anna");
    assert_eq!(notification["createdAt"], "2026-11-25T04:37:33.120Z");
}

#[test]
fn notifications_keep_their_names() {
    inherited(&value(&wire::Notification::of(&sample::notification(), &sample::anna())));
    inherited(&value(&wire::Notification::of(&sample::broadcast(), &sample::anna())));
    let broadcast = event(&Event::Broadcast(sample::broadcast()));
    assert_eq!(broadcast["type"], "broadcast");
    inherited(&broadcast["notification"]);
    assert_eq!(broadcast["notification"]["read"], true);
    assert_eq!(value(&wire::Notification::of(&sample::notification(), &sample::anna()))["type"], "error");
}

#[test]
fn a_completed_task_has_its_fields_at_the_top() {
    let told = event(&Event::TaskCompleted(sample::completed()));
    assert_eq!(
        (&told["type"], &told["userId"], &told["taskId"], &told["status"]),
        (&json!("task-completed"), &json!("anna"), &json!("t1"), &json!("completed"))
    );
    assert_eq!(told["task"]["id"], "t1");
}

#[test]
fn the_shortest_publication_is_valid() {
    let body = r#"{"type":"task-completed","userId":"u1","taskId":"t1","status":"completed"}"#;
    assert!(sns::parse(body, "message-1", Moment::default()).is_ok());
}

#[test]
fn marks_keep_their_bodies_and_answers() {
    assert!(matches!(
        rest::parse_mark(br#"{"id":"AQEBAQEBAAAAAAEA"}"#),
        Ok(rest::Ask { target: rest::Target::Ids(_), mark: rest::Mark::Read })
    ));
    assert!(matches!(
        rest::parse_mark(br#"{"all":true}"#),
        Ok(rest::Ask { target: rest::Target::All { up_to: None }, mark: rest::Mark::Read })
    ));
    assert!(rest::parse_delete(br#"{"id":"AQEBAQEBAAAAAAEA"}"#).is_ok());
    assert!(rest::parse_delete(br#"{"all":true}"#).is_ok());
    let counts = Counts { unread: 2, unseen: 1 };
    assert_eq!(value(&rest::Marked::new(Some(1), counts, false))["unreadCount"], 2);
    assert_eq!(value(&rest::Deleted::new(None, counts)), json!({"unreadCount": 2, "unseenCount": 1}));
    assert!(matches!(query::list("page=1&limit=50").unwrap().start, query::Start::Page(1)));
}

#[test]
fn paths_stand() {
    for (method, path) in [
        (Method::Get, "/api/notifications"),
        (Method::Patch, "/api/notifications"),
        (Method::Delete, "/api/notifications"),
        (Method::Post, "/api/notifications/broadcast"),
        (Method::Get, "/api/stream/events"),
    ] {
        assert!(ROUTES.iter().any(|route| route.method == method && route.path == path), "{path}");
    }
    assert_eq!(sse::HEARTBEAT, b": heartbeat\n\n");
}
