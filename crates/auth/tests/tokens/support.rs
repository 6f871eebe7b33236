//! Makes tokens, good and bad. The keys beside it sign nothing but these tests.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which may panic")]

use auth::config::{AuthConfig, KeySource, PublicAlgorithm, Secret};
use auth::jwks::{Jwks, Keys};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use inbox::moment::Moment;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

/// The moment of every test, in seconds since 1970.
pub(crate) const NOW: i64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://issuer.example/";
pub(crate) const AUDIENCE: &str = "belfry";
pub(crate) const SECRET: &str = "a secret that is long enough: 32+";
pub(crate) const JWKS: &[u8] = include_bytes!("../keys/jwks.json");
pub(crate) const RSA_PUBLIC_PEM: &str = include_str!("../keys/rs256.pub.pem");

pub(crate) fn now() -> Moment {
    Moment::from_seconds(NOW)
}

pub(crate) fn secret() -> Secret {
    Secret::parse(SECRET).unwrap()
}

pub(crate) fn hs256() -> AuthConfig {
    checked(KeySource::Hs256(secret()))
}

pub(crate) fn published() -> AuthConfig {
    checked(KeySource::jwks(&PublicAlgorithm::ALL).unwrap())
}

fn checked(keys: KeySource) -> AuthConfig {
    AuthConfig { issuer: Some(ISSUER.to_owned()), audience: vec!["other".to_owned(), AUDIENCE.to_owned()], ..AuthConfig::new(keys) }
}

pub(crate) fn keys(config: &AuthConfig) -> Keys {
    match &config.keys {
        KeySource::Hs256(secret) => Keys::secret(secret),
        KeySource::Jwks { algorithms } => Keys::Set(Jwks::parse(JWKS, algorithms).unwrap()),
    }
}

/// Good claims with these in addition or instead; null takes one away.
pub(crate) fn claims(changes: &Value) -> Value {
    let mut claims = json!({"sub": "anna", "iss": ISSUER, "aud": AUDIENCE, "exp": NOW + 600, "iat": NOW - 60});
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

pub(crate) fn signed(secret: &str, claims: &Value) -> String {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub(crate) fn signed_by(algorithm: Algorithm, kid: Option<&str>, claims: &Value) -> String {
    let header = Header { kid: kid.map(str::to_owned), ..Header::new(algorithm) };
    jsonwebtoken::encode(&header, claims, &private_key(algorithm)).unwrap()
}

fn private_key(algorithm: Algorithm) -> EncodingKey {
    if algorithm == Algorithm::ES256 {
        EncodingKey::from_ec_der(&der(include_str!("../keys/es256.pem")))
    } else if algorithm == Algorithm::EdDSA {
        EncodingKey::from_ed_der(&der(include_str!("../keys/eddsa.pem")))
    } else {
        EncodingKey::from_rsa_der(&der(include_str!("../keys/rs256.pem")))
    }
}

fn der(pem: &str) -> Vec<u8> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(text).unwrap()
}

/// A token with any header and any third part.
pub(crate) fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

/// A token with any header, truly signed with the secret.
pub(crate) fn signed_with_header(header: &Value, claims: &Value) -> String {
    let unsigned = forged(header, claims, "");
    let message = unsigned.trim_end_matches('.');
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
    format!("{message}.{signature}")
}
