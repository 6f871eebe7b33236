//! AWS Signature Version 4, from the receiver's side.
//!
//! Source of the method: AWS IAM user guide, "Create a signed AWS API request" (2026). Only for `POST /` without a query, since
//! nothing else is served: an unsigned query changes nothing.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use inbox::moment::Moment;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::errors::SnsError;
use crate::random::hex;

/// How far the sender's clock and ours may differ.
pub const SKEW: Duration = Duration::from_mins(15);

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const DATE: &str = "x-amz-date";
const PAYLOAD_HASH: &str = "x-amz-content-sha256";
const WRONG: &str =
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.";

/// The key pair with which jobs sign. Its `Debug` hides the secret.
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

/// What an `Authorization` header says.
struct Claim<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed: Vec<&'a str>,
    signature: &'a str,
}

/// Whether this request was signed with the key pair, lately, body included.
///
/// # Errors
/// `MissingAuthenticationToken`, `IncompleteSignature`, `InvalidClientTokenId` or `SignatureDoesNotMatch`.
pub fn verify(keys: &KeyPair, parts: &Parts, body: &[u8], now: Moment) -> Result<(), SnsError> {
    let header = parts.headers.get(AUTHORIZATION).ok_or(SnsError::MissingAuthenticationToken)?;
    let claim = header.to_str().ok().and_then(read).ok_or(SnsError::IncompleteSignature("it is not of Signature Version 4"))?;
    if claim.key_id != keys.id {
        return Err(SnsError::InvalidClientTokenId);
    }
    if claim.service != "sns" {
        return Err(SnsError::SignatureDoesNotMatch("Credential should be scoped to correct service: 'sns'."));
    }
    if !claim.signed.contains(&HOST.as_str()) || !claim.signed.contains(&DATE) {
        return Err(SnsError::IncompleteSignature("host and x-amz-date must be signed"));
    }
    let (date, time) = fresh(parts, claim.date, now)?;
    let expected = signature(keys, &claim, parts, body, date, time)?;
    if bool::from(expected.as_bytes().ct_eq(claim.signature.as_bytes())) { Ok(()) } else { Err(SnsError::SignatureDoesNotMatch(WRONG)) }
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
fn fresh<'a>(parts: &'a Parts, scope_date: &str, now: Moment) -> Result<(&'a str, SystemTime), SnsError> {
    let text = parts.headers.get(DATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let read = DateTime::strptime("%Y%m%dT%H%M%SZ", text).and_then(|date| TimeZone::UTC.to_timestamp(date));
    let seconds = read.map_err(|_| SnsError::IncompleteSignature("x-amz-date cannot be read"))?.as_second();
    let signed = Moment::from_seconds(seconds);
    if signed.since(now) > SKEW || now.since(signed) > SKEW {
        return Err(SnsError::SignatureDoesNotMatch("Signature expired or not yet current: the clocks differ by more than 15 minutes."));
    }
    if !text.starts_with(scope_date) || scope_date.len() != 8 {
        return Err(SnsError::SignatureDoesNotMatch("Date in Credential scope does not match YYYYMMDD from x-amz-date."));
    }
    let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    Ok((text, SystemTime::UNIX_EPOCH + since_epoch))
}

fn signature(keys: &KeyPair, claim: &Claim<'_>, parts: &Parts, body: &[u8], date: &str, time: SystemTime) -> Result<String, SnsError> {
    let payload = hex(&Sha256::digest(body));
    if parts.headers.get(PAYLOAD_HASH).is_some_and(|said| said.as_bytes() != payload.as_bytes()) {
        return Err(SnsError::SignatureDoesNotMatch("x-amz-content-sha256 is not the hash of the body."));
    }
    let headers = claim.signed.iter().map(|name| format!("{name}:{}\n", header_value(parts, name))).collect::<Vec<_>>().concat();
    let canonical = format!("{}\n/\n\n{headers}\n{}\n{payload}", parts.method, claim.signed.join(";"));
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
