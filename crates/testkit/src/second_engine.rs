//! Another `DynamoDB` engine, where the environment names one: then every world stands on it instead of on the embedded one, and what
//! holds on both is no quirk of either.
//!
//! The faults stand before it as before the embedded one.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use engine::{Elsewhere, Engine};

/// The variable that names the engine, as `127.0.0.1:4566`.
pub const VARIABLE: &str = "BELFRY_TEST_DYNAMODB";
/// What is answered when a table is to forget what has expired: the emulator would go by today's clock, and not by the tests'.
const FORGETS: &str = r#"{"TimeToLiveSpecification":{"AttributeName":"ttl","Enabled":true}}"#;
/// What is answered to who asks whether it does: [`Engine::sweep_ttl`] goes by the tests' clock.
const FORGETS_BY: &str = r#"{"TimeToLiveDescription":{"AttributeName":"ttl","TimeToLiveStatus":"ENABLED"}}"#;
/// An engine that does not answer for so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// The engine that the environment names, in an account that nobody else uses. Nothing where none is named.
#[expect(clippy::disallowed_methods, reason = "which engine the tests run on is a setting of the test run")]
pub fn engine() -> Option<Engine> {
    static ACCOUNTS: AtomicU64 = AtomicU64::new(1);
    let address = std::env::var(VARIABLE).ok()?;
    // Emulators take a key id of twelve digits, or a header, for the account. Another run of the tests has other ones.
    let account = format!("{:06}{:06}", std::process::id() % 1_000_000, ACCOUNTS.fetch_add(1, Ordering::Relaxed));
    Some(Engine::before(Emulator { address, account, idle: Mutex::default() }))
}

/// A connection.
type Line = BufReader<TcpStream>;
/// A status and a body.
type Answer = (u16, Vec<u8>);

/// One account of it, over blocking sockets, with those that are idle kept.
struct Emulator {
    address: String,
    account: String,
    idle: Mutex<Vec<Line>>,
}

impl Elsewhere for Emulator {
    fn answer(&self, operation: &str, body: &str) -> (u16, String) {
        match operation {
            "UpdateTimeToLive" => return (200, FORGETS.to_owned()),
            "DescribeTimeToLive" => return (200, FORGETS_BY.to_owned()),
            _ => {}
        }
        let answered = self.exchange(self.written(operation, body).as_bytes());
        let (status, body) = answered.unwrap_or_else(|error| (500, format!(r#"{{"message":"{error}"}}"#).into_bytes()));
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

impl Emulator {
    /// The request as it goes over the line. Nobody looks at its signature.
    fn written(&self, operation: &str, body: &str) -> String {
        let Self { address, account, .. } = self;
        format!(
            "POST / HTTP/1.1\r\nhost: {address}\r\nx-moto-account-id: {account}\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n\
             content-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
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
        let stream = TcpStream::connect(&self.address)?;
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
