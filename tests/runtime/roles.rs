//! Each function does what its role allows, all of it: what none does is too much. What one does and may not is found after every test.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::cloud::Told;
use testkit::lambda::Function;
use testkit::site::SECRET;

use crate::support::{Follow, Site, body_of, changed, event, not_called, set_header, set_query};
use crate::websocket::posted;

/// What is allowed and not shown here: a change of preferences must come between two commits of one batch.
const NOT_SHOWN: [(&str, &str, &str); 1] = [("deliver", "dynamodb:UpdateItem", "Table.Arn")];
const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:belfry-AbCdEf";

async fn told(function: &Function, event: &[u8]) -> Value {
    function.invoke(event).returned().await.unwrap_or_else(|failure| panic!("{failure:?}\n{}", function.log()))
}

/// Asks `api`; what comes back is no refusal.
async fn ask(api: &Function, method: &str, path: &str, body: &Value, query: &[(&str, &str)]) -> Value {
    let ask = changed("api-list.json", |event| {
        (event["httpMethod"], event["path"], event["resource"]) = (json!(method), json!(path), json!(path));
        event["requestContext"]["httpMethod"] = json!(method);
        set_query(event, query);
        set_header(event, "Content-Type", "application/json");
        event["body"] = if body.is_null() { Value::Null } else { json!(body.to_string()) };
    });
    let answer = told(api, &ask).await;
    assert!(answer["statusCode"].as_u64().unwrap() < 300, "{method} {path}: {answer}");
    body_of(&answer)
}

/// Hands `deliver` one event, which it can read.
async fn hand(deliver: &Function, id: &str, body: &Value) {
    let one = changed("deliver-batch.json", |event| {
        event["Records"].as_array_mut().unwrap().truncate(1);
        let record = &mut event["Records"][0];
        (record["messageId"], record["body"], record["messageAttributes"]) = (json!(id), json!(body.to_string()), json!({}));
    });
    assert_eq!(told(deliver, &one).await, json!({"batchItemFailures": []}), "{}", deliver.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_function_does_all_that_its_role_allows() {
    let site = Site::open().await;
    site.cloud.keep_secret(SECRET);
    let kept = |name: &str| site.launch(name).with("BELFRY_JWT_SECRET", "").with("BELFRY_JWT_SECRET_ARN", ARN);
    let (api, websocket) = (kept("api").start().await, kept("websocket").start().await);
    let stream = kept("stream").with("BELFRY_STREAM_WINDOW_S", "1").with("BELFRY_STREAMS_MAX", "5").start().await;
    let (deliver, fanout) = (site.launch("deliver").start().await, site.launch("fanout").start().await);

    let cursor = ask(&api, "GET", "/api/notifications", &Value::Null, &[]).await["streamCursor"].as_str().unwrap().to_owned();
    told(&websocket, event("socket-connect-bearer.json").as_bytes()).await;
    told(&deliver, event("deliver-batch.json").as_bytes()).await;
    told(&deliver, event("deliver-poison.json").as_bytes()).await;
    for title in ["one", "its follower"] {
        hand(&deliver, title, &json!({"type": "notification", "userId": "anna", "key": "k", "title": title})).await;
    }
    told(&websocket, event("socket-resume.json").replace("CURSOR", &cursor).as_bytes()).await;

    Follow::open(&stream, event("stream-open.json").as_bytes()).await.until_end().await;
    let ticket = told(&api, event("api-ticket.json").as_bytes()).await;
    let ticket = body_of(&ticket)["ticket"].as_str().unwrap().to_owned();
    let ask_stream = event("stream-ticket.json").replace("TICKET", &ticket).replace("CURSOR", &cursor);
    Follow::open(&stream, ask_stream.as_bytes()).await.until_end().await;

    assert!(ask(&api, "GET", "/api/events", &Value::Null, &[("after", &cursor)]).await["events"].is_array());
    ask(&api, "PUT", "/api/preferences", &json!({"muted": ["ads"]}), &[]).await;
    let page = ask(&api, "GET", "/api/notifications", &Value::Null, &[]).await;
    let own = page["notifications"].as_array().unwrap().iter().find(|one| one["audience"] == "user").unwrap();
    ask(&api, "DELETE", "/api/notifications", &json!({"id": own["id"]}), &[]).await;
    ask(&api, "DELETE", "/api/notifications", &json!({"all": true}), &[]).await;
    told(&api, event("api-broadcast.json").as_bytes()).await;

    site.connect(10).await;
    site.cloud.sockets_answer(|connection| if connection.starts_with("socket-") { Told::Gone } else { Told::Taken });
    for name in ["fanout-job.json", "fanout-sweep.json", "fanout-poison.json"] {
        assert_eq!(told(&fanout, event(name).as_bytes()).await, json!({"batchItemFailures": []}), "{}", fanout.log());
    }
    site.cloud.sockets_answer(|_| Told::Taken);
    for shard in ["0", "1"] {
        told(&fanout, event("fanout-job.json").replace("shard\\\":0", &format!("shard\\\":{shard}")).as_bytes()).await;
    }
    let hurried = site.launch("fanout").timeout(Duration::from_secs(5)).start().await;
    told(&hurried, event("fanout-job.json").as_bytes()).await;

    while posted(&site).last().is_none_or(|post| !post.is_null()) {
        told(&websocket, event("socket-unknown-action.json").as_bytes()).await;
    }
    let idle = not_called(site.cloud.calls());
    let idle: BTreeSet<_> = idle.iter().map(|(function, action, on)| (function.as_str(), action.as_str(), on.as_str())).collect();
    assert_eq!(idle, NOT_SHOWN.into_iter().collect(), "allowed, and done by none");
}
