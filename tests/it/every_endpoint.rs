//! Every route of the OpenAPI document, called in every wrong way. A new route with a body fails until it stands in `sample`.

use std::time::Duration;

use contract::openapi::{Body, Method, ROUTES, Route, Who};
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Site};

/// A path and a good body for each route.
fn sample(route: &Route) -> (String, Value) {
    let body = match (route.method, route.path) {
        (Method::Patch | Method::Delete, "/api/notifications") => json!({"all": true}),
        (Method::Patch, "/api/notifications/{id}") => json!({"read": true}),
        (Method::Post, "/api/notifications") => json!({"userId": "anna", "title": "Hello"}),
        (Method::Post, "/api/notifications/broadcast") => json!({"title": "Hello"}),
        (Method::Put, "/api/preferences") => json!({"muted": []}),
        (Method::Post, "/api/tasks") => json!({"userId": "anna", "taskId": "t1", "status": "running"}),
        (Method::Get | Method::Delete, _) | (Method::Post, "/api/stream/ticket") => Value::Null,
        _ => panic!("{} {} is new: say how it is called", route.method.as_str(), route.path),
    };
    let path = match route.path {
        "/api/notifications/sent/{text}" => "/api/notifications/sent/e1?by=id&userId=anna".to_owned(),
        path => path.replace("{id}", "AAAAAAAAAAAAAAAA"),
    };
    (path, body)
}

async fn call(caller: &Caller<'_>, route: &Route) -> Answer {
    let (path, body) = sample(route);
    if body.is_null() {
        let request = caller.request(route.method.as_str(), &path, &[], "");
        if route.path == "/api/stream/events" {
            let (status, headers, _) = caller.site.open(request).await;
            return Answer { status, headers, text: String::new() };
        }
        return caller.site.send(request).await;
    }
    caller.send(route.method.as_str(), &path, &body).await
}

/// The same with a body even where none is read; a stream that opens after all is not waited for.
async fn refused(caller: &Caller<'_>, route: &Route) -> Answer {
    let (path, body) = sample(route);
    if route.path == "/api/stream/events" && caller.token.as_ref().is_some_and(|token| token.contains('.')) {
        let answer = call(caller, route).await;
        if answer.status == 200 {
            return answer;
        }
    }
    caller.send(route.method.as_str(), &path, &body).await
}

#[tokio::test]
async fn the_document_is_served_and_names_every_route() {
    let site = Site::new().await;
    let answer = site.nobody().get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert_eq!(document["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    for route in ROUTES {
        let method = route.method.as_str().to_lowercase();
        assert!(document["paths"][route.path][&method].is_object(), "{method} {}", route.path);
    }
}

#[tokio::test]
async fn each_takes_a_good_token_and_no_other() {
    let site = Site::new().await;
    let expired = site.token("anna", |token| token.expires = site.now().minus(Duration::from_mins(5)));
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
    let mut forged = site.token("anna", |_| {});
    forged.replace_range(forged.len() - 4.., "AAAA");
    for route in ROUTES.iter().filter(|route| route.who != Who::Public) {
        for token in [None, Some(expired.as_str()), Some(none), Some(&forged), Some("rubbish")] {
            let caller = token.map_or_else(|| site.nobody(), |token| site.bearer(token));
            let answer = refused(&caller, route).await;
            answer.problem(401);
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", route.path);
        }
        let answer = call(&site.admin(), route).await;
        assert!(answer.status != 401 && answer.status != 403 && !answer.status.is_server_error(), "{} {}", route.path, answer.text);
    }
    for route in ROUTES.iter().filter(|route| route.who == Who::Public) {
        assert_eq!(call(&site.nobody(), route).await.status, 200, "{}", route.path);
    }
}

#[tokio::test]
async fn each_is_for_those_it_names() {
    let site = Site::new().await;
    for route in ROUTES {
        let (user, job) = (refused(&site.user("anna"), route).await, refused(&site.job(), route).await);
        match route.who {
            Who::Admin => {
                user.problem(403);
                job.problem(403);
            }
            Who::Service => {
                user.problem(403);
                assert_ne!(job.status, 403);
            }
            Who::User | Who::Public => {}
        }
    }
}

#[tokio::test]
async fn each_body_is_read_strictly() {
    let site = Site::new().await;
    let admin = site.admin();
    let json_type = [("content-type", "application/json")];
    for route in ROUTES.iter().filter(|route| route.body != Body::None) {
        let (path, body) = sample(route);
        let method = route.method.as_str();
        let send = async |headers: &[(&str, &str)], text: String| site.send(admin.request(method, &path, headers, text)).await;
        for rubbish in ["{", "[]", "\"text\"", "{\"a\":1}}", "\u{0}", "{\"all\":true,}"] {
            let problem = send(&json_type, rubbish.to_owned()).await.problem(400);
            assert!(problem.starts_with("urn:belfry:problem:"), "{problem}");
        }
        let mut unknown = body.clone();
        unknown["colour"] = json!("red");
        let answer = send(&json_type, unknown.to_string()).await;
        answer.problem(400);
        assert!(answer.text.contains("colour"), "{method} {path}: {}", answer.text);
        let first = body.as_object().unwrap().iter().next().map(|(name, value)| format!("\"{name}\":{value}")).unwrap();
        let doubled = format!("{{{first},{first}}}");
        send(&json_type, doubled).await.problem(400);
        send(&[("content-type", "text/plain")], body.to_string()).await.problem(415);
        send(&[("content-type", "application/xml")], body.to_string()).await.problem(415);
        send(&json_type, format!("{{\"title\":\"{}\"}}", "x".repeat(300 * 1024))).await.problem(413);
    }
}

#[tokio::test]
async fn each_path_answers_head_options_slashes_and_strangers() {
    let site = Site::new().await;
    let admin = site.admin();
    for route in ROUTES {
        let (path, _) = sample(route);
        let options = site.send(site.nobody().request("OPTIONS", &path, &[], "")).await;
        assert_eq!(options.status, 204, "{path}");
        assert!(options.header("allow").contains(route.method.as_str()), "{path}: {}", options.header("allow"));
        let wrong = site.send(admin.request("PURGE", &path, &[], "")).await;
        wrong.problem(405);
        assert!(wrong.header("allow").contains(route.method.as_str()), "{path}");
        if route.method == Method::Get {
            let head = site.send(admin.request("HEAD", &path, &[], "")).await;
            let get = call(&admin, route).await;
            assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
            let slashed = path.replacen('?', "/?", 1);
            let slashed = if slashed.contains('?') { slashed } else { format!("{path}/") };
            assert_eq!(site.send(admin.request("HEAD", &slashed, &[], "")).await.status, get.status, "{slashed}");
            let busted = format!("{path}{}_=17", if path.contains('?') { '&' } else { '?' });
            assert_eq!(site.send(admin.request("HEAD", &busted, &[], "")).await.status, get.status, "{busted}");
        }
    }
    site.admin().get("/api/nothing").await.problem(404);
    site.nobody().get("/").await.problem(404);
}

#[tokio::test]
async fn errors_reach_pages_of_allowed_origins() {
    let site = Site::new().await;
    for (path, status) in [("/api/notifications", 401), ("/api/nothing", 404)] {
        let page = [("origin", crate::support::PAGE)];
        let answer = site.send(site.nobody().request("GET", path, &page, "")).await;
        answer.problem(status);
        assert_eq!(answer.header("access-control-allow-origin"), crate::support::PAGE);
        assert_eq!(answer.header("access-control-allow-credentials"), "true");
        let other = site.send(site.nobody().request("GET", path, &[("origin", "https://other.example")], "")).await;
        assert_eq!(other.header("access-control-allow-origin"), "");
    }
    let headers = [("origin", crate::support::PAGE), ("access-control-request-method", "PATCH")];
    let preflight = site.send(site.nobody().request("OPTIONS", "/api/notifications", &headers, "")).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").contains("PATCH"));
}
