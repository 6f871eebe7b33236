//! Sockets: pushes, resumption, pings, and what is no message.

use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::client::Socket;
use crate::deployment::Deployment;
use crate::wait::eventually;

pub(super) async fn a_publication_reaches_an_open_socket(at: &Deployment) {
    let anna = at.user("anna");
    let mut socket = anna.socket().await;
    for title in ["one", "two", "three"] {
        at.publish(&json!({"type": "notification", "userId": anna.id, "title": at.own(title)})).await;
        let event = socket.event(|event| anna.own_title(event).is_some()).await;
        assert_eq!((event["type"].as_str(), anna.own_title(&event).as_deref()), (Some("notification"), Some(title)));
        assert_eq!(event["notification"]["userId"], json!(anna.id));
    }
    at.publish(&json!({"type": "task-completed", "userId": anna.id, "taskId": "t1", "status": "failed"})).await;
    let event = socket.event(|event| event["type"] == "task-completed").await;
    assert_eq!((&event["taskId"], &event["status"]), (&json!("t1"), &json!("failed")));
}

pub(super) async fn what_came_while_it_was_away_is_resumed(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    let socket = anna.socket().await;
    let cursor = socket.cursor();
    socket.close().await;
    for title in ["one", "two"] {
        admin.notify(&anna, title).await;
        anna.find(title).await;
    }
    let mut again = Socket::open(&at.sockets_url, &anna.ticket().await).await.unwrap();
    again.resume(Some(cursor.clone())).await;
    for wanted in ["one", "two"] {
        let event = again.event(|event| anna.own_title(event).is_some()).await;
        assert_eq!(anna.own_title(&event).as_deref(), Some(wanted));
    }
    // One cursor for all ways: what the socket held is good for a poll, before and after.
    assert_eq!(anna.polled_to(cursor, "two").await.0, ["one", "two"]);
    admin.notify(&anna, "three").await;
    assert_eq!(anna.polled_to(again.cursor(), "three").await.0, ["three"]);

    let mut foreign = Socket::open(&at.sockets_url, &anna.ticket().await).await.unwrap();
    foreign.resume(Some("rubbish".to_owned())).await;
    foreign.event(|event| event["type"] == "reset").await;
}

pub(super) async fn a_ping_tells_how_far_the_server_is(at: &Deployment) {
    let anna = at.user("anna");
    let mut socket = anna.socket().await;
    at.publish(&json!({"type": "notification", "userId": anna.id, "title": at.own("one")})).await;
    socket.event(|event| anna.own_title(event).as_deref() == Some("one")).await;
    let (told, held) = (socket.ping().await, socket.positions());
    assert_eq!(told["user"], held["user"], "nothing of its own is missing");
    assert!(told.get("everyone").is_some(), "{told}");
    anna.done(Method::PATCH, "/api/notifications", &json!({"all": true})).await;
    let further = socket.ping().await;
    assert!(further["user"]["n"].as_u64() > told["user"]["n"].as_u64(), "{further}");
}

pub(super) async fn nonsense_is_told_and_at_last_ends_the_socket(at: &Deployment) {
    let anna = at.user("anna");
    let mut socket = anna.socket().await;
    socket.say(Message::text("what?")).await;
    let error = socket.error().await.expect("an error before the end");
    assert!(error["type"].as_str().unwrap().starts_with("urn:belfry:problem:"), "{error}");
    // Still good: one mistake is no offence.
    assert!(socket.ping().await.get("user").is_some());
    let mut words =
        [r#"{"action":"dance"}"#, r#"{"action":"ping","action":"ping"}"#, r#"{"action":"resume","colour":"red"}"#].into_iter().cycle();
    for _ in 0..100 {
        socket.say_if_open(Message::text(words.next().unwrap())).await;
        if socket.error().await.is_none() {
            // Its row is gone with it, and others of the same user go on.
            let mut other = anna.socket().await;
            return eventually("its end", async || other.ping().await.get("user").map(|_| ())).await;
        }
    }
    panic!("it was never closed");
}

pub(super) async fn what_was_agreed_is_echoed_and_bytes_are_refused(at: &Deployment) {
    if !at.has_whole_sockets {
        return;
    }
    let anna = at.user("anna");
    let mut request = format!("{}?ticket={}", at.sockets_url, anna.ticket().await).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "belfry.1, other".parse().unwrap());
    let (mut socket, answer) = Socket::open_by(request).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "belfry.1");
    socket.say(Message::binary(vec![0, 159, 146])).await;
    assert!(socket.error().await.is_some());
}
