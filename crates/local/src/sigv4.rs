//! AWS Signature Version 4, from the receiver's side.
//!
//! Source of the method: AWS IAM user guide, "Create a signed AWS API request" (2026). Only for requests without a query, since
//! nothing here has one: a signed query does not match.

use std::fmt;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use inbox::moment::Moment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::random::hex;

/// How far the sender's clock and ours may differ.
pub const SKEW: Duration = Duration::from_mins(15);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const PAYLOAD_HASH: &str = "x-amz-content-sha256";
const WRONG: &str =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.";

/// A key pair with which others sign. Its `Debug` hides the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The access key id, which every request names.
    pub id: String,
    /// The secret access key, which no request shows.
    pub secret: String,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyPair({})", self.id)
    }
}

/// Why a request is not taken for the key's holder's. Each service has its own codes for these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No `Authorization`.
    #[error("Request is missing Authentication Token")]
    NoToken,
    /// An `Authorization` that cannot be read.
    #[error("Authorization header is incomplete: {0}")]
    Incomplete(&'static str),
    /// An access key id of nobody.
    #[error("The security token included in the request is invalid.")]
    UnknownKey,
    /// Signed for another service than this.
    #[error("Credential should be scoped to correct service: '{0}'.")]
    WrongService(&'static str),
    /// A known key's id, and a signature of another secret, time or body.
    #[error("{0}")]
    Mismatch(&'static str),
}

/// What an `Authorization` header says.
struct Claim<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

/// Whether this request was signed with one of the key pairs, lately, body included, for this service.
///
/// # Errors
/// What is wrong with the signature.
pub fn verify(keys: &[KeyPair], service: &'static str, parts: &Parts, body: &[u8], now: Moment) -> Result<(), Denied> {
    let header = parts.headers.get(AUTHORIZATION).ok_or(Denied::NoToken)?;
    let claim = header.to_str().ok().and_then(read).ok_or(Denied::Incomplete("it is not of Signature Version 4"))?;
    let keys = keys.iter().find(|keys| keys.id == claim.key_id).ok_or(Denied::UnknownKey)?;
    if claim.service != service {
        return Err(Denied::WrongService(service));
    }
    if !claim.signed.contains(&HOST.as_str()) || !claim.signed.contains(&DATE) {
        return Err(Denied::Incomplete("host and x-amz-date must be signed"));
    }
    let (date, time) = fresh(parts, claim.date, now)?;
    let expected = signature(keys, &claim, parts, body, date, time)?;
    if bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) { Ok(()) } else { Err(Denied::Mismatch(WRONG)) }
}

/// The header's parts; `None` where one is missing.
fn read(header: &str) -> Option<Claim<'_>> {
    let fields = header.strip_prefix(ALGORITHM)?;
    let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
    let mut scope = field("Credential")?.rsplitn(5, '/');
    let end = scope.next()?;
    let (service, region, date, key_id) = (scope.next()?, scope.next()?, scope.next()?, scope.next()?);
    let signed = field("SignedHeaders")?.split(';').collect();
    let claim = Claim { key_id, date, region, service, signed, signature: field("Signature")? };
    (end == "aws4_request").then_some(claim)
}

/// The time at which it was signed, as text and as time, if that was lately.
fn fresh<'a>(parts: &'a Parts, scope_date: &str, now: Moment) -> Result<(&'a str, SystemTime), Denied> {
    let text = parts.headers.get(DATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = DateTime::strptime("%Y%m%dT%H%M%SZ", text).and_then(|date| TimeZone::UTC.to_timestamp(date));
    let seconds = read.map_err(|_| Denied::Incomplete("x-amz-date cannot be read"))?.as_second();
    let signed = Moment::from_seconds(seconds);
    if signed.since(now) > SKEW || now.since(signed) > SKEW {
        return Err(Denied::Mismatch("Signature expired or not yet current: the clocks differ by more than 15 minutes."));
    }
    if !text.starts_with(scope_date) || scope_date.len() != 8 {
        return Err(Denied::Mismatch("Date in Credential scope does not match YYYYMMDD from x-amz-date."));
    }
    let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Ok((text, SystemTime::UNIX_EPOCH + since_epoch))
}

fn signature(keys: &KeyPair, claim: &Claim<'_>, parts: &Parts, body: &[u8], date: &str, time: SystemTime) -> Result<String, Denied> {
    let payload = hex(&Sha256::digest(body));
    if parts.headers.get(PAYLOAD_HASH).is_some_and(|said| said.as_bytes() != payload.as_bytes()) {
        return Err(Denied::Mismatch("x-amz-content-sha256 is not the hash of the body."));
    }
    let headers = claim.signed.iter().map(|name| format!("{name}:{}\n", header_value(parts, name))).collect::<Vec<_>>().concat();
    let canonical = format!("{}\n{}\n\n{headers}\n{}\n{payload}", parts.method, canonical_path(parts.uri.path()), claim.signed.join(";"));
    let scope = format!("{}/{}/{}/aws4_request", claim.date, claim.region, claim.service);
    let to_sign = format!("{ALGORITHM}\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = generate_signing_key(&keys.secret, time, claim.region, claim.service);
    Ok(calculate_signature(key, to_sign.as_bytes()))
}

/// All values of a header, each trimmed and with single spaces, joined by commas.
fn header_value(parts: &Parts, name: &str) -> String {
    let values = parts.headers.get_all(name).iter();
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()).split_ascii_whitespace().collect::<Vec<_>>().join(" "));
    values.collect::<Vec<_>>().join(",")
}

/// The path as it was sent, encoded once more: every service but S3 wants it so.
fn canonical_path(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}
