//! The page at `/`: whole in itself.

use reqwest::Method;

use crate::support::{Home, Server};

#[tokio::test]
async fn the_page_comes_whole_and_asks_for_nothing_from_elsewhere() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let response = server.http.get(&server.url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; connect-src 'self'") && !policy.contains("http"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"));
    for outside in ["src=", "<link rel=\"stylesheet\"", "@import", "url(", "https://", "http://", "fetch(\"//", "import("] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[tokio::test]
async fn what_the_page_asks_for_is_there() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let sign_in = server.http.post(format!("{}/dev/signin", server.url)).header("content-type", "application/json");
    let signed_in = sign_in.body(r#"{"user":"anna"}"#).send().await.unwrap();
    assert!(signed_in.status().is_success(), "{}", signed_in.status());
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for path in ["/dev/signin", "/api/notifications?limit=50", "/api/tasks?limit=10"] {
        let answer = server.http.get(format!("{}{path}", server.url)).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
}

#[tokio::test]
async fn no_page_from_elsewhere_signs_anybody_in() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let sign_in = |method: Method, kind: &str| {
        let request = server.http.request(method, format!("{}/dev/signin", server.url)).header("origin", "https://evil.example");
        request.header("content-type", kind).header("access-control-request-method", "POST").body(r#"{"user":"anna"}"#).send()
    };
    // What a page may send without asking is refused, and who asks first is told nothing.
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
        let answer = sign_in(Method::POST, kind).await.unwrap();
        assert!(answer.status().is_client_error() && !answer.headers().contains_key("set-cookie"), "{kind}: {}", answer.status());
    }
    let proxied = server.http.post(format!("{}/dev/signin", server.url)).header("x-forwarded-for", "203.0.113.9");
    let proxied = proxied.header("content-type", "application/json").body(r#"{"user":"admin"}"#).send().await.unwrap();
    assert_eq!(proxied.status(), 403, "who comes through a proxy does not sit here");
    let asked = sign_in(Method::OPTIONS, "application/json").await.unwrap();
    assert!(!asked.headers().contains_key("access-control-allow-origin"), "{:?}", asked.headers());
}
