//! One client of each service a process, made when it is first needed.
//!
//! Credentials and region are what Lambda puts into the environment, so nothing is asked of anybody before the first call. `AWS_ENDPOINT_URL` and
//! `AWS_ENDPOINT_URL_<SERVICE>` lead to another endpoint, as with every SDK (SDKs and tools reference, "Service-specific endpoints", 2026).

use std::sync::OnceLock;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use crate::config::Vars;

/// No call of ours takes longer, its retries included, unless something is down.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// One try of it.
const TRY_TIMEOUT: Duration = Duration::from_secs(3);
/// A message to a socket is small, and many wait behind it.
const POST_TIMEOUT: Duration = Duration::from_secs(2);

/// The clients of a process. They share one pool of connections and one TLS configuration.
#[derive(Debug)]
pub struct Clients {
    vars: Vars,
    http: OnceLock<SharedHttpClient>,
    dynamodb: OnceLock<aws_sdk_dynamodb::Client>,
    sns: OnceLock<aws_sdk_sns::Client>,
    sqs: OnceLock<aws_sdk_sqs::Client>,
    secrets: OnceLock<aws_sdk_secretsmanager::Client>,
}

/// The settings that all of these clients' configurations have.
macro_rules! config {
    ($sdk:ident, $clients:expr, $service:literal) => {{
        let clients = $clients;
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(clients.region().map($sdk::config::Region::new))
            .credentials_provider(clients.credentials())
            .http_client(clients.http())
            .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
            .retry_config(RetryConfig::standard())
            .timeout_config(TimeoutConfig::builder().operation_timeout(CALL_TIMEOUT).operation_attempt_timeout(TRY_TIMEOUT).build());
        config.set_endpoint_url(clients.endpoint($service));
        config
    }};
}

impl Clients {
    /// Clients by this environment. Makes nothing yet.
    pub fn new(vars: Vars) -> Self {
        let (http, dynamodb, sns, sqs, secrets) = Default::default();
        Self { vars, http, dynamodb, sns, sqs, secrets }
    }

    /// `DynamoDB`'s. It tries four times, as its SDKs do, and as the embedded engine's client does.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let make = || {
            let config = config!(aws_sdk_dynamodb, self, "DYNAMODB").retry_config(RetryConfig::standard().with_max_attempts(4));
            aws_sdk_dynamodb::Client::from_conf(config.build())
        };
        self.dynamodb.get_or_init(make).clone()
    }

    /// SNS's.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        self.sns.get_or_init(|| aws_sdk_sns::Client::from_conf(config!(aws_sdk_sns, self, "SNS").build())).clone()
    }

    /// SQS's.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.sqs.get_or_init(|| aws_sdk_sqs::Client::from_conf(config!(aws_sdk_sqs, self, "SQS").build())).clone()
    }

    /// Secrets Manager's.
    pub fn secrets(&self) -> aws_sdk_secretsmanager::Client {
        let make = || aws_sdk_secretsmanager::Client::from_conf(config!(aws_sdk_secretsmanager, self, "SECRETS_MANAGER").build());
        self.secrets.get_or_init(make).clone()
    }

    /// The management endpoint's, at this address. It tries once: whoever pushes decides what to do about a refusal.
    pub fn sockets(&self, endpoint: &str) -> aws_sdk_apigatewaymanagement::Client {
        let config = config!(aws_sdk_apigatewaymanagement, self, "APIGATEWAYMANAGEMENTAPI")
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().operation_timeout(POST_TIMEOUT).build());
        aws_sdk_apigatewaymanagement::Client::from_conf(config.build())
    }

    fn http(&self) -> SharedHttpClient {
        let make = || aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
        self.http.get_or_init(make).clone()
    }

    fn region(&self) -> Option<String> {
        self.vars.get("AWS_REGION").or_else(|| self.vars.get("AWS_DEFAULT_REGION")).map(ToOwned::to_owned)
    }

    /// Lambda's own, good for as long as this process may live. Without any, calls fail where they are made.
    fn credentials(&self) -> Credentials {
        let text = |name| self.vars.get(name).map(ToOwned::to_owned);
        let (id, secret) = (text("AWS_ACCESS_KEY_ID").unwrap_or_default(), text("AWS_SECRET_ACCESS_KEY").unwrap_or_default());
        Credentials::new(id, secret, text("AWS_SESSION_TOKEN"), None, "environment")
    }

    fn endpoint(&self, service: &str) -> Option<String> {
        let own = self.vars.get(&format!("AWS_ENDPOINT_URL_{service}"));
        own.or_else(|| self.vars.get("AWS_ENDPOINT_URL")).map(ToOwned::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(vars: &[(&str, &str)]) -> Clients {
        Clients::new(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn an_endpoint_of_ones_own_comes_first() {
        let clients = clients(&[("AWS_ENDPOINT_URL", "http://all"), ("AWS_ENDPOINT_URL_SNS", "http://sns"), ("AWS_ENDPOINT_URL_SQS", "")]);
        assert_eq!(clients.endpoint("SNS").as_deref(), Some("http://sns"));
        assert_eq!(clients.endpoint("SQS").as_deref(), Some("http://all"));
    }

    #[tokio::test]
    async fn a_client_is_made_once_and_asks_where_it_is_told() {
        let clients = clients(&[("AWS_REGION", "eu-west-1"), ("AWS_ENDPOINT_URL", "http://127.0.0.1:1")]);
        let (one, two) = (clients.sns(), clients.sns());
        assert_eq!(one.config().region(), two.config().region());
        assert_eq!(one.config().region().map(ToString::to_string).as_deref(), Some("eu-west-1"));
        let refused = clients.sqs().send_message().queue_url("http://127.0.0.1:1/q").message_body("x").send().await;
        assert!(refused.is_err_and(|error| error.as_service_error().is_none()));
    }

    #[test]
    fn no_client_shows_a_secret() {
        let clients = clients(&[("AWS_SECRET_ACCESS_KEY", "hunter2"), ("AWS_SESSION_TOKEN", "hunter2")]);
        let _ = clients.dynamodb();
        assert!(!format!("{clients:?}").contains("hunter2"));
    }
}
