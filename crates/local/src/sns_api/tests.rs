//! The endpoint as requests see it; the SDK's own client is in `tests/`.

use std::net::SocketAddr;
use std::sync::Mutex;

use axum::extract::ConnectInfo;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use inbox::moment::Moment;
use tower::ServiceExt as _;

use super::*;
use crate::intake::{Incoming, IntakeError};

#[derive(Default)]
struct Taken(Mutex<Vec<Incoming>>, Option<IntakeError>);

impl Intake for Taken {
    fn accept(&self, messages: Vec<Incoming>) -> BoxFuture<'_, Vec<Result<(), IntakeError>>> {
        let answers = messages.iter().map(|_| self.1.map_or(Ok(()), Err)).collect();
        self.0.lock().unwrap().extend(messages);
        async { answers }.boxed()
    }
}

struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> Moment {
        Moment::from_seconds(1_800_000_000)
    }
}

impl Entropy for Fixed {
    fn u64(&self) -> u64 {
        7
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xff);
    }
}

fn api(intake: Arc<Taken>) -> Router {
    router(SnsApi { intake, access: Access::Loopback, clock: Arc::new(Fixed), entropy: Arc::new(Fixed) })
}

fn request(form: &[(&str, &str)], headers: &[(&str, &str)]) -> Request<Body> {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let peer: SocketAddr = "127.0.0.1:5000".parse().unwrap();
    let mut request = Request::post("/").header("host", "127.0.0.1:8080").extension(ConnectInfo(peer));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body)).unwrap()
}

async fn send(intake: &Arc<Taken>, request: Request<Body>) -> (StatusCode, String) {
    let response = api(Arc::clone(intake)).oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 100_000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn check(form: &[(&str, &str)], status: u16, wanted: &str) {
    let (got, body) = send(&Arc::default(), request(form, &[])).await;
    assert!(got.as_u16() == status && body.contains(wanted), "{form:?}: {got} {body}");
}

const TOPIC: (&str, &str) = ("TopicArn", TOPIC_ARN);
const PUBLISH: (&str, &str) = ("Action", "Publish");
const BATCH: (&str, &str) = ("Action", "PublishBatch");

#[tokio::test]
async fn a_message_is_taken_in_as_it_came() {
    let intake = Arc::<Taken>::default();
    let form = [
        PUBLISH,
        ("Version", "2010-03-31"),
        TOPIC,
        ("Message", "{\"type\": \"x\"}\r\n🔔"),
        ("MessageAttributes.entry.1.Name", "type"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        ("MessageAttributes.entry.1.Value.StringValue", "x"),
    ];
    let (status, body) = send(&intake, request(&form, &[])).await;
    assert_eq!(status, StatusCode::OK);
    let id = "ffffffff-ffff-4fff-bfff-ffffffffffff";
    let wanted = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId></PublishResult><ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></PublishResponse>\n"
    );
    assert_eq!(body, wanted);
    let taken = intake.0.lock().unwrap();
    assert_eq!(taken[0].body, "{\"type\": \"x\"}\r\n🔔");
    assert_eq!(taken[0].attributes[0].name, "type");
    assert_eq!(taken[0].sent, Fixed.now());
}

#[tokio::test]
async fn a_request_that_is_wrong_is_told_so() {
    check(&[("Message", "x")], 400, "<Code>MissingAction</Code>").await;
    check(&[("Action", "Subscribe"), TOPIC], 400, "<Type>Sender</Type><Code>InvalidAction</Code>").await;
    check(&[PUBLISH, ("Message", "x")], 400, "<Code>InvalidParameter</Code>").await;
    check(&[PUBLISH, TOPIC], 400, "Invalid parameter: Empty message").await;
    check(&[PUBLISH, TOPIC, ("TargetArn", TOPIC_ARN), ("Message", "x")], 400, "<Code>InvalidParameter</Code>").await;
    check(&[PUBLISH, ("TargetArn", TOPIC_ARN), ("Message", "x")], 200, "<MessageId>").await;
    check(&[PUBLISH, ("TopicArn", "belfry"), ("Message", "x")], 400, "<Code>InvalidParameter</Code>").await;
    check(&[PUBLISH, ("TopicArn", "arn:aws:sns:us-east-1:000000000000:bell"), ("Message", "x")], 404, "<Code>NotFound</Code>").await;
    check(&[PUBLISH, TOPIC, ("Message", "{}"), ("MessageStructure", "json")], 400, "Invalid parameter: MessageStructure").await;
    check(&[PUBLISH, TOPIC, ("Message", &"x".repeat(256 * 1024 + 1))], 400, "Message too long").await;
    let bad_attribute = [PUBLISH, TOPIC, ("Message", "x"), ("MessageAttributes.entry.1.Name", "AWS.x")];
    check(&bad_attribute, 400, "<Code>ParameterValueInvalid</Code>").await;
}

#[tokio::test]
async fn batches_are_checked_as_a_whole() {
    let names: Vec<String> = (1..=11).map(|n| format!("PublishBatchRequestEntries.member.{n}")).collect();
    let (ids, messages): (Vec<_>, Vec<_>) = names.iter().map(|name| (format!("{name}.Id"), format!("{name}.Message"))).unzip();
    let batch = |entries: &[(&'static str, String)]| {
        let mut form = vec![(BATCH.0.to_owned(), BATCH.1.to_owned()), (TOPIC.0.to_owned(), TOPIC.1.to_owned())];
        for (n, (id, message)) in entries.iter().enumerate() {
            form.push((ids[n].clone(), (*id).to_owned()));
            form.push((messages[n].clone(), message.clone()));
        }
        form
    };
    let eleven: Vec<_> = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"].map(|id| (id, "x".to_owned())).to_vec();
    let cases = [
        (batch(&[]), 400, "<Code>EmptyBatchRequest</Code>"),
        (batch(&eleven), 400, "<Code>TooManyEntriesInBatchRequest</Code>"),
        (batch(&[("a", "x".into()), ("a", "y".into())]), 400, "<Code>BatchEntryIdsNotDistinct</Code>"),
        (batch(&[("a b", "x".into())]), 400, "<Code>InvalidBatchEntryId</Code>"),
        (batch(&[("a", "x".repeat(200_000)), ("b", "y".repeat(63_000))]), 400, "<Code>BatchRequestTooLong</Code>"),
        (batch(&[("good", "x".into()), ("bad", String::new())]), 200, "<Successful><member><Id>good</Id>"),
        (batch(&[("good", "x".into()), ("bad", String::new())]), 200, "<Failed><member><Id>bad</Id><Code>InvalidParameter</Code>"),
    ];
    for (form, status, wanted) in cases {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        check(&form, status, wanted).await;
    }
}

#[tokio::test]
async fn trouble_is_for_the_sdk_to_try_again() {
    let intake = Arc::new(Taken(Mutex::default(), Some(IntakeError::Busy)));
    let (status, body) = send(&intake, request(&[PUBLISH, TOPIC, ("Message", "x")], &[])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("<Type>Receiver</Type><Code>ServiceUnavailable</Code>"), "{body}");
}

#[tokio::test]
async fn tools_find_the_topic() {
    check(&[("Action", "ListTopics")], 200, TOPIC_ARN).await;
    check(&[("Action", "CreateTopic"), ("Name", "belfry")], 200, TOPIC_ARN).await;
    check(&[("Action", "CreateTopic"), ("Name", "other")], 400, "one topic").await;
    check(&[("Action", "GetTopicAttributes"), TOPIC], 200, "<key>Owner</key>").await;
}

#[tokio::test]
async fn without_keys_only_programs_of_this_machine_publish() {
    let form = [PUBLISH, TOPIC, ("Message", "x")];
    let page = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let proxy = [
        ("forwarded", "for=10.0.0.1"),
        ("via", "1.1 proxy"),
        ("x-real-ip", "10.0.0.1"),
        ("x-forwarded-for", "10.0.0.1"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "belfry.example"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-server", "proxy"),
    ];
    for headers in page.into_iter().chain(proxy) {
        let (status, body) = send(&Arc::default(), request(&form, &[headers])).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(body.contains("<Code>AuthorizationError</Code>"));
    }
    let mut far = request(&form, &[]);
    far.extensions_mut().insert(ConnectInfo::<SocketAddr>("10.0.0.1:99".parse().unwrap()));
    assert_eq!(send(&Arc::default(), far).await.0, StatusCode::FORBIDDEN);
    let mut renamed = request(&form, &[]);
    renamed.headers_mut().insert("host", "evil.example:8080".parse().unwrap());
    assert_eq!(send(&Arc::default(), renamed).await.0, StatusCode::FORBIDDEN);
}
