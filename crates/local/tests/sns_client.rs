//! The real SDK's client against the endpoint, over a real socket.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sns::error::ProvideErrorMetadata as _;
use aws_sdk_sns::primitives::Blob;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use inbox::moment::Moment;
use local::intake::{AttributeValue, Incoming, Intake, IntakeError};
use local::ports::{Clock, Entropy};
use local::sigv4::KeyPair;
use local::sns_api::{Access, SnsApi, TOPIC_ARN, router};

#[derive(Default)]
struct Taken(Mutex<Vec<Incoming>>);

impl Intake for Taken {
    fn accept(&self, messages: Vec<Incoming>) -> BoxFuture<'_, Vec<Result<(), IntakeError>>> {
        let answers = messages.iter().map(|_| Ok(())).collect();
        self.0.lock().unwrap().extend(messages);
        async { answers }.boxed()
    }
}

/// Real time, moved by some seconds: the client signs by the real one.
struct Moved(i64);

impl Clock for Moved {
    #[expect(clippy::disallowed_methods, reason = "the client under test reads the system's clock")]
    fn now(&self) -> Moment {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Moment::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap() + self.0)
    }
}

struct Zero;

impl Entropy for Zero {
    fn u64(&self) -> u64 {
        0
    }
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

async fn serve(intake: Arc<Taken>, access: Access, skew_seconds: i64) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let api = SnsApi { intake, access, clock: Arc::new(Moved(skew_seconds)), entropy: Arc::new(Zero) };
    let service = router(api).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    address
}

fn client(address: SocketAddr, id: &str, secret: &str) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new(id, secret, None, None, "test"))
        .build();
    aws_sdk_sns::Client::from_conf(config)
}

fn keys() -> Access {
    Access::Signed(KeyPair { id: "AKIDEXAMPLE".into(), secret: "a secret".into() })
}

#[tokio::test]
async fn the_sdk_publishes_without_keys() {
    let taken = Arc::<Taken>::default();
    let client = client(serve(Arc::clone(&taken), Access::Loopback, 0).await, "local", "local");
    let text = MessageAttributeValue::builder().data_type("String").string_value("task-completed").build().unwrap();
    let bytes = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2, 3])).build().unwrap();
    let sent = client.publish().topic_arn(TOPIC_ARN).message("{\"a\": \"ä\u{2028}\"}");
    let sent = sent.message_attributes("type", text).message_attributes("raw", bytes).send().await.unwrap();
    assert_eq!(sent.message_id().unwrap().len(), 36);
    let taken = taken.0.lock().unwrap();
    assert_eq!(taken[0].body, "{\"a\": \"ä\u{2028}\"}");
    assert!(taken[0].attributes.iter().any(|attribute| attribute.value == AttributeValue::Bytes(vec![1, 2, 3])));
}

#[tokio::test]
async fn the_sdk_publishes_batches_and_knows_their_errors() {
    let taken = Arc::<Taken>::default();
    let client = client(serve(Arc::clone(&taken), Access::Loopback, 0).await, "local", "local");
    let entry = |id: &str, message: &str| PublishBatchRequestEntry::builder().id(id).message(message).build().unwrap();
    let batch = |entries| client.publish_batch().topic_arn(TOPIC_ARN).set_publish_batch_request_entries(Some(entries)).send();
    let answer = batch(vec![entry("a", "1"), entry("b", ""), entry("c", "3")]).await.unwrap();
    assert_eq!(answer.successful().iter().filter_map(|entry| entry.id()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!((answer.failed()[0].id(), answer.failed()[0].sender_fault()), ("b", true));
    let error = batch(vec![entry("a", "1"), entry("a", "2")]).await.unwrap_err().into_service_error();
    assert!(error.is_batch_entry_ids_not_distinct_exception());
    let error = batch((0..11).map(|n| entry(&n.to_string(), "x")).collect()).await.unwrap_err().into_service_error();
    assert!(error.is_too_many_entries_in_batch_request_exception());
    let error = batch(vec![entry("a", &"x".repeat(257 * 1024))]).await.unwrap_err().into_service_error();
    assert!(error.is_batch_request_too_long_exception());
    let other = client.publish().topic_arn("arn:aws:sns:us-east-1:000000000000:other").message("x").send().await;
    assert!(other.unwrap_err().into_service_error().is_not_found_exception());
    let topics = client.list_topics().send().await.unwrap();
    assert_eq!(topics.topics()[0].topic_arn(), Some(TOPIC_ARN));
    let attributes = client.get_topic_attributes().topic_arn(TOPIC_ARN).send().await.unwrap();
    assert_eq!(attributes.attributes().unwrap()["TopicArn"], TOPIC_ARN);
}

#[tokio::test]
async fn signatures_are_verified_with_keys() {
    let here = serve(Arc::default(), keys(), 0).await;
    let late = serve(Arc::default(), keys(), 16 * 60).await;
    let slow = serve(Arc::default(), keys(), -14 * 60).await;
    for (address, id, secret, wanted) in [
        (here, "AKIDEXAMPLE", "a secret", None),
        (slow, "AKIDEXAMPLE", "a secret", None),
        (here, "AKIDEXAMPLE", "another secret", Some("SignatureDoesNotMatch")),
        (here, "AKIDOTHER", "a secret", Some("InvalidClientTokenId")),
        (late, "AKIDEXAMPLE", "a secret", Some("SignatureDoesNotMatch")),
    ] {
        let sent = client(address, id, secret).publish().topic_arn(TOPIC_ARN).message("{\"text\": \"+ &ä\"}").send().await;
        let code = sent.err().and_then(|error| error.into_service_error().code().map(ToOwned::to_owned));
        assert_eq!(code.as_deref(), wanted, "{id} {secret}");
    }
}
