//! Why a token is refused. For our logs: callers get a plain 401, whatever the reason.

use thiserror::Error;

/// A hostile `kid` may be as long as the token allows; a log line needs no more than this.
const KID_CHARS_SHOWN: usize = 64;

/// Why a token is refused. Never contains the token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejection {
    /// Not a token: over 8 KiB, not three parts, not base64url, not JSON, or with a `crit` header that we cannot honour.
    #[error("the token cannot be read")]
    Malformed,
    /// Its header names an algorithm that the configuration, or the key that it names, does not allow; or names none.
    #[error("the token's algorithm is not allowed here")]
    WrongAlgorithm,
    /// No key has this id; or there is no id, and more than one key.
    #[error("no key has the id {kid:?}")]
    UnknownKey {
        /// The `kid`, cut to 64 characters; unverified, so print it escaped.
        kid: Option<String>,
    },
    /// Signed by another key, or changed since.
    #[error("the signature does not match")]
    BadSignature,
    /// `exp` was more than the leeway ago.
    #[error("the token has expired")]
    Expired,
    /// `nbf` is more than the leeway ahead.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `iss` is not the configured issuer, or is missing.
    #[error("the token is from another issuer")]
    WrongIssuer,
    /// Neither `aud` nor a Cognito access token's `client_id` is a configured audience.
    #[error("the token is for another audience")]
    WrongAudience,
    /// No `sub`, or an empty one: the token names no user.
    #[error("the token names no user")]
    NoSubject,
    /// A claim that is needed is missing, or one that is there cannot be used.
    #[error("the claim {name:?} cannot be used")]
    BadClaim {
        /// The claim's name, from the configuration or the standard.
        name: String,
    },
}

impl Rejection {
    pub(crate) fn unknown_key(kid: Option<&str>) -> Self {
        Self::UnknownKey { kid: kid.map(|kid| kid.chars().take(KID_CHARS_SHOWN).collect()) }
    }

    pub(crate) fn bad_claim(name: &str) -> Self {
        Self::BadClaim { name: name.to_owned() }
    }
}
