//! What functions write at their fullest. The runtime itself would tell each event as it came, the SDKs each request and answer.

use serde_json::json;

use crate::support::{Follow, Site, body_of, changed, event};

#[tokio::test(flavor = "multi_thread")]
async fn at_its_fullest_no_function_writes_a_token_a_title_or_a_ticket() {
    let site = Site::open().await;
    let full = |name: &str| site.launch(name).with("BELFRY_LOG", "trace,lambda_runtime=trace,aws_smithy_runtime=trace");
    let (api, deliver, websocket, stream) =
        (full("api").start().await, full("deliver").start().await, full("websocket").start().await, full("stream").start().await);
    let ticket = body_of(&api.invoke(event("api-ticket.json").as_bytes()).returned().await.unwrap())["ticket"].clone();
    let ticket = ticket.as_str().unwrap();
    let connect = event("socket-connect-ticket.json").replace("TICKET", ticket);
    assert_eq!(websocket.invoke(connect.as_bytes()).returned().await.unwrap()["statusCode"], 200);
    let mut follow = Follow::open(&stream, event("stream-open.json").as_bytes()).await.placed().await;
    let told = json!({"type": "notification", "userId": "anna", "title": "a-secret-title", "message": "a-secret-message"});
    let one = changed("deliver-batch.json", |event| {
        event["Records"].as_array_mut().unwrap().truncate(1);
        event["Records"][0]["body"] = json!(told.to_string());
        event["Records"][0]["messageAttributes"] = json!({});
    });
    assert_eq!(deliver.invoke(&one).returned().await.unwrap(), json!({"batchItemFailures": []}), "{}", deliver.log());
    assert_eq!(follow.title().await.as_deref(), Some("a-secret-title"));
    let list = api.invoke(event("api-list.json").as_bytes()).returned().await.unwrap();
    assert_eq!(body_of(&list)["notifications"][0]["title"], "a-secret-title");
    for function in [api, deliver, websocket, stream] {
        let log = function.log();
        // Each token begins with its header, which is JSON in base64.
        for secret in ["eyJ", ticket, "a-secret"] {
            let line = log.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} is in {line:?}");
        }
    }
}
