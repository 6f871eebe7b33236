//! Good and bad tokens, and what becomes of each.

#![expect(clippy::needless_pass_by_value, clippy::unnecessary_wraps, reason = "a row says what is expected as it is compared")]

use crate::support::{
    AUDIENCE, ISSUER, NOW, RSA_PUBLIC_PEM, SECRET, claims, forged, hs256, keys, now, published, signed, signed_by, signed_with_header,
};
use auth::claims::Caller;
use auth::config::{AuthConfig, PublicAlgorithm};
use auth::rejection::Rejection;
use auth::token::{TOKEN_BYTES_MAX, verify};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

fn ask(token: &str, config: &AuthConfig) -> Result<Caller, Rejection> {
    verify(token, &keys(config), config, now())
}

/// One row: the claims that differ from good ones, and the refusal, if any.
fn check_claims(config: &AuthConfig, changes: &Value, expected: Option<Rejection>) {
    let found = ask(&signed(SECRET, &claims(changes)), config).err();
    assert_eq!(found, expected, "{changes}");
}

fn bad(name: &str) -> Option<Rejection> {
    Some(Rejection::BadClaim { name: name.to_owned() })
}

#[test]
fn times_have_one_leeway_of_a_minute() {
    let rows = [
        (json!({"exp": NOW + 1}), None),
        (json!({"exp": NOW - 30}), None),
        (json!({"exp": NOW - 59}), None),
        (json!({"exp": NOW - 60}), Some(Rejection::Expired)),
        (json!({"exp": NOW - 3_600}), Some(Rejection::Expired)),
        (json!({"exp": 0}), Some(Rejection::Expired)),
        (json!({"exp": 1_800_000_000.75}), None),
        (json!({"exp": null}), bad("exp")),
        (json!({"exp": "1800000600"}), bad("exp")),
        (json!({"exp": -1}), bad("exp")),
        (json!({"exp": (NOW + 600) * 1_000}), bad("exp")),
        (json!({"exp": 1e300}), bad("exp")),
        (json!({"nbf": NOW}), None),
        (json!({"nbf": NOW + 5}), None),
        (json!({"nbf": NOW + 60}), None),
        (json!({"nbf": NOW + 61}), Some(Rejection::NotYetValid)),
        (json!({"nbf": "soon"}), bad("nbf")),
        (json!({"iat": NOW + 3_600}), None),
    ];
    for (changes, expected) in rows {
        check_claims(&hs256(), &changes, expected);
    }
}

#[test]
fn streams_end_at_exp_itself() {
    let caller = ask(&signed(SECRET, &claims(&json!({"exp": NOW - 30}))), &hs256()).unwrap();
    assert_eq!(caller.expires.seconds(), NOW - 30);
}

#[test]
fn issuer_and_audience_must_be_ours() {
    let issuer = || Some(Rejection::WrongIssuer);
    let audience = || Some(Rejection::WrongAudience);
    let rows = [
        (json!({"iss": "https://issuer.example"}), issuer()),
        (json!({"iss": null}), issuer()),
        (json!({"iss": [ISSUER]}), issuer()),
        (json!({"aud": "other"}), None),
        (json!({"aud": ["foreign", AUDIENCE]}), None),
        (json!({"aud": ["foreign"]}), audience()),
        (json!({"aud": []}), audience()),
        (json!({"aud": "belfry2"}), audience()),
        (json!({"aud": 7}), audience()),
        (json!({"aud": null}), audience()),
        (json!({"aud": null, "client_id": AUDIENCE}), audience()),
        (json!({"aud": "foreign", "client_id": AUDIENCE, "token_use": "access"}), audience()),
    ];
    for (changes, expected) in rows {
        check_claims(&hs256(), &changes, expected);
    }
}

#[test]
fn what_is_not_configured_is_not_checked() {
    let open = AuthConfig::new(hs256().keys);
    check_claims(&open, &json!({"iss": null, "aud": null}), None);
    check_claims(&open, &json!({"iss": "anyone", "aud": "anyone"}), None);
}

#[test]
fn a_cognito_access_token_is_taken_and_an_id_token_is_not() {
    let access = json!({"aud": null, "client_id": AUDIENCE, "token_use": "access", "cognito:groups": ["admin"]});
    let id = json!({"aud": AUDIENCE, "token_use": "id"});
    let check = |changes: &Value, config: &AuthConfig, expected| {
        let found = ask(&signed_by(Algorithm::RS256, Some("rs-1"), &claims(changes)), config);
        assert_eq!(found.err(), expected, "{changes}");
    };
    check(&access, &published(), None);
    check(&id, &published(), bad("token_use"));
    check(&json!({"token_use": 1}), &published(), bad("token_use"));
    check(&json!({"aud": null, "client_id": "foreign", "token_use": "access"}), &published(), Some(Rejection::WrongAudience));
    check(&json!({"aud": null, "token_use": "access"}), &published(), Some(Rejection::WrongAudience));

    let unchecked = AuthConfig { token_use: None, ..published() };
    check(&id, &unchecked, None);
    check(&json!({"aud": null, "client_id": AUDIENCE, "token_use": "id"}), &unchecked, Some(Rejection::WrongAudience));
}

#[test]
fn the_subject_is_the_user() {
    let rows = [
        (json!({"sub": null}), Some(Rejection::NoSubject)),
        (json!({"sub": ""}), Some(Rejection::NoSubject)),
        (json!({"sub": 42}), Some(Rejection::NoSubject)),
        (json!({"sub": "x".repeat(128)}), None),
        (json!({"sub": "x".repeat(129)}), bad("sub")),
        (json!({"sub": "a\nb"}), bad("sub")),
        (json!({"sub": "auth0|5f7c8ec7c33c6c004bbafe82"}), None),
    ];
    for (changes, expected) in rows {
        check_claims(&hs256(), &changes, expected);
    }
}

#[test]
fn topics_are_sorted_once_each_and_ten_at_most() {
    let names = |count: usize| (0..count).map(|n| format!("t{n}")).collect::<Vec<_>>();
    let twice = [names(10), names(10)].concat();
    let rows = [
        (json!({"topics": names(10)}), None),
        (json!({"topics": names(11)}), bad("topics")),
        (json!({"topics": twice}), None),
        (json!({"topics": ["Upper"]}), bad("topics")),
        (json!({"topics": ["everyone"]}), bad("topics")),
        (json!({"topics": ["user"]}), bad("topics")),
        (json!({"topics": [""]}), bad("topics")),
        (json!({"topics": [1]}), bad("topics")),
        (json!({"topics": {"a": true}}), bad("topics")),
    ];
    for (changes, expected) in rows {
        check_claims(&hs256(), &changes, expected);
    }
    let topics = |value: Value, config: &AuthConfig| {
        let caller = ask(&signed(SECRET, &claims(&value)), config).unwrap();
        caller.topics.iter().map(|topic| topic.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(topics(json!({"topics": ["ops", "eu:west", "ops"]}), &hs256()), ["eu:west", "ops"]);
    assert_eq!(topics(json!({"topics": "ops eu"}), &hs256()), ["eu", "ops"]);
    assert!(topics(json!({}), &hs256()).is_empty());
    let renamed = AuthConfig { topics_claim: "groups".to_owned(), ..hs256() };
    assert_eq!(topics(json!({"topics": ["a"], "groups": ["b"]}), &renamed), ["b"]);
}

#[test]
fn where_tenants_are_on_every_token_names_one() {
    let tenants = AuthConfig { tenant_claim: Some("org".to_owned()), ..hs256() };
    check_claims(&tenants, &json!({}), bad("org"));
    check_claims(&tenants, &json!({"org": "acme#1"}), bad("org"));
    check_claims(&tenants, &json!({"org": ["acme"]}), bad("org"));
    let caller = |config: &AuthConfig| ask(&signed(SECRET, &claims(&json!({"org": "acme"}))), config).unwrap();
    assert_eq!(caller(&tenants).tenant.unwrap().as_str(), "acme");
    assert!(caller(&hs256()).tenant.is_none(), "without tenants the claim means nothing");
}

#[test]
fn each_public_algorithm_verifies_with_its_own_key() {
    let rows = [(Algorithm::RS256, "rs-1"), (Algorithm::ES256, "es-1"), (Algorithm::EdDSA, "ed-1")];
    for (algorithm, kid) in rows {
        let token = signed_by(algorithm, Some(kid), &claims(&json!({})));
        assert_eq!(ask(&token, &published()).unwrap().user.as_str(), "anna", "{kid}");
    }
    let token = signed_by(Algorithm::RS256, Some("es-1"), &claims(&json!({})));
    assert_eq!(ask(&token, &published()).unwrap_err(), Rejection::WrongAlgorithm, "the key decides");
    let token = signed_by(Algorithm::RS512, Some("rs-1"), &claims(&json!({})));
    assert_eq!(ask(&token, &published()).unwrap_err(), Rejection::WrongAlgorithm);
}

#[test]
fn a_key_is_found_by_its_id_or_because_it_is_the_only_one() {
    let unknown = |kid: Option<&str>| Rejection::UnknownKey { kid: kid.map(str::to_owned) };
    let by = |kid: Option<&str>| signed_by(Algorithm::RS256, kid, &claims(&json!({})));
    assert_eq!(ask(&by(Some("rs-9")), &published()).unwrap_err(), unknown(Some("rs-9")));
    assert_eq!(ask(&by(Some("encryption")), &published()).unwrap_err(), unknown(Some("encryption")));
    assert_eq!(ask(&by(None), &published()).unwrap_err(), unknown(None));
    assert_eq!(ask(&by(Some(&"k".repeat(500))), &published()).unwrap_err(), unknown(Some(&"k".repeat(64))));
    let only_rsa = AuthConfig { keys: auth::config::KeySource::jwks(&[PublicAlgorithm::Rs256]).unwrap(), ..published() };
    assert!(ask(&by(None), &only_rsa).is_ok());
    let token = signed_by(Algorithm::ES256, Some("es-1"), &claims(&json!({})));
    assert_eq!(ask(&token, &only_rsa).unwrap_err(), Rejection::WrongAlgorithm);
}

#[test]
fn the_token_does_not_choose_its_algorithm() {
    let good = claims(&json!({}));
    for alg in ["none", "None", "NONE", "nOnE", "", "HS1"] {
        let token = forged(&json!({"alg": alg, "typ": "JWT"}), &good, "");
        assert_eq!(ask(&token, &hs256()).unwrap_err(), Rejection::WrongAlgorithm, "{alg}");
        assert_eq!(ask(&token, &published()).unwrap_err(), Rejection::WrongAlgorithm, "{alg}");
    }
    for key in [RSA_PUBLIC_PEM, RSA_PUBLIC_PEM.trim_end()] {
        assert_eq!(ask(&signed(key, &good), &published()).unwrap_err(), Rejection::WrongAlgorithm);
    }
    let signature = signed(SECRET, &good).rsplit_once('.').unwrap().1.to_owned();
    for alg in ["HS384", "HS512", "RS256", "ES256", "EdDSA"] {
        let token = forged(&json!({"alg": alg}), &good, &signature);
        assert_eq!(ask(&token, &hs256()).unwrap_err(), Rejection::WrongAlgorithm, "{alg}");
    }
}

#[test]
fn a_key_inside_the_token_is_not_looked_at() {
    let good = claims(&json!({}));
    let own = json!({"kty": "oct", "k": "YXR0YWNrZXI"});
    let token = forged(&json!({"alg": "HS256", "jwk": own, "jku": "https://attacker.example/keys"}), &good, "AAAA");
    assert_eq!(ask(&token, &hs256()).unwrap_err(), Rejection::BadSignature);
}

#[test]
fn a_changed_or_foreign_token_is_refused() {
    let token = signed(SECRET, &claims(&json!({})));
    assert!(ask(&token, &hs256()).is_ok());
    assert_eq!(ask(&signed("another secret of sufficient size", &claims(&json!({}))), &hs256()).unwrap_err(), Rejection::BadSignature);
    let (head, rest) = token.split_once('.').unwrap();
    let signature = rest.split_once('.').unwrap().1;
    let admin = forged(&json!({}), &claims(&json!({"roles": ["admin"]})), signature);
    let swapped = format!("{head}.{}", admin.split_once('.').unwrap().1);
    assert_eq!(ask(&swapped, &hs256()).unwrap_err(), Rejection::BadSignature);
    let rs = signed_by(Algorithm::RS256, Some("rs-1"), &claims(&json!({})));
    let cut = format!("{}AAAA", &rs[..rs.len() - 4]);
    assert_eq!(ask(&cut, &published()).unwrap_err(), Rejection::BadSignature);
}

#[test]
fn what_is_not_a_token_is_malformed() {
    let good = signed(SECRET, &claims(&json!({})));
    let (message, _) = good.rsplit_once('.').unwrap();
    let rows = [
        String::new(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        "Bearer".to_owned(),
        message.to_owned(),
        format!("{good}."),
        format!("{good}.{good}"),
        format!("{good} "),
        format!("{good}\n"),
        format!("{good}="),
        format!(" {good}"),
        format!("Bearer {good}"),
        format!("{good}é"),
        good.replace('.', "!"),
        signed_with_header(&json!({"alg": "HS256", "crit": ["exp"]}), &claims(&json!({}))),
        signed(SECRET, &json!(["anna"])),
        signed(SECRET, &json!("anna")),
    ];
    for token in rows {
        assert_eq!(ask(&token, &hs256()).unwrap_err(), Rejection::Malformed, "{token}");
    }
    assert!(ask(&format!("{good}AAAA"), &hs256()).is_err(), "a longer signature");
    assert_eq!(ask(message, &hs256()).unwrap_err(), Rejection::Malformed);
}

#[test]
fn a_token_of_nine_kibibytes_is_not_read() {
    let of_pad = |bytes: usize| signed(SECRET, &claims(&json!({"pad": "x".repeat(bytes)})));
    let fits = of_pad(5_800);
    assert!(fits.len() <= TOKEN_BYTES_MAX && ask(&fits, &hs256()).is_ok());
    let large = of_pad(6_900);
    assert!(large.len() > 9_000);
    assert_eq!(ask(&large, &hs256()).unwrap_err(), Rejection::Malformed);
}

#[test]
fn roles_come_from_the_configured_claims() {
    let role = |changes: Value, config: &AuthConfig| ask(&signed(SECRET, &claims(&changes)), config).unwrap().role;
    assert_eq!(role(json!({}), &hs256()), auth::claims::Role::default());
    assert!(role(json!({"roles": ["admin"]}), &hs256()).may_administer());
    let service = role(json!({"cognito:groups": ["service"]}), &hs256());
    assert!(service.may_publish() && !service.may_administer());
    let renamed = AuthConfig { admin: auth::rule::ClaimRule::parse("https://app.example/role=boss").unwrap(), ..hs256() };
    assert!(role(json!({"https://app.example/role": "boss"}), &renamed).admin);
    assert!(!role(json!({"roles": ["admin"]}), &renamed).admin);
}

#[test]
fn no_refusal_shows_the_token() {
    let token = signed("another secret of sufficient size", &claims(&json!({"sub": "a-name-to-hide"})));
    let refused = ask(&token, &hs256()).unwrap_err();
    let shown = format!("{refused} {refused:?}");
    assert!(token.split('.').all(|part| !shown.contains(part)), "{shown}");
}
