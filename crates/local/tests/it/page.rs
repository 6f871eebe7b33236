//! The page at `/`: the dashboard, whole in the program.

use std::path::Path;

use reqwest::{Method, Response, StatusCode};

use crate::support::{Home, Server};

/// What is served, and the committed file that it is.
const FILES: [(&str, &str, &str); 4] = [
    ("/", "index.html", "text/html; charset=utf-8"),
    ("/app.js", "app.js", "text/javascript; charset=utf-8"),
    ("/app.css", "app.css", "text/css; charset=utf-8"),
    ("/licences.txt", "licences.txt", "text/plain; charset=utf-8"),
];

async fn get(server: &Server<'_>, method: Method, path: &str, tag: Option<&str>) -> Response {
    let request = server.http.request(method, format!("{}{path}", server.url));
    let request = tag.into_iter().fold(request, |request, tag| request.header("if-none-match", tag));
    request.send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_page_is_the_committed_bundle() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for (path, name, kind) in FILES {
        let response = get(&server, Method::GET, path, None).await;
        assert_eq!((response.status(), header(&response, "content-type")), (StatusCode::OK, kind), "{path}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        let policy = header(&response, "content-security-policy").to_owned();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{path}: {policy}");
        let committed = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dashboard").join(name)).unwrap();
        assert_eq!(response.bytes().await.unwrap(), committed, "{path}");
    }
}

#[tokio::test]
async fn the_page_asks_for_nothing_from_elsewhere() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let page = get(&server, Method::GET, "/", None).await.text().await.unwrap();
    assert!(page.starts_with("<!doctype html>") && page.trim_end().ends_with("</html>"), "{page}");
    let asked: Vec<&str> = page.split(['"', '\'']).filter(|text| text.starts_with("./") || text.contains("://")).collect();
    let outside = |text: &&&str| !text.starts_with("./") && !text.ends_with("www.w3.org/2000/svg");
    assert_eq!(asked.iter().find(outside), None, "{page}");
    for file in asked.iter().filter_map(|text| text.strip_prefix('.')) {
        assert!(FILES.iter().any(|(path, ..)| *path == file), "{file} is not served");
    }
    let looks = get(&server, Method::GET, "/app.css", None).await.text().await.unwrap();
    assert!(!looks.contains("@import") && !looks.contains("url("), "looks come from elsewhere");
}

#[tokio::test]
async fn who_has_the_page_is_told_so() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    for (path, ..) in FILES {
        let first = get(&server, Method::GET, path, None).await;
        let tag = header(&first, "etag").to_owned();
        assert_eq!((header(&first, "cache-control"), tag.len()), ("no-cache", 45), "{path}: {tag}");
        for held in [tag.clone(), format!("W/{tag}"), format!("\"another\", {tag}"), "*".to_owned()] {
            let again = get(&server, Method::GET, path, Some(&held)).await;
            assert_eq!((again.status(), header(&again, "etag")), (StatusCode::NOT_MODIFIED, &*tag), "{path} {held}");
            assert_eq!(again.bytes().await.unwrap().len(), 0, "{path} {held}");
        }
        let stale = get(&server, Method::GET, path, Some("\"another\"")).await;
        assert_eq!(stale.status(), StatusCode::OK, "{path}");

        let head = get(&server, Method::HEAD, path, None).await;
        assert_eq!((head.status(), header(&head, "etag")), (StatusCode::OK, &*tag), "{path}");
        assert_eq!(header(&head, "content-length"), first.bytes().await.unwrap().len().to_string(), "{path}");
        assert_eq!(head.bytes().await.unwrap().len(), 0, "{path}");

        let other = get(&server, Method::PUT, path, None).await;
        let allowed = if path == "/" { "GET, HEAD, POST" } else { "GET, HEAD" };
        assert_eq!((other.status(), header(&other, "allow")), (StatusCode::METHOD_NOT_ALLOWED, allowed), "{path}");
        assert_eq!(header(&other, "content-type"), "application/problem+json", "{path}");
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

/// A token without a customer is accepted nowhere where tokens name theirs, so none is handed out: the page asks for one.
#[tokio::test]
async fn where_tokens_name_a_customer_nobody_signs_in_without() {
    let home = Home::new();
    let server = Server::start(&home, &["--tenant-claim", "tenant"]);
    let answer = server.http.get(format!("{}/dev/signin", server.url)).send().await.unwrap();
    assert_eq!(answer.status(), 404);
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
