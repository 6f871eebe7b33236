//! Verifies tokens and fetches the issuer's keys when they are needed: one fetch at a time, however many wait.

mod kept;

use std::error::Error;
use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use auth::cache::{KeyCache, Outcome, verify_with_cache};
use auth::claims::Caller;
use auth::config::{AuthConfig, Secret};
use auth::rejection::Rejection;
use bytes::Bytes;
use inbox::moment::Moment;
use thiserror::Error;
use tokio::sync::Mutex;
use tracing::warn;

use kept::Kept;
pub use kept::{FetchSecrets, FetchingSecrets};
use service::chain::Chain;

/// An issuer that takes longer is down for us: requests wait no longer than this.
const FETCH_MAX: Duration = Duration::from_secs(5);

/// Why keys could not be fetched.
#[derive(Debug, Error)]
#[error("the keys could not be fetched")]
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

/// Verifies tokens. Shared by all requests.
pub struct Authenticator(Keys);

enum Keys {
    /// By one configuration: a secret that stays, or an issuer's published keys.
    Known(Box<Known>),
    /// By secrets that are kept elsewhere.
    Kept(Kept),
}

struct Known {
    config: AuthConfig,
    cache: RwLock<KeyCache>,
    fetcher: Option<Box<dyn FetchKeys>>,
    one_at_a_time: Mutex<()>,
}

impl Authenticator {
    /// For a shared secret, which needs no fetching.
    pub fn new(config: AuthConfig) -> Self {
        Self(Keys::Known(Box::new(Known::new(config, None))))
    }

    /// For published keys, fetched by `fetcher` when they are first needed.
    pub fn with_fetcher(config: AuthConfig, fetcher: impl FetchKeys + 'static) -> Self {
        Self(Keys::Known(Box::new(Known::new(config, Some(Box::new(fetcher))))))
    }

    /// For secrets that are kept elsewhere and change now and then; `config` says what tokens must be like beside their signature.
    pub fn with_secrets(config: impl Fn(Secret) -> AuthConfig + Send + Sync + 'static, fetcher: impl FetchSecrets + 'static) -> Self {
        Self(Keys::Kept(Kept::new(Box::new(config), Box::new(fetcher))))
    }

    /// Who holds this token, at `now`.
    ///
    /// # Errors
    /// [`Denied`]: the token is no good, or it cannot be told at present.
    pub async fn caller(&self, token: &str, now: Moment) -> Result<Caller, Denied> {
        match &self.0 {
            Keys::Known(known) => known.caller(token, now).await,
            Keys::Kept(kept) => kept.caller(token, now).await,
        }
    }
}

impl Known {
    fn new(config: AuthConfig, fetcher: Option<Box<dyn FetchKeys>>) -> Self {
        let cache = RwLock::new(KeyCache::new(&config.keys));
        Self { config, cache, fetcher, one_at_a_time: Mutex::new(()) }
    }

    async fn caller(&self, token: &str, now: Moment) -> Result<Caller, Denied> {
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
        let mut begun = Begun { known: self, now, ended: false };
        match tokio::time::timeout(FETCH_MAX, fetcher.fetch()).await {
            Ok(Ok(keys)) => begun.store(&keys),
            Ok(Err(error)) => warn!(error = %Chain(&error), "the issuer's keys could not be fetched"),
            Err(_) => warn!(waited_ms = FETCH_MAX.as_millis(), "the issuer's keys did not come in time"),
        }
    }
}

/// A fetch that counts as failed unless it stores something.
struct Begun<'a> {
    known: &'a Known,
    now: Moment,
    ended: bool,
}

impl Begun<'_> {
    fn store(&mut self, keys: &[u8]) {
        self.ended = true;
        if let Err(error) = self.known.with_cache(|cache| cache.store(keys, self.now)) {
            warn!(error = %Chain(&error), "the issuer's keys cannot be used");
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.known.with_cache(|cache| cache.failed(self.now));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use auth::config::{KeySource, PublicAlgorithm};

    use super::*;

    /// `{"alg":"RS256","kid":"k"}`, `{}`, and a signature that no key made.
    const TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.AA";
    const NOW: Moment = Moment::from_seconds(1_800_000_000);

    /// An issuer that cannot be reached, or never answers.
    struct Down {
        fetches: Arc<AtomicUsize>,
        hangs: bool,
    }

    impl FetchKeys for Down {
        fn fetch(&self) -> Fetching<'_> {
            self.fetches.fetch_add(1, Ordering::Relaxed);
            let hangs = self.hangs;
            Box::pin(async move {
                if hangs {
                    std::future::pending::<()>().await;
                }
                Err(FetchError("connection refused".into()))
            })
        }
    }

    fn down(hangs: bool) -> (Authenticator, Arc<AtomicUsize>) {
        let fetches = Arc::new(AtomicUsize::new(0));
        let config = AuthConfig::new(KeySource::jwks(&[PublicAlgorithm::Rs256]).unwrap());
        (Authenticator::with_fetcher(config, Down { fetches: fetches.clone(), hangs }), fetches)
    }

    #[tokio::test(start_paused = true)]
    async fn many_callers_make_one_fetch() {
        for hangs in [false, true] {
            let (authenticator, fetches) = down(hangs);
            let (one, two) = tokio::join!(authenticator.caller(TOKEN, NOW), authenticator.caller(TOKEN, NOW));
            assert_eq!((one, two), (Err(Denied::Unavailable), Err(Denied::Unavailable)));
            assert_eq!(fetches.load(Ordering::Relaxed), 1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_request_leaves_no_fetch_behind() {
        let (authenticator, fetches) = down(true);
        let dropped = tokio::time::timeout(Duration::from_millis(1), authenticator.caller(TOKEN, NOW)).await;
        assert!(dropped.is_err());
        let later = NOW.plus(auth::cache::REFETCH_WITHOUT_KEYS_AFTER);
        assert_eq!(authenticator.caller(TOKEN, later).await, Err(Denied::Unavailable));
        assert_eq!(fetches.load(Ordering::Relaxed), 2);
    }

    #[tokio::test]
    async fn a_token_that_no_key_could_save_makes_no_fetch() {
        let (authenticator, fetches) = down(false);
        assert_eq!(authenticator.caller("no token", NOW).await, Err(Denied::Rejected(Rejection::Malformed)));
        assert_eq!(fetches.load(Ordering::Relaxed), 0);
    }
}
