//! Jobs: the SDK's own client at the server's address.

use aws_sdk_sns::config::retry::RetryConfig;
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sns::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use serde_json::Value;

use super::Server;

/// The one topic.
pub(crate) const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:belfry";

impl Server<'_> {
    /// A job's client, which tries once: what fails is to be seen.
    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        self.sns_with("local", "local")
    }

    /// The same with a key pair.
    pub(crate) fn sns_with(&self, id: &str, secret: &str) -> aws_sdk_sns::Client {
        let config = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new(id, secret, None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .endpoint_url(&self.url);
        aws_sdk_sns::Client::from_conf(config.build())
    }

    /// Publishes one event and insists on success.
    pub(crate) async fn publish(&self, event: &Value) {
        self.sns().publish().topic_arn(TOPIC).message(event.to_string()).send().await.unwrap();
    }
}

/// An entry of a batch.
pub(crate) fn entry(id: &str, message: &impl ToString) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id).message(message.to_string()).build().unwrap()
}

/// An attribute of the type String.
pub(crate) fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

/// An attribute of the type Number.
pub(crate) fn number(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("Number").string_value(value).build().unwrap()
}

/// The code with which a request was refused; empty where it was not.
pub(crate) fn code<T, E: ProvideErrorMetadata>(result: Result<T, SdkError<E>>) -> String {
    result.err().and_then(|error| error.code().map(ToOwned::to_owned)).unwrap_or_default()
}
