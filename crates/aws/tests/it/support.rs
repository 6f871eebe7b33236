//! API Gateway's and SQS's events in few words, and a process that handles them.

use std::sync::Arc;
use std::time::Duration;

use auth::config::{AuthConfig, KeySource, Secret};
use auth::sign::{NewToken, mint};
use aws::clients::Clients;
use aws::rest;
use aws::telemetry::Counts;
use belfry_http::app::{App, Settings};
use belfry_http::authenticator::Authenticator;
use belfry_http::origin::Origin;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use inbox::id::UserId;
use inbox::moment::Moment;
use lambda_runtime::{Context, LambdaEvent, MetadataPrelude};
use serde_json::{Value, json};
use testkit::World;
use tower::ServiceExt as _;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
/// A page of another origin that may call.
pub(crate) const PAGE: &str = "https://app.example";

/// What handlers have at hand, over a world's first process.
pub(crate) fn app(world: &World, settings: Settings) -> App {
    let auth = Authenticator::new(AuthConfig::new(KeySource::Hs256(Secret::parse(SECRET).unwrap())));
    let settings = Settings { allowed_origins: vec![Origin::parse(PAGE).unwrap()], ..settings };
    App { service: world.service.clone(), auth: Arc::new(auth), settings: Arc::new(settings) }
}

/// A token of this user, from now on for so long.
pub(crate) fn token(user: &str, now: Moment, life: Duration) -> String {
    mint(&Secret::parse(SECRET).unwrap(), &NewToken::new(UserId::parse(user).unwrap(), now, now.plus(life)))
}

/// A token of this user for a day.
pub(crate) fn bearer(world: &World, user: &str) -> String {
    format!("Bearer {}", token(user, world.now(), Duration::from_hours(24)))
}

/// A token of an admin for a day.
pub(crate) fn admin(world: &World) -> String {
    let mut token = NewToken::new(UserId::parse("root").unwrap(), world.now(), world.now().plus(Duration::from_hours(24)));
    token.admin = true;
    format!("Bearer {}", mint(&Secret::parse(SECRET).unwrap(), &token))
}

/// An event of the REST API, with these headers in its lists and, as API Gateway does, the last of each in the other map.
pub(crate) fn event(method: &str, path: &str, headers: &[(&str, &str)]) -> Value {
    let mut event = json!({
        "resource": path, "path": path, "httpMethod": method, "headers": {}, "multiValueHeaders": {},
        "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null, "stageVariables": null,
        "requestContext": {
            "stage": "prod", "path": format!("/prod{path}"), "httpMethod": method, "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "domainName": "a1b2c3.execute-api.eu-west-1.amazonaws.com", "protocol": "HTTP/1.1", "identity": {}, "apiId": "a1b2c3",
        },
        "body": null, "isBase64Encoded": false,
    });
    let host = ("Host", "a1b2c3.execute-api.eu-west-1.amazonaws.com");
    for (name, value) in [host, ("X-Forwarded-Proto", "https")].iter().chain(headers) {
        event["headers"][*name] = json!(value);
        let list = event["multiValueHeaders"].as_object_mut().unwrap().entry(*name).or_insert_with(|| json!([]));
        list.as_array_mut().unwrap().push(json!(value));
    }
    event
}

/// The same with a decoded query.
pub(crate) fn with_query(mut event: Value, pairs: &[(&str, &str)]) -> Value {
    for (name, value) in pairs {
        event["queryStringParameters"][*name] = json!(value);
        if event["multiValueQueryStringParameters"][*name].is_null() {
            event["multiValueQueryStringParameters"][*name] = json!([]);
        }
        event["multiValueQueryStringParameters"][*name].as_array_mut().unwrap().push(json!(value));
    }
    event
}

/// What `api` answers: the JSON that goes back to API Gateway.
pub(crate) async fn ask(app: &App, event: &Value) -> Value {
    let request = LambdaEvent::new(serde_json::from_str(&event.to_string()).unwrap(), Context::default());
    let Ok(answer) = rest::buffered(app.clone(), |_: Counts| ()).oneshot(request).await;
    serde_json::to_value(answer).unwrap()
}

/// A header of an answer of `api`, as its list.
pub(crate) fn header(answer: &Value, name: &str) -> Vec<String> {
    let list = answer["multiValueHeaders"][name].as_array().cloned().unwrap_or_default();
    list.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
}

/// The body of an answer of `api`.
pub(crate) fn body(answer: &Value) -> Value {
    assert_eq!(answer["isBase64Encoded"], false, "{answer}");
    serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap()
}

/// What `stream` answers.
pub(crate) struct Opened {
    pub(crate) metadata_prelude: MetadataPrelude,
    stream: BoxStream<'static, Result<bytes::Bytes, axum::Error>>,
}

/// What `stream` answers, and what it counted.
pub(crate) async fn open(app: &App, event: &Value) -> (Opened, Counts) {
    let request = LambdaEvent::new(serde_json::from_str(&event.to_string()).unwrap(), Context::default());
    let (sender, counted) = std::sync::mpsc::channel();
    let Ok(answer) = rest::streaming(app.clone(), move |counts| drop(sender.send(counts))).oneshot(request).await;
    (Opened { metadata_prelude: answer.metadata_prelude, stream: answer.stream.boxed() }, counted.recv().unwrap_or_default())
}

/// The next piece of a streamed answer as text; `None` at its end. The body itself never fails.
pub(crate) async fn piece(answer: &mut Opened) -> Option<String> {
    let piece = answer.stream.next().await?.unwrap();
    Some(String::from_utf8(piece.to_vec()).unwrap())
}

/// A record of the queue.
pub(crate) fn record(id: &str, body: &(impl ToString + ?Sized), attributes: &Value) -> Value {
    json!({
        "messageId": id, "receiptHandle": "r", "body": body.to_string(), "messageAttributes": attributes,
        "attributes": {"SentTimestamp": "1772366400000", "ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:1:belfry", "awsRegion": "eu-west-1",
    })
}

/// The clients of a process that finds everything at this address.
pub(crate) fn clients_at(url: &str) -> Arc<Clients> {
    let vars = [("AWS_ENDPOINT_URL", url), ("AWS_REGION", "eu-west-1"), ("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    Arc::new(Clients::new(vars.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}
