//! A server without a socket: its routes over an engine in memory, a clock that tests move, and tokens for anybody.

mod document;
mod stream;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use auth::config::{AuthConfig, KeySource, Secret};
use auth::sign::{NewToken, mint};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use belfry_http::app::{App, Settings};
use belfry_http::authenticator::Authenticator;
use belfry_http::origin::Origin;
use belfry_http::router::router;
use contract::sns;
use engine::Engine;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http_body_util::BodyExt as _;
use inbox::id::{Topic, UserId};
use inbox::moment::Moment;
use inbox::publication::Publication;
use serde_json::{Value, json};
use service::{Clock, Entropy, Message, Outcome, Publish, PublishError, Service};
use table::Table;
use tower::ServiceExt as _;

pub(crate) use stream::Listener;

const SECRET: &str = "a secret of the tests, with 32 bytes or more";
/// When every test begins, in milliseconds.
const START: i64 = 1_800_000_000_000;
/// A page of another origin that is allowed.
pub(crate) const PAGE: &str = "https://app.example";

/// What time it is, as tests say.
pub(crate) struct Hands(AtomicI64);

impl Clock for Hands {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// Chance that is the same in every run.
struct Dice(AtomicU64);

impl Entropy for Dice {
    fn u64(&self) -> u64 {
        let mut z = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::SeqCst);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.u64().to_be_bytes()[..chunk.len()]);
        }
    }
}

struct Straight(Service);

impl Publish for Straight {
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>> {
        async move {
            let message = |publication: Publication| Message { handle: publication.id.to_string(), publication, redelivered: false };
            let outcomes = self.0.deliver(&publications.into_iter().map(message).collect::<Vec<_>>()).await;
            if outcomes.contains(&Outcome::Trouble) { Err(PublishError::Failed) } else { Ok(()) }
        }
        .boxed()
    }
}

/// The server.
pub(crate) struct Site {
    pub(crate) service: Service,
    pub(crate) engine: Engine,
    clock: Arc<Hands>,
    router: Router,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// A text field of each item of a list.
pub(crate) fn each(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|one| one[field].as_str().unwrap().to_owned()).collect()
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Insists on a problem of this status and gives its type.
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let json = self.json();
        assert_eq!(json["status"], status);
        assert!(!json["title"].as_str().unwrap().is_empty(), "{json}");
        let kind = json["type"].as_str().unwrap().strip_prefix("urn:belfry:problem:");
        kind.unwrap_or_else(|| panic!("{json}")).to_owned()
    }
}

/// How a site is set up; the defaults are a server for one customer, with a shared secret.
pub(crate) struct Setup {
    pub(crate) settings: service::Settings,
    pub(crate) auth: Authenticator,
    /// Other seeds give other epochs to the same feeds, as another life of the table would.
    pub(crate) seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self { settings: service::Settings::default(), auth: Authenticator::new(shared_secret()), seed: 7 }
    }
}

/// Tokens that [`mint`] signs.
pub(crate) fn shared_secret() -> AuthConfig {
    AuthConfig::new(KeySource::Hs256(Secret::parse(SECRET).unwrap()))
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    /// One that serves several customers.
    pub(crate) async fn of_tenants() -> Self {
        let config = AuthConfig { tenant_claim: Some("tenant".to_owned()), ..shared_secret() };
        let settings = service::Settings { tenants: true, ..service::Settings::default() };
        Self::with(Setup { settings, auth: Authenticator::new(config), ..Setup::default() }).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let engine = Engine::in_memory().unwrap();
        let table = Table::new(engine.client(), "belfry", "g1");
        table.create_if_missing().await.unwrap();
        let clock = Arc::new(Hands(AtomicI64::new(START)));
        let dice = Arc::new(Dice(AtomicU64::new(setup.seed)));
        let service = Service::new(table, Arc::clone(&clock) as Arc<dyn Clock>, dice, setup.settings);
        service.publish_to(Arc::new(Straight(service.clone())));
        let http = Settings { allowed_origins: vec![Origin::parse(PAGE).unwrap()], ..Settings::default() };
        let app = App { service: service.clone(), auth: Arc::new(setup.auth), settings: Arc::new(http) };
        Self { service, engine, clock, router: router(app) }
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Moves the clock; nothing waits for it.
    pub(crate) fn pass(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).unwrap();
        self.clock.0.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn token(&self, user: &str, change: impl FnOnce(&mut NewToken)) -> String {
        let mut token = NewToken::new(UserId::parse(user).unwrap(), self.now(), self.now().plus(Duration::from_hours(24)));
        change(&mut token);
        mint(&Secret::parse(SECRET).unwrap(), &token)
    }

    /// A good token with these claims instead; null takes one away.
    pub(crate) fn claims(&self, user: &str, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = json!({"sub": user, "iat": self.now().seconds(), "exp": self.now().plus(Duration::from_hours(1)).seconds()});
        change(&mut claims);
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
        jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
    }

    pub(crate) fn user(&self, user: &str) -> Caller<'_> {
        Caller { site: self, token: Some(self.token(user, |_| {})) }
    }

    pub(crate) fn with_topics(&self, user: &str, topics: &[&str]) -> Caller<'_> {
        let topics = topics.iter().map(|topic| Topic::parse(topic).unwrap()).collect();
        Caller { site: self, token: Some(self.token(user, |token| token.topics = topics)) }
    }

    pub(crate) fn admin(&self) -> Caller<'_> {
        Caller { site: self, token: Some(self.token("root", |token| token.admin = true)) }
    }

    pub(crate) fn job(&self) -> Caller<'_> {
        Caller { site: self, token: Some(self.token("job", |token| token.service = true)) }
    }

    pub(crate) fn nobody(&self) -> Caller<'_> {
        Caller { site: self, token: None }
    }

    pub(crate) fn bearer(&self, token: &str) -> Caller<'_> {
        Caller { site: self, token: Some(token.to_owned()) }
    }

    /// Tells one user something, a millisecond after what was before.
    pub(crate) async fn notify(&self, user: &str, title: &str) -> Value {
        self.pass(Duration::from_millis(1));
        self.admin().done("POST", "/api/notifications", &json!({"userId": user, "title": title})).await
    }

    /// Tells everyone something, a millisecond after what was before.
    pub(crate) async fn broadcast(&self, title: &str) -> Value {
        self.pass(Duration::from_millis(1));
        self.admin().done("POST", "/api/notifications/broadcast", &json!({"title": title})).await
    }

    /// Has jobs' messages delivered in one batch, as the queue would.
    pub(crate) async fn deliver(&self, bodies: &[Value]) -> Vec<Outcome> {
        let message = |(index, body): (usize, &Value)| {
            let handle = format!("message-{index}-{}", self.service.new_event_id());
            let publication = sns::parse(&body.to_string(), &handle, self.now()).unwrap();
            Message { handle, publication, redelivered: false }
        };
        self.service.deliver(&bodies.iter().enumerate().map(message).collect::<Vec<_>>()).await
    }

    /// Sends, and holds the answer against the document.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let answer = Answer { status: parts.status, headers: parts.headers, text: String::from_utf8(bytes.to_vec()).unwrap() };
        document::check(&method, &path, &answer);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{method} {path}");
        assert!(!answer.header("x-request-id").is_empty() && !answer.header("cache-control").contains("public"), "{method} {path}");
        answer
    }

    /// Opens a response and leaves its body to be read bit by bit.
    pub(crate) async fn open(&self, request: Request<Body>) -> (StatusCode, HeaderMap, Body) {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        (parts.status, parts.headers, body)
    }
}

/// Somebody with a token, or without.
#[derive(Clone)]
pub(crate) struct Caller<'a> {
    pub(crate) site: &'a Site,
    pub(crate) token: Option<String>,
}

impl Caller<'_> {
    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header("host", "belfry.example");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body.into()).unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.site.send(self.request("GET", path, &[], "")).await
    }

    pub(crate) async fn get_if(&self, path: &str, etag: &str) -> Answer {
        self.site.send(self.request("GET", path, &[("if-none-match", etag)], "")).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let json = [("content-type", "application/json")];
        let answer = self.site.send(self.request(method, path, &json, body.to_string())).await;
        if answer.status.is_success() {
            document::check_body(method, path, body);
        }
        answer
    }

    /// Sends and insists on success.
    pub(crate) async fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.send(method, path, body).await;
        assert!(answer.status.is_success(), "{method} {path} {body}: {} {}", answer.status, answer.text);
        answer.json()
    }

    pub(crate) async fn page(&self) -> Value {
        let answer = self.get("/api/notifications").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    /// The titles on the first page of this query, newest first.
    pub(crate) async fn titles(&self, query: &str) -> Vec<String> {
        let answer = self.get(&format!("/api/notifications?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        each(&answer.json()["notifications"], "title")
    }

    /// The id of the newest of this title.
    pub(crate) async fn id(&self, title: &str) -> String {
        let page = self.get("/api/notifications?limit=100").await.json();
        let found = page["notifications"].as_array().unwrap().iter().find(|one| one["title"] == title);
        found.unwrap_or_else(|| panic!("no {title}: {page}"))["id"].as_str().unwrap().to_owned()
    }

    /// Unread, and unseen.
    pub(crate) async fn counts(&self) -> (u64, u64) {
        let counts = self.get("/api/unread").await.json();
        (counts["unreadCount"].as_u64().unwrap(), counts["unseenCount"].as_u64().unwrap())
    }

    pub(crate) async fn listen(&self, query: &str) -> Listener {
        Listener::open(self, query, &[]).await
    }

    /// Polls once from a cursor.
    pub(crate) async fn poll(&self, cursor: &str) -> Answer {
        self.get(&format!("/api/events?after={cursor}")).await
    }

    /// A cursor for now.
    pub(crate) async fn cursor(&self) -> String {
        self.get("/api/events").await.json()["cursor"].as_str().unwrap().to_owned()
    }
}
