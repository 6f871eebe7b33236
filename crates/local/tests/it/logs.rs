//! What never stands in a log.

use serde_json::json;

use crate::support::{Home, Server};

#[tokio::test]
async fn at_its_fullest_a_log_holds_no_token_no_title_and_no_ticket() {
    let home = Home::new();
    let server = Server::start(&home, &["--log", "trace,aws_smithy_runtime=trace,hyper=trace"]);
    let mut stream = server.stream("anna").await;
    let ticket = server.ticket("anna").await;
    let mut socket = server.try_socket(&format!("?ticket={ticket}"), &[]).await.unwrap();
    socket.resume(None).await;
    server.publish(&json!({"type": "notification", "userId": "anna", "title": "a-secret-title", "message": "a-secret-message"})).await;
    assert_eq!(stream.title().await.as_deref(), Some("a-secret-title"));
    socket.push_of("user").await;
    server.post("admin", "/api/notifications/broadcast", &json!({"title": "another-secret"})).await;
    assert_eq!(stream.title().await.as_deref(), Some("another-secret"));
    let log = home.log();
    assert!(log.contains("/api/stream/ticket"), "requests are told: {log}");
    // Each token begins with its header, which is JSON in base64.
    for secret in ["eyJ", &ticket, "a-secret", "another-secret"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in {line:?}");
    }
}
