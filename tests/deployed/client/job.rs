//! The SDK's own clients at an address, as a job has them with `AWS_ENDPOINT_URL` set.

use aws_sdk_sns::types::PublishBatchRequestEntry;

pub(crate) const REGION: &str = "us-east-1";
/// Any pair will do, in both places.
pub(crate) const KEY: &str = "test";

pub(crate) fn sns(url: &str) -> aws_sdk_sns::Client {
    let config = aws_sdk_sns::Config::builder()
        .behavior_version(aws_sdk_sns::config::BehaviorVersion::latest())
        .region(aws_sdk_sns::config::Region::new(REGION))
        .credentials_provider(aws_sdk_sns::config::Credentials::new(KEY, KEY, None, None, "test"))
        .endpoint_url(url);
    aws_sdk_sns::Client::from_conf(config.build())
}

pub(crate) fn sqs(url: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(aws_sdk_sqs::config::BehaviorVersion::latest())
        .region(aws_sdk_sqs::config::Region::new(REGION))
        .credentials_provider(aws_sdk_sqs::config::Credentials::new(KEY, KEY, None, None, "test"))
        .endpoint_url(url);
    aws_sdk_sqs::Client::from_conf(config.build())
}

pub(crate) fn secrets(url: &str) -> aws_sdk_secretsmanager::Client {
    let config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(aws_sdk_secretsmanager::config::BehaviorVersion::latest())
        .region(aws_sdk_secretsmanager::config::Region::new(REGION))
        .credentials_provider(aws_sdk_secretsmanager::config::Credentials::new(KEY, KEY, None, None, "test"))
        .endpoint_url(url);
    aws_sdk_secretsmanager::Client::from_conf(config.build())
}

/// An entry of a batch.
pub(crate) fn entry(id: usize, message: &impl ToString) -> PublishBatchRequestEntry {
    PublishBatchRequestEntry::builder().id(id.to_string()).message(message.to_string()).build().unwrap()
}
