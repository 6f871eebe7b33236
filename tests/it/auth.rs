//! Who calls: cookies and origins, times, and tokens of an identity provider.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth::config::{AuthConfig, KeySource, PublicAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use belfry_http::authenticator::{Authenticator, FetchError, FetchKeys, Fetching};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::support::{PAGE, Setup, Site};

const KEYS: &str = include_str!("../../crates/auth/tests/keys/jwks.json");
const PRIVATE: &str = include_str!("../../crates/auth/tests/keys/rs256.pem");
const PUBLIC: &str = include_str!("../../crates/auth/tests/keys/rs256.pub.pem");
const POOL: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_pool";

/// Case 65.
#[tokio::test(start_paused = true)]
async fn a_cookie_changes_things_only_from_our_own_pages() {
    let site = Site::new().await;
    let cookie = format!("other=1; __Host-belfry={}", site.token("anna", |token| token.admin = true));
    let send = async |method: &str, path: &str, headers: &[(&str, &str)], body: Value| {
        let mut all = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        site.send(site.nobody().request(method, path, &all, body.to_string())).await
    };
    let changes = [
        ("PATCH", "/api/notifications", json!({"all": true})),
        ("DELETE", "/api/notifications", json!({"all": true})),
        ("POST", "/api/notifications", json!({"userId": "anna", "title": "t"})),
        ("POST", "/api/notifications/broadcast", json!({"title": "t"})),
        ("PUT", "/api/preferences", json!({"muted": []})),
        ("POST", "/api/tasks", json!({"userId": "anna", "taskId": "t", "status": "queued"})),
        ("POST", "/api/stream/ticket", Value::Null),
        ("DELETE", "/api/notifications/sent/x?by=id&userId=anna", Value::Null),
    ];
    let strangers: [&[(&str, &str)]; 9] = [
        &[],
        &[("origin", "null")],
        &[("origin", "https://sibling.belfry.example")],
        &[("origin", "https://belfry.example.evil.example")],
        &[("origin", "https://belfry.example:8443")],
        &[("origin", "null"), ("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("referer", "https://belfry.example/")],
    ];
    for (method, path, body) in &changes {
        for headers in strangers {
            let answer = send(method, path, headers, body.clone()).await;
            assert_eq!(answer.problem(403), "origin-refused", "{method} {path} {headers:?}");
        }
        for headers in [&[("origin", "https://belfry.example")], &[("origin", PAGE)], &[("sec-fetch-site", "same-origin")]] {
            assert!(send(method, path, headers, body.clone()).await.status.is_success(), "{method} {path} {headers:?}");
        }
    }
    for path in ["/api/notifications", "/api/events", "/openapi.json"] {
        assert_eq!(send("GET", path, &[], Value::Null).await.status, 200, "reading changes nothing");
    }
    let (status, ..) = site.open(site.nobody().request("GET", "/api/stream/events", &[("cookie", &cookie)], "")).await;
    assert_eq!(status, 200, "a native EventSource has its cookie alone");
}

#[tokio::test(start_paused = true)]
async fn a_bearer_needs_no_origin_and_wins_over_a_cookie() {
    let site = Site::new().await;
    site.notify("anna", "hers").await;
    let cookie = format!("__Host-belfry={}", site.token("ben", |_| {}));
    let anna = site.user("anna");
    let answer = site.send(anna.request("GET", "/api/notifications", &[("cookie", &cookie)], "")).await;
    assert_eq!(answer.json()["notifications"][0]["title"], "hers");
    let headers = [("cookie", cookie.as_str()), ("origin", "https://evil.example"), ("content-type", "application/json")];
    assert_eq!(site.send(anna.request("PATCH", "/api/notifications", &headers, r#"{"all":true}"#)).await.status, 200);
    let wrong = site.send(site.bearer("rubbish").request("GET", "/api/notifications", &[("cookie", &cookie)], "")).await;
    wrong.problem(401);
    for name in ["belfry", "__host-belfry", "__Secure-belfry", "X-__Host-belfry"] {
        let other = format!("{name}={}", site.token("ben", |_| {}));
        site.send(site.nobody().request("GET", "/api/notifications", &[("cookie", &other)], "")).await.problem(401);
    }
}

/// Case 64.
#[tokio::test(start_paused = true)]
async fn there_is_one_leeway_and_a_stream_has_none() {
    let site = Site::new().await;
    let soon = site.claims("anna", |claims| claims["nbf"] = json!(site.now().plus(Duration::from_secs(59)).seconds()));
    assert_eq!(site.bearer(&soon).get("/api/unread").await.status, 200);
    let token = site.token("anna", |token| token.expires = site.now().plus(Duration::from_secs(10)));
    let anna = site.bearer(&token);
    let mut stream = anna.listen("").await;
    assert_eq!(stream.news().await, Vec::<Value>::new());
    site.pass(Duration::from_secs(9));
    site.notify("anna", "in time").await;
    assert_eq!(stream.titles().await, ["in time"]);
    assert!(!stream.ended);
    site.pass(Duration::from_secs(1));
    site.notify("anna", "late").await;
    assert_eq!(stream.titles().await, Vec::<String>::new(), "whatever wakes it: it ends instead");
    assert!(stream.ended);
    assert_eq!(anna.get("/api/unread").await.status, 200, "within the leeway");
    anna.get("/api/stream/events").await.problem(401);
    let head = site.send(anna.request("HEAD", "/api/stream/events", &[], "")).await;
    assert_eq!(head.status, 401);
    site.pass(Duration::from_secs(59));
    assert_eq!(anna.get("/api/unread").await.status, 200);
    site.pass(Duration::from_secs(1));
    assert!(anna.get("/api/unread").await.text.contains("expired"));
    anna.get("/api/unread").await.problem(401);
}

/// An identity provider whose key set can be had, or cannot.
#[derive(Clone)]
struct Issuer {
    keys: Arc<Mutex<Option<String>>>,
    fetches: Arc<AtomicUsize>,
}

impl Issuer {
    fn new() -> Self {
        Self { keys: Arc::new(Mutex::new(Some(KEYS.to_owned()))), fetches: Arc::default() }
    }

    fn publishes(&self, keys: Option<&str>) {
        *self.keys.lock().unwrap() = keys.map(str::to_owned);
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }

    async fn site(&self) -> Site {
        let config = AuthConfig {
            issuer: Some(POOL.to_owned()),
            audience: vec!["our-client".to_owned()],
            ..AuthConfig::new(KeySource::jwks(&[PublicAlgorithm::Rs256]).unwrap())
        };
        Site::with(Setup { auth: Authenticator::with_fetcher(config, self.clone()), ..Setup::default() }).await
    }
}

impl FetchKeys for Issuer {
    fn fetch(&self) -> Fetching<'_> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.lock().unwrap().clone();
        Box::pin(async move { keys.map(Into::into).ok_or_else(|| FetchError("connection refused".into())) })
    }
}

/// What a user pool puts in an access token, with these changes.
fn access(site: &Site, changes: &Value) -> Value {
    let now = site.now().seconds();
    let mut claims = json!({
        "sub": "anna", "iss": POOL, "client_id": "our-client", "token_use": "access", "scope": "openid",
        "username": "anna", "auth_time": now, "iat": now, "exp": now + 3_600, "jti": "1",
    });
    claims.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    claims
}

fn signed(kid: &str, claims: &Value) -> String {
    let pem: String = PRIVATE.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = EncodingKey::from_rsa_der(&STANDARD.decode(pem).unwrap());
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &key).unwrap()
}

/// Case 63.
#[tokio::test(start_paused = true)]
async fn an_access_token_of_a_user_pool_is_taken_and_no_other_of_it() {
    let issuer = Issuer::new();
    let site = issuer.site().await;
    let status = async |token: &str| site.bearer(token).get("/api/unread").await.status.as_u16();
    assert_eq!(status(&signed("rs-1", &access(&site, &json!({})))).await, 200);
    for wrong in [
        json!({"token_use": "id", "aud": "our-client", "client_id": null}),
        json!({"client_id": "another-client"}),
        json!({"client_id": null}),
        json!({"token_use": null}),
        json!({"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_other"}),
        json!({"iss": null}),
        json!({"sub": null}),
        json!({"exp": site.now().seconds() - 61}),
        json!({"exp": null}),
    ] {
        assert_eq!(status(&signed("rs-1", &access(&site, &wrong))).await, 401, "{wrong}");
    }
    let confused =
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &access(&site, &json!({})), &EncodingKey::from_secret(PUBLIC.as_bytes()));
    assert_eq!(status(&confused.unwrap()).await, 401, "the public key is no secret");
    assert_eq!(issuer.fetches(), 1, "one fetch for all of them");
    let admin = site.bearer(&signed("rs-1", &access(&site, &json!({"cognito:groups": ["admin"]}))));
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "t"})).await;
    let user = site.bearer(&signed("rs-1", &access(&site, &json!({"cognito:groups": ["administrators"]}))));
    user.send("POST", "/api/notifications/broadcast", &json!({"title": "t"})).await.problem(403);
}

#[tokio::test(start_paused = true)]
async fn keys_are_fetched_when_needed_and_an_issuer_that_is_down_is_503() {
    let issuer = Issuer::new();
    issuer.publishes(None);
    let site = issuer.site().await;
    let token = signed("rs-1", &access(&site, &json!({"exp": site.now().plus(Duration::from_hours(48)).seconds()})));
    let anna = site.bearer(&token);
    let down = anna.get("/api/unread").await;
    assert_eq!(down.problem(503), "busy");
    assert!(!down.header("retry-after").is_empty());
    anna.get("/api/stream/events?client=a").await.problem(503);
    let mut plain = anna.listen("").await;
    assert_eq!(plain.news().await, Vec::<Value>::new());
    assert!(plain.ended && plain.raw.starts_with(b"retry: "), "an EventSource stops for ever on 503, so it is told to come back");
    assert_eq!(issuer.fetches(), 1, "not one a request");
    issuer.publishes(Some(KEYS));
    site.pass(Duration::from_secs(5));
    assert_eq!(anna.get("/api/unread").await.status, 200);
    let unknown = site.bearer(&signed("made-up", &access(&site, &json!({}))));
    for _ in 0..5 {
        unknown.get("/api/unread").await.problem(401);
    }
    assert_eq!(issuer.fetches(), 2, "an unknown kid waits for its minute");
    issuer.publishes(Some(&KEYS.replace("\"rs-1\"", "\"rs-2\"")));
    site.pass(Duration::from_mins(1));
    assert_eq!(site.bearer(&signed("rs-2", &access(&site, &json!({})))).get("/api/unread").await.status, 200, "a new key is found at once");
    assert_eq!(issuer.fetches(), 3);
    anna.get("/api/unread").await.problem(401);
    issuer.publishes(None);
    site.pass(Duration::from_hours(12));
    let later = site.bearer(&signed("rs-2", &access(&site, &json!({}))));
    assert_eq!(later.get("/api/unread").await.status, 200, "old keys serve on while the issuer is down");
    site.pass(Duration::from_hours(13));
    site.bearer(&signed("rs-2", &access(&site, &json!({})))).get("/api/unread").await.problem(503);
}
