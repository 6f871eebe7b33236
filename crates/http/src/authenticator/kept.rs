//! Secrets that are kept elsewhere and change now and then. Several are good at a time, while one takes over from another.

use std::pin::Pin;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use auth::cache::{KeyCache, Outcome, STALE_MAX, verify_with_cache};
use auth::claims::Caller;
use auth::config::{AuthConfig, Secret};
use auth::rejection::Rejection;
use inbox::moment::Moment;
use tokio::sync::Mutex;
use tracing::warn;

use service::chain::Chain;

use super::{Denied, FETCH_MAX, FetchError};

/// How long secrets are believed before they are fetched again: a rotation arrives within this.
const FRESH: Duration = Duration::from_mins(5);
/// A token that none of them signed may be of a newer one; anyone can send such, so they are looked at no oftener.
const STRANGE: Duration = Duration::from_mins(1);
/// The same without any secret: nobody can sign in.
const WITHOUT: Duration = Duration::from_secs(5);

/// A fetch under way.
pub type FetchingSecrets<'a> = Pin<Box<dyn Future<Output = Result<Vec<Secret>, FetchError>> + Send + 'a>>;

/// Fetches the secrets of HS256 tokens.
pub trait FetchSecrets: Send + Sync {
    /// Fetches all that are good now, the likeliest first. May be dropped half-way.
    fn fetch(&self) -> FetchingSecrets<'_>;
}

pub(super) type Config = Box<dyn Fn(Secret) -> AuthConfig + Send + Sync>;

pub(super) struct Kept {
    config: Config,
    fetcher: Box<dyn FetchSecrets>,
    held: RwLock<Held>,
    one_at_a_time: Mutex<()>,
}

#[derive(Default)]
struct Held {
    secrets: Vec<(AuthConfig, KeyCache)>,
    attempted: Option<Moment>,
    /// When they came.
    stored: Option<Moment>,
}

impl Held {
    fn is_due(&self, now: Moment, pause: Duration) -> bool {
        let pause = if self.secrets.is_empty() { WITHOUT } else { pause };
        // What failed is tried again sooner: a secret may have been withdrawn.
        let pause = if self.attempted == self.stored { pause } else { pause.min(STRANGE) };
        self.attempted.is_none_or(|attempted| now.since(attempted) >= pause)
    }
}

impl Kept {
    pub(super) fn new(config: Config, fetcher: Box<dyn FetchSecrets>) -> Self {
        Self { config, fetcher, held: RwLock::default(), one_at_a_time: Mutex::new(()) }
    }

    pub(super) async fn caller(&self, token: &str, now: Moment) -> Result<Caller, Denied> {
        self.refresh(now, FRESH).await;
        match self.verify(token, now) {
            Err(Denied::Rejected(Rejection::BadSignature)) if self.refresh(now, STRANGE).await => self.verify(token, now),
            verified => verified,
        }
    }

    /// Fetches where the last time is that long ago, or waits for the fetch that is under way; tells whether it fetched.
    async fn refresh(&self, now: Moment, pause: Duration) -> bool {
        if !self.is_due(now, pause) {
            return false;
        }
        let _turn = self.one_at_a_time.lock().await;
        if !self.is_due(now, pause) {
            return true;
        }
        let fetched = tokio::time::timeout(FETCH_MAX, self.fetcher.fetch()).await;
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        held.attempted = Some(now);
        match fetched {
            Ok(Ok(secrets)) => {
                let verifier = |secret| {
                    let config = (self.config)(secret);
                    let cache = KeyCache::new(&config.keys);
                    (config, cache)
                };
                held.secrets = secrets.into_iter().map(verifier).collect();
                held.stored = Some(now);
            }
            Ok(Err(error)) => warn!(error = %Chain(&error), "the secrets could not be fetched"),
            Err(_) => warn!(waited_ms = FETCH_MAX.as_millis(), "the secrets did not come in time"),
        }
        true
    }

    fn is_due(&self, now: Moment, pause: Duration) -> bool {
        self.held.read().unwrap_or_else(PoisonError::into_inner).is_due(now, pause)
    }

    /// By the first secret that signed it. A signature that is good counts, whatever another secret says.
    fn verify(&self, token: &str, now: Moment) -> Result<Caller, Denied> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let mut last = Denied::Unavailable;
        // As with published keys: what nobody could confirm for so long may have been withdrawn.
        let believed = held.stored.is_some_and(|stored| now.since(stored) < STALE_MAX);
        for (config, cache) in held.secrets.iter().filter(|_| believed) {
            match verify_with_cache(token, cache, config, now) {
                Outcome::Verified(caller) => return Ok(caller),
                Outcome::Rejected(Rejection::BadSignature) => last = Denied::Rejected(Rejection::BadSignature),
                Outcome::Rejected(rejection) => return Err(Denied::Rejected(rejection)),
                Outcome::NeedsKeys | Outcome::Unavailable => last = Denied::Unavailable,
            }
        }
        Err(last)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use auth::config::KeySource;
    use auth::sign::{NewToken, mint};
    use inbox::id::UserId;

    use super::*;
    use crate::authenticator::Authenticator;

    const NOW: Moment = Moment::from_seconds(1_800_000_000);

    fn secret(letter: &str) -> Secret {
        Secret::parse(letter.repeat(32)).unwrap()
    }

    fn token(letter: &str) -> String {
        mint(&secret(letter), &NewToken::new(UserId::parse("anna").unwrap(), NOW, NOW.plus(Duration::from_hours(1))))
    }

    /// A place where secrets are kept; `None` where it cannot be reached.
    #[derive(Clone, Default)]
    struct Place {
        kept: Arc<Mutex<Option<Vec<&'static str>>>>,
        fetches: Arc<Mutex<u32>>,
    }

    impl Place {
        fn keep(&self, letters: &[&'static str]) {
            *self.kept.lock().unwrap() = Some(letters.to_vec());
        }

        fn authenticator(&self) -> Authenticator {
            Authenticator::with_secrets(|secret| AuthConfig::new(KeySource::Hs256(secret)), self.clone())
        }

        fn fetches(&self) -> u32 {
            *self.fetches.lock().unwrap()
        }
    }

    impl FetchSecrets for Place {
        fn fetch(&self) -> FetchingSecrets<'_> {
            *self.fetches.lock().unwrap() += 1;
            let kept = self.kept.lock().unwrap().clone();
            Box::pin(async move { Ok(kept.ok_or_else(|| FetchError("unreachable".into()))?.into_iter().map(secret).collect()) })
        }
    }

    fn at(seconds: u64) -> Moment {
        NOW.plus(Duration::from_secs(seconds))
    }

    #[tokio::test]
    async fn a_rotation_arrives_and_the_old_secret_serves_while_it_is_staged() {
        let place = Place::default();
        place.keep(&["a"]);
        let authenticator = place.authenticator();
        assert!(authenticator.caller(&token("a"), NOW).await.is_ok());
        place.keep(&["b", "a"]);
        assert!(authenticator.caller(&token("b"), at(61)).await.is_ok());
        assert!(authenticator.caller(&token("a"), at(62)).await.is_ok());
        place.keep(&["b"]);
        assert!(authenticator.caller(&token("a"), at(90)).await.is_ok());
        assert_eq!(authenticator.caller(&token("a"), at(400)).await, Err(Denied::Rejected(Rejection::BadSignature)));
    }

    #[tokio::test]
    async fn made_up_tokens_make_no_fetches() {
        let place = Place::default();
        place.keep(&["a"]);
        let authenticator = place.authenticator();
        for second in 0..100 {
            assert!(authenticator.caller(&token("x"), at(second)).await.is_err());
        }
        assert_eq!(place.fetches(), 2);
    }

    #[tokio::test]
    async fn secrets_that_cannot_be_fetched_serve_on() {
        let place = Place::default();
        let authenticator = place.authenticator();
        assert_eq!(authenticator.caller(&token("a"), NOW).await, Err(Denied::Unavailable));
        assert_eq!(authenticator.caller(&token("a"), at(1)).await, Err(Denied::Unavailable));
        assert_eq!(place.fetches(), 1);
        place.keep(&["a"]);
        assert!(authenticator.caller(&token("a"), at(5)).await.is_ok());
        *place.kept.lock().unwrap() = None;
        assert!(authenticator.caller(&token("a"), at(1_000)).await.is_ok());
        let fetches = place.fetches();
        assert!(authenticator.caller(&token("a"), at(1_061)).await.is_ok());
        assert_eq!(place.fetches(), fetches + 1, "what failed is tried again sooner");
    }

    #[tokio::test]
    async fn what_nobody_could_confirm_for_a_day_is_believed_no_more() {
        let place = Place::default();
        place.keep(&["a"]);
        let authenticator = place.authenticator();
        let token = mint(&secret("a"), &NewToken::new(UserId::parse("anna").unwrap(), NOW, NOW.plus(Duration::from_hours(48))));
        assert!(authenticator.caller(&token, NOW).await.is_ok());
        *place.kept.lock().unwrap() = None;
        assert!(authenticator.caller(&token, at(86_000)).await.is_ok());
        assert_eq!(authenticator.caller(&token, at(86_400)).await, Err(Denied::Unavailable));
        place.keep(&["a"]);
        assert!(authenticator.caller(&token, at(86_500)).await.is_ok());
    }
}
