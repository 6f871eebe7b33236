//! Who calls: verifies tokens and reads their claims.
//!
//! Verification alone. Keys and time come in as arguments: no I/O, no clock, no async, no HTTP. The algorithm always comes
//! from the configuration, never from the token. Nothing here logs, and no error holds a token or a secret.
//!
//! ```
//! use auth::cache::{KeyCache, Outcome, verify_with_cache};
//! use auth::config::{AuthConfig, KeySource, Secret};
//! use auth::sign::{NewToken, mint};
//! use inbox::id::UserId;
//! use inbox::moment::Moment;
//!
//! let secret = Secret::parse("a development secret of 32 bytes!").unwrap();
//! let config = AuthConfig::new(KeySource::Hs256(secret.clone()));
//! let now = Moment::from_seconds(1_800_000_000);
//! let token = mint(&secret, &NewToken::new(UserId::parse("anna").unwrap(), now, Moment::from_seconds(1_800_003_600)));
//!
//! let cache = KeyCache::new(&config.keys);
//! let Outcome::Verified(caller) = verify_with_cache(&token, &cache, &config, now) else { panic!("refused") };
//! assert_eq!(caller.user.as_str(), "anna");
//! assert!(!caller.role.admin);
//! ```

pub mod cache;
pub mod claims;
pub mod config;
pub mod jwks;
pub mod rejection;
pub mod rule;
pub mod sign;
pub mod token;
