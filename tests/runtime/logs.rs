//! What functions write at their fullest. The runtime itself would tell each event as it came, the SDKs each request and answer.

use serde_json::{Value, json};

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

/// What a line's spans say of it, under this name.
fn of_spans(line: &Value, name: &str) -> Vec<String> {
    let spans = line["spans"].as_array().into_iter().flatten();
    spans.filter_map(|span| span[name].as_str()).map(str::to_owned).collect()
}

/// A line is found by the id of Lambda's run, and behind REST by what the gateway calls the request, which its answer carries.
#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_json_and_names_its_request() {
    let site = Site::open().await;
    let (api, deliver) = (site.launch("api").start().await, site.launch("deliver").start().await);
    let answer = api.invoke(event("api-no-credential.json").as_bytes()).returned().await.unwrap();
    let asked: Value = serde_json::from_str(&event("api-no-credential.json")).unwrap();
    let id = asked["requestContext"]["requestId"].as_str().unwrap();
    assert_eq!(crate::api::header(&answer, "x-request-id"), id);
    deliver.invoke(event("deliver-poison.json").as_bytes()).returned().await.unwrap();
    for (log, word, of_gateway) in
        [(api.logged("\"status\":401").await, "\"status\":401", Some(id)), (deliver.logged("dead letter").await, "dead letter", None)]
    {
        let lines: Vec<Value> =
            log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect();
        let told: Vec<&Value> = lines.iter().filter(|line| line.to_string().contains(word)).collect();
        assert!(!told.is_empty(), "{log}");
        for line in told {
            assert_eq!(of_spans(line, "requestId").len(), 1, "{line}");
            assert_eq!(of_spans(line, "request.id").first().map(String::as_str), of_gateway, "{line}");
        }
    }
}
