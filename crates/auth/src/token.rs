//! One token against one set of keys, at one moment.
//!
//! Signature first: until it has been checked, nothing of a token is used but its algorithm and the id of its key, to
//! find the key. `iat` is not checked: nobody is harmed by an issuer whose clock is ahead.

use std::time::Duration;

use inbox::moment::Moment;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Header, Validation};
use serde_json::Value;

use crate::claims::{self, Caller, Claims};
use crate::config::{ACCESS, AuthConfig};
use crate::jwks::{Key, Keys};
use crate::rejection::Rejection;

/// How far the issuer's clock and ours may differ, for `exp` and `nbf` alike and wherever a token is checked.
pub const LEEWAY: Duration = Duration::from_mins(1);

/// No token is larger: browsers, API Gateway and load balancers cut headers at 8 to 10 KiB.
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;

/// Who calls, if the token is good at this moment.
///
/// # Errors
/// The first [`Rejection`] that applies, in this order: form, algorithm, key, signature, times, issuer, audience, claims.
pub fn verify(token: &str, keys: &Keys, config: &AuthConfig, now: Moment) -> Result<Caller, Rejection> {
    let header = header(token)?;
    if !keys.allow(header.alg) {
        return Err(Rejection::WrongAlgorithm);
    }
    let kid = header.kid.as_deref();
    let key = keys.find(kid).ok_or_else(|| Rejection::unknown_key(kid))?;
    verify_with_key(token, key, config, now)
}

/// Reads the header, which is not verified yet.
pub(crate) fn header(token: &str) -> Result<Header, Rejection> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Rejection::Malformed);
    }
    let header = jsonwebtoken::decode_header(token).map_err(|error| unread_header(error.kind()))?;
    // RFC 7515, 4.1.11: an extension that must be understood, and we understand none.
    if header.crit.is_some() { Err(Rejection::Malformed) } else { Ok(header) }
}

pub(crate) fn verify_with_key(token: &str, key: &Key, config: &AuthConfig, now: Moment) -> Result<Caller, Rejection> {
    let claims = signed_claims(token, key)?;
    check_times(&claims, now)?;
    check_issuer(&claims, config)?;
    check_use(&claims, config)?;
    check_audience(&claims, config)?;
    claims::caller(&claims, config)
}

fn signed_claims(token: &str, key: &Key) -> Result<Claims, Rejection> {
    // The key alone decides the algorithm; the library refuses a header that says otherwise.
    let mut validation = Validation::new(key.algorithm);
    // The library's own checks read the system's clock and let a missing `aud` or `iss` pass, so ours stand below.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    let data = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation);
    data.map(|data| data.claims).map_err(|error| rejection(error.kind()))
}

fn check_times(claims: &Claims, now: Moment) -> Result<(), Rejection> {
    if now >= claims::expires(claims)?.plus(LEEWAY) {
        return Err(Rejection::Expired);
    }
    match claims::moment(claims, "nbf")? {
        Some(start) if now < start.minus(LEEWAY) => Err(Rejection::NotYetValid),
        _ => Ok(()),
    }
}

fn check_issuer(claims: &Claims, config: &AuthConfig) -> Result<(), Rejection> {
    match config.issuer.as_deref() {
        Some(issuer) if text(claims, "iss") != Some(issuer) => Err(Rejection::WrongIssuer),
        _ => Ok(()),
    }
}

/// An ID token tells an application who signed in; it must not open an API (it lives longer, and leaks more easily).
fn check_use(claims: &Claims, config: &AuthConfig) -> Result<(), Rejection> {
    match (config.token_use.as_deref(), claims.get("token_use")) {
        (Some(wanted), Some(found)) if found.as_str() != Some(wanted) => Err(Rejection::bad_claim("token_use")),
        _ => Ok(()),
    }
}

fn check_audience(claims: &Claims, config: &AuthConfig) -> Result<(), Rejection> {
    let ours = |name: &str| config.audience.iter().any(|audience| audience == name);
    let fits = match claims.get("aud") {
        Some(Value::String(name)) => ours(name),
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(ours),
        Some(_) => false,
        // Cognito's access tokens have no audience; they name the client that they were made for.
        None => text(claims, "token_use") == Some(ACCESS) && text(claims, "client_id").is_some_and(ours),
    };
    if config.audience.is_empty() || fits { Ok(()) } else { Err(Rejection::WrongAudience) }
}

fn text<'a>(claims: &'a Claims, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(Value::as_str)
}

/// JSON that is no header of the library's has an `alg` that it does not know, such as `none`, or has none at all.
fn unread_header(kind: &ErrorKind) -> Rejection {
    if let ErrorKind::Json(error) = kind
        && error.is_data()
    {
        return Rejection::WrongAlgorithm;
    }
    rejection(kind)
}

fn rejection(kind: &ErrorKind) -> Rejection {
    if matches!(kind, ErrorKind::InvalidSignature) {
        Rejection::BadSignature
    } else if matches!(kind, ErrorKind::InvalidAlgorithm) {
        Rejection::WrongAlgorithm
    } else {
        Rejection::Malformed
    }
}
