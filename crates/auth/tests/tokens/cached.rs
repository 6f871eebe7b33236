//! Minting, and tokens against a cache that has to be filled first.

use crate::support::{AUDIENCE, ISSUER, JWKS, NOW, SECRET, claims, hs256, now, published, secret, signed, signed_by};
use auth::cache::{KeyCache, Outcome, verify_with_cache};
use auth::config::{AuthConfig, TENANT_CLAIM};
use auth::rejection::Rejection;
use auth::sign::{NewToken, mint};
use inbox::id::{Tenant, Topic, UserId};
use inbox::moment::Moment;
use jsonwebtoken::Algorithm;
use serde_json::json;

fn later(seconds: i64) -> Moment {
    Moment::from_seconds(NOW + seconds)
}

#[test]
fn what_we_mint_we_accept() {
    let token = NewToken {
        tenant: Some(Tenant::parse("acme").unwrap()),
        topics: vec![Topic::parse("ops").unwrap()],
        admin: true,
        issuer: Some(ISSUER.to_owned()),
        audience: Some(AUDIENCE.to_owned()),
        ..NewToken::new(UserId::parse("anna").unwrap(), now(), later(3_600))
    };
    let config = AuthConfig { tenant_claim: Some(TENANT_CLAIM.to_owned()), ..hs256() };
    let outcome = verify_with_cache(&mint(&secret(), &token), &KeyCache::new(&config.keys), &config, now());
    let Outcome::Verified(caller) = outcome else { panic!("{outcome:?}") };
    assert_eq!((caller.user, caller.tenant, caller.topics), (token.user, token.tenant, token.topics));
    assert_eq!((caller.role.admin, caller.role.service, caller.expires), (true, false, later(3_600)));
}

#[test]
fn keys_are_fetched_on_demand_and_then_serve() {
    let config = published();
    let mut cache = KeyCache::new(&config.keys);
    let token = signed_by(Algorithm::ES256, Some("es-1"), &claims(&json!({})));
    assert_eq!(verify_with_cache(&token, &cache, &config, now()), Outcome::NeedsKeys);
    assert!(cache.begin(now()));
    cache.failed(now());
    assert_eq!(verify_with_cache(&token, &cache, &config, later(1)), Outcome::Unavailable);
    assert!(cache.begin(later(5)));
    cache.store(JWKS, later(5)).unwrap();
    let outcome = verify_with_cache(&token, &cache, &config, later(6));
    assert!(matches!(outcome, Outcome::Verified(_)), "{outcome:?}");

    let foreign = signed_by(Algorithm::ES256, Some("es-2"), &claims(&json!({})));
    let unknown = Rejection::UnknownKey { kid: Some("es-2".to_owned()) };
    assert_eq!(verify_with_cache(&foreign, &cache, &config, later(7)), Outcome::Rejected(unknown));
    assert_eq!(verify_with_cache(&foreign, &cache, &config, later(65)), Outcome::NeedsKeys);
}

#[test]
fn a_hopeless_token_fetches_nothing() {
    let config = published();
    let cache = KeyCache::new(&config.keys);
    let check = |token: &str, expected| assert_eq!(verify_with_cache(token, &cache, &config, now()), Outcome::Rejected(expected));
    check(&signed(SECRET, &claims(&json!({}))), Rejection::WrongAlgorithm);
    check("not.a.token", Rejection::Malformed);
    check(&"x".repeat(9_000), Rejection::Malformed);
}
