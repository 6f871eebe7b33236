//! Verifies tokens and fetches the issuer's keys when they are needed: one fetch at a time, however many wait.

use std::error::Error;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use auth::cache::{KeyCache, Outcome, verify_with_cache};
use auth::claims::Caller;
use auth::config::AuthConfig;
use auth::rejection::Rejection;
use bytes::Bytes;
use inbox::moment::Moment;
use thiserror::Error;
use tokio::sync::Mutex;
use tracing::warn;

/// An issuer that takes longer is down for us: requests wait no longer than this.
const FETCH_MAX: Duration = Duration::from_secs(5);

/// Why the keys could not be fetched.
#[derive(Debug, Error)]
#[error("the issuer's keys could not be fetched")]
pub struct FetchError(#[source] pub Box<dyn Error + Send + Sync>);

/// A fetch under way.
pub type Fetching<'a> = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send + 'a>>;

/// Fetches the issuer's key set (a JWKS document, [`auth::jwks::JWKS_BYTES_MAX`] at most).
pub trait FetchKeys: Send + Sync {
    /// Fetches it once. May be dropped half-way.
    fn fetch(&self) -> Fetching<'_>;
}

/// Why nobody is known to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denied {
    /// The token is no good.
    Rejected(Rejection),
    /// The issuer's keys cannot be had at present.
    Unavailable,
}

/// Verifies tokens by one configuration. Shared by all requests.
pub struct Authenticator {
    config: AuthConfig,
    cache: RwLock<KeyCache>,
    fetcher: Option<Box<dyn FetchKeys>>,
    one_at_a_time: Mutex<()>,
}

impl Authenticator {
    /// For a shared secret, which needs no fetching.
    pub fn new(config: AuthConfig) -> Self {
        let cache = RwLock::new(KeyCache::new(&config.keys));
        Self { config, cache, fetcher: None, one_at_a_time: Mutex::new(()) }
    }

    /// For published keys, fetched by `fetcher` when they are first needed.
    pub fn with_fetcher(config: AuthConfig, fetcher: impl FetchKeys + 'static) -> Self {
        Self { fetcher: Some(Box::new(fetcher)), ..Self::new(config) }
    }

    /// Who holds this token, at `now`.
    ///
    /// # Errors
    /// [`Denied`]: the token is no good, or it cannot be told at present.
    pub async fn caller(&self, token: &str, now: Moment) -> Result<Caller, Denied> {
        let mut outcome = self.verify(token, now);
        if outcome == Outcome::NeedsKeys {
            self.refresh(now).await;
            outcome = self.verify(token, now);
        }
        match outcome {
            Outcome::Verified(caller) => Ok(caller),
            Outcome::Rejected(rejection) => Err(Denied::Rejected(rejection)),
            Outcome::NeedsKeys | Outcome::Unavailable => Err(Denied::Unavailable),
        }
    }

    fn verify(&self, token: &str, now: Moment) -> Outcome {
        verify_with_cache(token, &self.cache.read().unwrap_or_else(PoisonError::into_inner), &self.config, now)
    }

    fn with_cache<T>(&self, change: impl FnOnce(&mut KeyCache) -> T) -> T {
        change(&mut self.cache.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Fetches, or waits for the fetch that is under way.
    async fn refresh(&self, now: Moment) {
        let Some(fetcher) = &self.fetcher else { return };
        let _turn = self.one_at_a_time.lock().await;
        if !self.with_cache(|cache| cache.begin(now)) {
            return;
        }
        // The request may be dropped while it waits; the fetch must not look as if it went on.
        let mut begun = Begun { authenticator: self, now, ended: false };
        match tokio::time::timeout(FETCH_MAX, fetcher.fetch()).await {
            Ok(Ok(keys)) => begun.store(&keys),
            Ok(Err(error)) => warn!(error = &error as &dyn Error, "the issuer's keys could not be fetched"),
            Err(_) => warn!(waited_ms = FETCH_MAX.as_millis(), "the issuer's keys did not come in time"),
        }
    }
}

/// A fetch that counts as failed unless it stores something.
struct Begun<'a> {
    authenticator: &'a Authenticator,
    now: Moment,
    ended: bool,
}

impl Begun<'_> {
    fn store(&mut self, keys: &[u8]) {
        self.ended = true;
        if let Err(error) = self.authenticator.with_cache(|cache| cache.store(keys, self.now)) {
            warn!(error = &error as &dyn Error, "the issuer's keys cannot be used");
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.authenticator.with_cache(|cache| cache.failed(self.now));
        }
    }
}
