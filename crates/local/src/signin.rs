//! Sign-in for development: whoever sits at this machine says who they are.
//!
//! Only with the development secret, only by this machine's own names and peers, never through a proxy, and never for another
//! page: its `Content-Type` makes browsers ask first, and nobody answers.

use std::sync::Arc;
use std::time::Duration;

use auth::claims::Caller;
use auth::config::{AuthConfig, KeySource, Secret};
use auth::jwks::Keys;
use auth::sign::{NewToken, mint};
use auth::token::verify;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use belfry_http::failure::Failure;
use contract::fields::FieldError;
use contract::problem::Problem;
use inbox::id::UserId;
use serde_json::{Value, json};

use crate::ports::Clock;
use crate::sns_api::from_loopback;

/// Who is offered on the page, and gets a token at the start.
pub const DEMO_USERS: [&str; 3] = ["anna", "ben", ADMIN];
/// The one among them who administers.
pub const ADMIN: &str = "admin";
/// A day of work.
pub const TOKEN_LIFE: Duration = Duration::from_hours(12);

/// What the sign-in needs.
#[derive(Clone)]
pub struct SignIn {
    /// The development secret.
    pub secret: Secret,
    /// The cookie that carries a token.
    pub cookie_name: String,
    /// When a token was issued.
    pub clock: Arc<dyn Clock>,
}

/// `/dev/signin`: GET tells who is offered and who is signed in, POST `{"user"}` signs in, DELETE signs out.
pub fn router(signin: SignIn) -> Router {
    Router::new().route("/dev/signin", get(offered).post(sign_in).delete(sign_out)).with_state(signin)
}

async fn offered(State(signin): State<SignIn>, parts: Parts) -> Response {
    if !from_loopback(&parts) {
        return refused();
    }
    // The cookie cannot be read by scripts, so the page asks whose it is.
    let known = match signed_in(&signin, &parts.headers) {
        Some(caller) => json!({ "users": DEMO_USERS, "user": caller.user.as_str(), "admin": caller.role.may_administer() }),
        None => json!({ "users": DEMO_USERS }),
    };
    ([(CACHE_CONTROL, "no-store")], Json(known)).into_response()
}

/// Who was signed in here, and still is.
fn signed_in(signin: &SignIn, headers: &HeaderMap) -> Option<Caller> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, token) = pairs.find(|(name, _)| *name == signin.cookie_name)?;
    let config = AuthConfig::new(KeySource::Hs256(signin.secret.clone()));
    verify(token, &Keys::secret(&signin.secret), &config, signin.clock.now()).ok()
}

async fn sign_in(State(signin): State<SignIn>, parts: Parts, body: Bytes) -> Response {
    if !from_loopback(&parts) {
        return refused();
    }
    if !is_json(&parts.headers) {
        return Failure(Problem::UnsupportedMediaType).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match UserId::parse(body["user"].as_str().unwrap_or_default()) {
        Ok(user) => {
            let now = signin.clock.now();
            let mut token = NewToken::new(user.clone(), now, now.plus(TOKEN_LIFE));
            token.admin = user.as_str() == ADMIN;
            answer(&signin, &mint(&signin.secret, &token), TOKEN_LIFE)
        }
        Err(bad) => Failure(Problem::InvalidField(vec![FieldError { field: "user".into(), reason: bad.to_string() }])).into_response(),
    }
}

async fn sign_out(State(signin): State<SignIn>, parts: Parts) -> Response {
    // A DELETE is never sent for another page without asking first.
    if from_loopback(&parts) { answer(&signin, "", Duration::ZERO) } else { refused() }
}

/// 204 with the cookie. `Secure`, as its name demands: browsers take that from this machine without TLS too.
fn answer(signin: &SignIn, token: &str, life: Duration) -> Response {
    let cookie = format!("{}={token}; Path=/; Max-Age={}; HttpOnly; Secure; SameSite=Strict", signin.cookie_name, life.as_secs());
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response()
}

fn refused() -> Response {
    Failure(Problem::Forbidden).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::body::Body;
    use axum::extract::ConnectInfo;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::system::SystemClock;

    async fn ask(request: axum::http::request::Builder, peer: &str, body: &str) -> Response {
        let secret = Secret::parse("x".repeat(32)).unwrap();
        let signin = SignIn { secret, cookie_name: "__Host-belfry".into(), clock: Arc::new(SystemClock) };
        let peer: SocketAddr = peer.parse().unwrap();
        let request = request.uri("/dev/signin").extension(ConnectInfo(peer)).body(Body::from(body.to_owned())).unwrap();
        router(signin).oneshot(request).await.unwrap()
    }

    async fn check(method: &str, peer: &str, host: &str, kind: &str, body: &str, wanted: u16) -> Response {
        let request = Request::builder().method(method).header("host", host).header("content-type", kind);
        let response = ask(request, peer, body).await;
        assert_eq!(response.status().as_u16(), wanted, "{method} {peer} {host} {kind} {body}");
        response
    }

    async fn told(cookie: &str) -> Value {
        let request = Request::builder().header("host", "localhost").header("cookie", cookie);
        let response = ask(request, "127.0.0.1:1", "").await;
        serde_json::from_slice(&axum::body::to_bytes(response.into_body(), 4096).await.unwrap()).unwrap()
    }

    const JSON: &str = "application/json";

    #[tokio::test]
    async fn whoever_sits_here_signs_in() {
        let response = check("POST", "127.0.0.1:1", "localhost:8080", "application/json; charset=utf-8", r#"{"user":"anna"}"#, 204).await;
        let cookie = response.headers()[SET_COOKIE].to_str().unwrap();
        assert!(cookie.starts_with("__Host-belfry=ey") && cookie.ends_with("HttpOnly; Secure; SameSite=Strict"), "{cookie}");
        check("GET", "127.0.0.1:1", "127.0.0.1:8080", JSON, "", 200).await;
        check("DELETE", "[::1]:1", "[::1]:8080", JSON, "", 204).await;
    }

    #[tokio::test]
    async fn the_page_is_told_whose_the_cookie_is() {
        for (user, admin) in [("anna", false), ("admin", true)] {
            let body = json!({ "user": user }).to_string();
            let response = check("POST", "127.0.0.1:1", "localhost", JSON, &body, 204).await;
            let cookie = response.headers()[SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
            let known = told(&format!("theme=dark; {cookie}")).await;
            assert_eq!((known["user"].as_str(), known["admin"].as_bool()), (Some(user), Some(admin)), "{known}");
        }
        for stranger in ["__Host-belfry=ey.ey.x", "__Host-belfry=", "other=1"] {
            assert_eq!(told(stranger).await, json!({ "users": DEMO_USERS }), "{stranger}");
        }
    }

    #[tokio::test]
    async fn nobody_else_does() {
        check("POST", "10.0.0.1:1", "localhost", JSON, r#"{"user":"anna"}"#, 403).await;
        check("POST", "127.0.0.1:1", "evil.example", JSON, r#"{"user":"anna"}"#, 403).await;
        check("POST", "127.0.0.1:1", "localhost", "text/plain", r#"{"user":"anna"}"#, 415).await;
        check("POST", "127.0.0.1:1", "localhost", JSON, r#"{"user":""}"#, 400).await;
        check("POST", "127.0.0.1:1", "localhost", JSON, "anna", 400).await;
    }
}
