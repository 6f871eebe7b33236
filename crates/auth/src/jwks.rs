//! Keys that verify: one shared secret, or a published set (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use crate::config::{PublicAlgorithm, Secret};

/// A larger key set is not one: Cognito's has 1 KiB, the largest public ones some 20 KiB. Fetchers stop here too.
pub const JWKS_BYTES_MAX: usize = 256 * 1024;

/// A key, bound to the one algorithm that it verifies.
#[derive(Clone, Debug)]
pub struct Key {
    kid: Option<String>,
    pub(crate) algorithm: Algorithm,
    pub(crate) decoding: DecodingKey,
}

/// The keys to verify with.
#[derive(Clone, Debug)]
pub enum Keys {
    /// One secret for every token, whatever its `kid`.
    Secret(Key),
    /// A published set.
    Set(Jwks),
}

impl Keys {
    /// HS256 with this secret.
    pub fn secret(secret: &Secret) -> Self {
        Self::Secret(Key { kid: None, algorithm: Algorithm::HS256, decoding: DecodingKey::from_secret(secret.bytes()) })
    }

    pub(crate) fn allow(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Secret(key) => key.algorithm == algorithm,
            Self::Set(set) => allowed(&set.algorithms, algorithm),
        }
    }

    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match self {
            Self::Secret(key) => Some(key),
            Self::Set(set) => set.find(kid),
        }
    }
}

/// A published key set, without the keys that we cannot or must not use. Never empty.
#[derive(Clone, Debug)]
pub struct Jwks {
    keys: Vec<Key>,
    algorithms: Vec<PublicAlgorithm>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

impl Jwks {
    /// Reads a key set and keeps the keys whose type, curve and `alg` fit these algorithms and whose `use` and `key_ops`,
    /// where given, are for signatures. Others are skipped, also those that cannot be read: an issuer may publish what
    /// we do not know yet. A `kid` that appears twice stands for the first.
    ///
    /// # Errors
    /// [`JwksError::TooLarge`], [`JwksError::NotAKeySet`], or [`JwksError::NoUsableKey`] if nothing is left.
    pub fn parse(json: &[u8], algorithms: &[PublicAlgorithm]) -> Result<Self, JwksError> {
        if json.len() > JWKS_BYTES_MAX {
            return Err(JwksError::TooLarge { bytes: json.len() });
        }
        let document: Document = serde_json::from_slice(json).map_err(|_| JwksError::NotAKeySet)?;
        let keys: Vec<Key> = document.keys.into_iter().filter_map(|entry| usable(entry, algorithms)).collect();
        if keys.is_empty() {
            return Err(JwksError::NoUsableKey);
        }
        Ok(Self { keys, algorithms: algorithms.to_vec() })
    }

    /// The key with this id. A token without an id means the only key, if there is only one.
    pub fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match (kid, self.keys.as_slice()) {
            (Some(_), keys) => keys.iter().find(|key| key.kid.as_deref() == kid),
            (None, [only]) => Some(only),
            (None, _) => None,
        }
    }

    /// The ids of the keys, in the order of the set; a key without one is left out.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().filter_map(|key| key.kid.as_deref())
    }
}

pub(crate) fn allowed(algorithms: &[PublicAlgorithm], algorithm: Algorithm) -> bool {
    algorithms.iter().any(|&candidate| library(candidate) == algorithm)
}

fn library(algorithm: PublicAlgorithm) -> Algorithm {
    match algorithm {
        PublicAlgorithm::Rs256 => Algorithm::RS256,
        PublicAlgorithm::Es256 => Algorithm::ES256,
        PublicAlgorithm::EdDsa => Algorithm::EdDSA,
    }
}

fn usable(entry: Value, algorithms: &[PublicAlgorithm]) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(entry).ok()?;
    let algorithm = library(public_algorithm(&jwk.algorithm)?);
    let named = jwk.common.key_algorithm.is_none_or(|name| name == KeyAlgorithm::from(algorithm));
    if !named || !allowed(algorithms, algorithm) || !for_signatures(&jwk) {
        return None;
    }
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    Some(Key { kid: jwk.common.key_id, algorithm, decoding })
}

/// The algorithm that a key's type and curve call for. A shared secret in a published set is no secret: never taken.
fn public_algorithm(parameters: &AlgorithmParameters) -> Option<PublicAlgorithm> {
    // Not a `match`: the library may add types, and what it adds is not for us until someone has looked at it.
    if let AlgorithmParameters::RSA(_) = parameters {
        Some(PublicAlgorithm::Rs256)
    } else if let AlgorithmParameters::EllipticCurve(key) = parameters {
        (key.curve == EllipticCurve::P256).then_some(PublicAlgorithm::Es256)
    } else if let AlgorithmParameters::OctetKeyPair(key) = parameters {
        (key.curve == EllipticCurve::Ed25519).then_some(PublicAlgorithm::EdDsa)
    } else {
        None
    }
}

fn for_signatures(jwk: &Jwk) -> bool {
    let usage = jwk.common.public_key_use.as_ref().is_none_or(|usage| *usage == PublicKeyUse::Signature);
    let operations = jwk.common.key_operations.as_ref();
    usage && operations.is_none_or(|list| list.contains(&KeyOperations::Verify))
}

/// Why a key set is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JwksError {
    /// Over [`JWKS_BYTES_MAX`].
    #[error("the key set has {bytes} bytes, {JWKS_BYTES_MAX} are allowed")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// Not a JSON object with an array `keys`.
    #[error("not a key set")]
    NotAKeySet,
    /// None of its keys fits the allowed algorithms.
    #[error("no key fits the allowed algorithms")]
    NoUsableKey,
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &[u8] = include_bytes!("../tests/keys/jwks.json");

    fn ids(algorithms: &[PublicAlgorithm]) -> Vec<String> {
        Jwks::parse(SET, algorithms).unwrap().ids().map(str::to_owned).collect()
    }

    #[test]
    fn only_fitting_keys_are_taken() {
        assert_eq!(ids(&PublicAlgorithm::ALL), ["rs-1", "es-1", "ed-1"]);
        assert_eq!(ids(&[PublicAlgorithm::Es256]), ["es-1"]);
    }

    #[test]
    fn no_id_means_the_only_key() {
        let one = Jwks::parse(SET, &[PublicAlgorithm::EdDsa]).unwrap();
        assert!(one.find(None).is_some());
        let three = Jwks::parse(SET, &PublicAlgorithm::ALL).unwrap();
        assert!(three.find(None).is_none());
        assert!(three.find(Some("es-1")).is_some());
        assert!(three.find(Some("es-2")).is_none());
    }

    #[test]
    fn what_is_not_a_key_set_is_refused() {
        let check = |json: &[u8], expected| assert_eq!(Jwks::parse(json, &PublicAlgorithm::ALL).unwrap_err(), expected);
        check(b"<html>", JwksError::NotAKeySet);
        check(b"[]", JwksError::NotAKeySet);
        check(br#"{"keys": []}"#, JwksError::NoUsableKey);
        check(br#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#, JwksError::NoUsableKey);
        check(&vec![b' '; JWKS_BYTES_MAX + 1], JwksError::TooLarge { bytes: JWKS_BYTES_MAX + 1 });
    }
}
