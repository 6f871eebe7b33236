//! A client of another `DynamoDB` engine, where the environment names one: then every world stands on it instead of on the embedded
//! one, and what holds on both is no quirk of either.
//!
//! Its requests run on tokio's blocking pool, so that paused time waits for them as it does for the embedded engine's file.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, StalledStreamProtectionConfig};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;

/// The variable that names the engine, as `127.0.0.1:4566`.
pub const VARIABLE: &str = "BELFRY_TEST_DYNAMODB";
/// What is answered when a table is to forget what has expired: the emulator would go by today's clock, and not by the tests'.
const TIME_TO_LIVE: &str = r#"{"TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}"#;
/// An engine that does not answer for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client of the engine that the environment names, in an account that nobody else uses. Nothing where none is named.
#[expect(clippy::disallowed_methods, reason = "which engine the tests run on is a setting of the test run")]
pub fn client() -> Option<aws_sdk_dynamodb::Client> {
    static ACCOUNTS: AtomicU64 = AtomicU64::new(1);
    let address = std::env::var(VARIABLE).ok()?;
    // Emulators take a key id of twelve digits, or a header, for the account. Another run of the tests has other ones.
    let account = format!("{:06}{:06}", std::process::id() % 1_000_000, ACCOUNTS.fetch_add(1, Ordering::Relaxed));
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new(&account, "second", None, None, "second"))
        .http_client(Connector { address: address.into(), account: account.into(), idle: Arc::default() })
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .build();
    Some(aws_sdk_dynamodb::Client::from_conf(config))
}

/// A connection.
type Line = BufReader<TcpStream>;
/// A status and a body.
type Answer = (u16, Vec<u8>);

/// The SDK's HTTP client over blocking sockets, with those that are idle kept.
#[derive(Clone, Debug)]
struct Connector {
    address: Arc<str>,
    account: Arc<str>,
    idle: Arc<Mutex<Vec<Line>>>,
}

impl HttpClient for Connector {
    fn http_connector(&self, _settings: &HttpConnectorSettings, _components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.headers().get("x-amz-target").is_some_and(|target| target.ends_with(".UpdateTimeToLive")) {
            return HttpConnectorFuture::ready(respond(200, TIME_TO_LIVE.as_bytes().to_vec()));
        }
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let bytes = this.written(&request);
            let done = tokio::task::spawn_blocking(move || this.exchange(&bytes)).await;
            let (status, body) =
                done.map_err(|error| ConnectorError::other(error.into(), None))?.map_err(|error| ConnectorError::io(error.into()))?;
            respond(status, body)
        })
    }
}

fn respond(status: u16, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let status = status.try_into().map_err(|error| ConnectorError::other(Box::new(error), None))?;
    Ok(HttpResponse::new(status, SdkBody::from(body)))
}

impl Connector {
    /// The request as it goes over the line.
    fn written(&self, request: &HttpRequest) -> Vec<u8> {
        let body = request.body().bytes().unwrap_or_default();
        let mut head = format!("POST / HTTP/1.1\r\nhost: {}\r\nx-moto-account-id: {}\r\n", self.address, self.account);
        let ours = ["host", "content-length"];
        for (name, value) in request.headers().iter().filter(|(name, _)| !ours.contains(name)) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["content-length: ", &body.len().to_string(), "\r\n\r\n"]);
        let mut bytes = head.into_bytes();
        bytes.extend(body);
        bytes
    }

    fn exchange(&self, request: &[u8]) -> io::Result<Answer> {
        // An idle line may have been closed by now, before it took anything: then a new one.
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let kept = idle.and_then(|line| exchange_on(line, request).ok());
        let (answer, line) = kept.map_or_else(|| exchange_on(self.connect()?, request), Ok)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        Ok(answer)
    }

    fn connect(&self) -> io::Result<Line> {
        let stream = TcpStream::connect(&*self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(BufReader::new(stream))
    }
}

fn exchange_on(mut line: Line, request: &[u8]) -> io::Result<(Answer, Line)> {
    line.get_mut().write_all(request)?;
    read(&mut line).map(|answer| (answer, line))
}

/// One answer of a known length: its status and its body.
fn read(line: &mut Line) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut text = String::new();
    line.read_line(&mut text)?;
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(|| bad(&text))?;
    let mut length = None;
    loop {
        let mut header = String::new();
        line.read_line(&mut header)?;
        if header.trim_end().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
    let mut body = vec![0; length.ok_or_else(|| bad("an answer without a length"))?];
    line.read_exact(&mut body)?;
    Ok((status, body))
}
