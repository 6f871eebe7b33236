//! When to fetch keys, and how long to trust them. A state machine without I/O: the caller fetches.
//!
//! How to use it: on [`Outcome::NeedsKeys`], take a lock that lets one task fetch at a time; call [`KeyCache::begin`]; if it
//! says true, fetch and call [`KeyCache::store`] or [`KeyCache::failed`]; release the lock and ask once more. A second
//! [`Outcome::NeedsKeys`] counts as [`Outcome::Unavailable`], so no request waits for two fetches. Time that runs
//! backwards counts as no time.

use std::time::Duration;

use inbox::moment::Moment;

use crate::claims::Caller;
use crate::config::{AuthConfig, KeySource, PublicAlgorithm};
use crate::jwks::{self, Jwks, JwksError, Key, Keys};
use crate::rejection::Rejection;
use crate::token;

/// Issuers announce a new key well before they use it; an unknown `kid` does not wait for this.
pub const REFRESH_AFTER: Duration = Duration::from_hours(1);

/// How long an issuer that cannot be reached does not matter. A withdrawn key is trusted no longer than this.
pub const STALE_MAX: Duration = Duration::from_hours(24);

/// Anyone can send tokens with made-up ids; the issuer must not feel it.
pub const REFETCH_AFTER: Duration = Duration::from_mins(1);

/// The same without any keys: nobody can sign in, so try again sooner.
pub const REFETCH_WITHOUT_KEYS_AFTER: Duration = Duration::from_secs(5);

/// What became of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is good: this is who calls.
    Verified(Caller),
    /// It is not: 401.
    Rejected(Rejection),
    /// Fetch the keys, then ask again.
    NeedsKeys,
    /// The keys cannot be had at present, which is not the caller's fault: 503.
    Unavailable,
}

/// What the cache knows of a key.
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// Here it is.
    Found(&'a Key),
    /// Fetch now, or wait for the fetch that is under way; then look again.
    Refresh,
    /// The issuer has no such key, by what we learned a moment ago.
    Unknown,
    /// We have no keys that can still be trusted, and it is too soon to try again.
    Unavailable,
}

/// The keys of one issuer: a secret that stays, or a set that is fetched and ages.
#[derive(Clone, Debug)]
pub struct KeyCache {
    algorithms: Vec<PublicAlgorithm>,
    keys: Option<Keys>,
    stored_at: Option<Moment>,
    attempted_at: Option<Moment>,
    fetching: bool,
}

impl KeyCache {
    /// With a secret: complete, and never in need of a fetch. With a key set: empty.
    pub fn new(source: &KeySource) -> Self {
        let (keys, algorithms) = match source {
            KeySource::Hs256(secret) => (Some(Keys::secret(secret)), Vec::new()),
            KeySource::Jwks { algorithms } => (None, algorithms.clone()),
        };
        Self { algorithms, keys, stored_at: None, attempted_at: None, fetching: false }
    }

    /// Looks for the key of a token. A key older than an hour asks for a refresh once a minute, and serves on between;
    /// a day after the last success it serves no more. An unknown id asks at most once a minute, whoever sends it.
    pub fn lookup(&self, kid: Option<&str>, now: Moment) -> Lookup<'_> {
        if let Some(key) = self.find(kid, now) {
            return if self.is_old(now) && self.may_fetch(now) { Lookup::Refresh } else { Lookup::Found(key) };
        }
        if self.may_fetch(now) || self.is_fetching(now) {
            return Lookup::Refresh;
        }
        if self.trusted(now).is_some() { Lookup::Unknown } else { Lookup::Unavailable }
    }

    /// Starts a fetch; true means that the caller must do it. It has to end in [`Self::store`] or [`Self::failed`]; one that
    /// was abandoned counts as failed after a minute.
    pub fn begin(&mut self, now: Moment) -> bool {
        let may = self.may_fetch(now);
        if may {
            self.attempted_at = Some(now);
            self.fetching = true;
        }
        may
    }

    /// Takes what was fetched. A set that cannot be used leaves the present keys as they are.
    ///
    /// # Errors
    /// Why the set cannot be used; the fetch then counts as failed.
    pub fn store(&mut self, json: &[u8], now: Moment) -> Result<(), JwksError> {
        self.failed(now);
        let set = Jwks::parse(json, &self.algorithms)?;
        self.keys = Some(Keys::Set(set));
        self.stored_at = Some(now);
        Ok(())
    }

    /// The fetch failed: the present keys serve on, and the next fetch waits.
    pub fn failed(&mut self, now: Moment) {
        self.attempted_at = Some(now);
        self.fetching = false;
    }

    fn allows(&self, algorithm: jsonwebtoken::Algorithm) -> bool {
        self.keys.as_ref().map_or_else(|| jwks::allowed(&self.algorithms, algorithm), |keys| keys.allow(algorithm))
    }

    fn find(&self, kid: Option<&str>, now: Moment) -> Option<&Key> {
        self.trusted(now)?.find(kid)
    }

    fn trusted(&self, now: Moment) -> Option<&Keys> {
        self.keys.as_ref().filter(|_| self.stored_at.is_none_or(|stored| now.since(stored) < STALE_MAX))
    }

    fn is_old(&self, now: Moment) -> bool {
        self.stored_at.is_some_and(|stored| now.since(stored) >= REFRESH_AFTER)
    }

    fn is_fetching(&self, now: Moment) -> bool {
        self.fetching && self.attempted_at.is_some_and(|attempt| now.since(attempt) < REFETCH_AFTER)
    }

    fn may_fetch(&self, now: Moment) -> bool {
        let pause = if self.fetching || self.trusted(now).is_some() { REFETCH_AFTER } else { REFETCH_WITHOUT_KEYS_AFTER };
        !matches!(self.keys, Some(Keys::Secret(_))) && self.attempted_at.is_none_or(|attempt| now.since(attempt) >= pause)
    }
}

/// Who calls, with the keys at hand; or that keys have to be fetched first. A token that no key could save is refused
/// without a fetch.
pub fn verify_with_cache(token: &str, cache: &KeyCache, config: &AuthConfig, now: Moment) -> Outcome {
    let header = match token::header(token) {
        Ok(header) => header,
        Err(rejection) => return Outcome::Rejected(rejection),
    };
    if !cache.allows(header.alg) {
        return Outcome::Rejected(Rejection::WrongAlgorithm);
    }
    let kid = header.kid.as_deref();
    match cache.lookup(kid, now) {
        Lookup::Found(key) => token::verify_with_key(token, key, config, now).map_or_else(Outcome::Rejected, Outcome::Verified),
        Lookup::Refresh => Outcome::NeedsKeys,
        Lookup::Unknown => Outcome::Rejected(Rejection::unknown_key(kid)),
        Lookup::Unavailable => Outcome::Unavailable,
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
