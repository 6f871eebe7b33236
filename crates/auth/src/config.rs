//! What to accept: keys, issuer, audience, and which claims mean what. A value that exists is usable.

use std::fmt;

use thiserror::Error;

use crate::rule::ClaimRule;

/// HS256 is as strong as its secret; RFC 7518, 3.2, asks for as many bytes as the hash has.
pub const SECRET_BYTES_MIN: usize = 32;

/// The claim that names topics, unless configured otherwise.
pub const TOPICS_CLAIM: &str = "topics";

/// The claim that names the tenant in tokens that we mint.
pub const TENANT_CLAIM: &str = "tenant";

/// The `token_use` that Cognito gives to access tokens.
pub const ACCESS: &str = "access";

/// What a token must be like, and how its claims are read.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// Where the keys come from, and with them the algorithms.
    pub keys: KeySource,
    /// The only `iss` accepted; `None`: not checked.
    pub issuer: Option<String>,
    /// The values of `aud` of which one must be present. A Cognito access token has no `aud`: its `client_id` is compared
    /// instead. Empty: not checked, so a token that the same issuer made for another application is accepted.
    pub audience: Vec<String>,
    /// Who administers.
    pub admin: ClaimRule,
    /// Who may notify and report tasks.
    pub service: ClaimRule,
    /// The claim that names topics.
    pub topics_claim: String,
    /// The claim that names the tenant. `Some`: every token must have it. `None`: there are no tenants.
    pub tenant_claim: Option<String>,
    /// What `token_use` must say in tokens that have it, so that an ID token is not taken for an access token. `None`: not
    /// checked.
    pub token_use: Option<String>,
}

impl AuthConfig {
    /// The defaults: no issuer, no audience, no tenants; `admin` and `service` as words in `roles` or `cognito:groups`;
    /// topics in `topics`; `token_use`, if present, must be `access`.
    pub fn new(keys: KeySource) -> Self {
        Self {
            keys,
            issuer: None,
            audience: Vec::new(),
            admin: ClaimRule::role("admin"),
            service: ClaimRule::role("service"),
            topics_claim: TOPICS_CLAIM.to_owned(),
            tenant_claim: None,
            token_use: Some(ACCESS.to_owned()),
        }
    }
}

/// Where the keys come from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// One secret, shared with whoever mints.
    Hs256(Secret),
    /// A published set of public keys.
    Jwks {
        /// The algorithms that are accepted. From an empty list, no token is accepted: [`KeySource::jwks`] refuses it.
        algorithms: Vec<PublicAlgorithm>,
    },
}

impl KeySource {
    /// A published key set with these algorithms.
    ///
    /// # Errors
    /// [`ConfigError::NoAlgorithm`] if there are none.
    pub fn jwks(algorithms: &[PublicAlgorithm]) -> Result<Self, ConfigError> {
        if algorithms.is_empty() {
            return Err(ConfigError::NoAlgorithm);
        }
        Ok(Self::Jwks { algorithms: algorithms.to_vec() })
    }
}

/// A secret for HS256, at least 32 bytes. Its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// Takes the bytes as they are: text is not decoded.
    ///
    /// # Errors
    /// [`ConfigError::ShortSecret`] under 32 bytes.
    pub fn parse(secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let bytes = secret.as_ref();
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(ConfigError::ShortSecret { bytes: bytes.len() });
        }
        Ok(Self(bytes.to_vec()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// An algorithm with a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PublicAlgorithm {
    /// RSA PKCS#1 v1.5 with SHA-256: Cognito, and Auth0 by default.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl PublicAlgorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// Parses `RS256`, `ES256` or `EdDSA`.
    ///
    /// # Errors
    /// [`ConfigError::UnknownAlgorithm`] for anything else.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.as_str() == text)
            .ok_or_else(|| ConfigError::UnknownAlgorithm { text: text.to_owned() })
    }

    /// Its name in a token's header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// A setting that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConfigError {
    /// Too short to be safe.
    #[error("the secret has {bytes} bytes, {SECRET_BYTES_MIN} are needed")]
    ShortSecret {
        /// How many it has.
        bytes: usize,
    },
    /// A key set without an algorithm would refuse everyone.
    #[error("no algorithm is allowed: name at least one of RS256, ES256, EdDSA")]
    NoAlgorithm,
    /// Not one that we verify.
    #[error("{text:?} is not one of RS256, ES256, EdDSA")]
    UnknownAlgorithm {
        /// What was given.
        text: String,
    },
    /// Not `claim=value`.
    #[error("{text:?} is not a rule like roles=admin (several: separated by commas)")]
    BadRule {
        /// What was given.
        text: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_secret_is_refused_with_its_length() {
        let error = Secret::parse("x".repeat(31)).unwrap_err();
        assert_eq!(error.to_string(), "the secret has 31 bytes, 32 are needed");
        assert!(Secret::parse("x".repeat(32)).is_ok());
    }

    #[test]
    fn a_secret_is_not_printed() {
        let source = KeySource::Hs256(Secret::parse("do not print me, not even in debug").unwrap());
        assert_eq!(format!("{source:?}"), "Hs256(Secret(hidden))");
    }

    #[test]
    fn only_public_key_algorithms_are_named() {
        for algorithm in PublicAlgorithm::ALL {
            assert_eq!(PublicAlgorithm::parse(algorithm.as_str()), Ok(algorithm));
        }
        for text in ["none", "HS256", "rs256", "RS512", ""] {
            assert!(PublicAlgorithm::parse(text).is_err(), "{text}");
        }
        assert!(KeySource::jwks(&[]).is_err());
    }
}
