//! Every route of the OpenAPI document, called in every wrong way. A new route with a body fails until it stands in `sample`.

use std::convert::Infallible;
use std::time::Duration;

use auth::config::Secret;
use auth::sign::{NewToken, mint};
use axum::body::Body;
use contract::openapi;
use contract::openapi::{Method, ROUTES, Route, Who};
use inbox::id::UserId;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, Site};

/// A path and a good body for each route; null where none is read.
fn sample(route: &Route) -> (String, Value) {
    let body = match (route.method, route.path) {
        (Method::Patch | Method::Delete, "/api/notifications") => json!({"all": true}),
        (Method::Patch, "/api/notifications/{id}") => json!({"read": true}),
        (Method::Post, "/api/notifications") => json!({"userId": "anna", "title": "Hello"}),
        (Method::Post, "/api/notifications/broadcast") => json!({"title": "Hello"}),
        (Method::Put, "/api/preferences") => json!({"muted": []}),
        (Method::Post, "/api/tasks") => json!({"userId": "anna", "taskId": "t1", "status": "running"}),
        (Method::Get, "/api/notifications" | "/api/unread" | "/api/preferences" | "/api/tasks" | "/api/tasks/{id}" | "/api/events")
        | (Method::Delete, "/api/notifications/{id}" | "/api/notifications/sent/{text}")
        | (Method::Post, "/api/stream/ticket") => Value::Null,
        (Method::Get, path) if ["/api/stream/events", "/openapi.json", "/healthz"].contains(&path) => Value::Null,
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

#[tokio::test(start_paused = true)]
async fn the_document_is_served_and_names_every_route() {
    let site = Site::new().await;
    let answer = site.nobody().get("/openapi.json").await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert_eq!(answer.text, contract::openapi::json());
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for route in ROUTES {
        let method = route.method.as_str().to_lowercase();
        assert!(document["paths"][route.path][&method].is_object(), "{method} {}", route.path);
    }
}

#[tokio::test(start_paused = true)]
async fn each_takes_a_good_token_and_no_other() {
    let site = Site::new().await;
    let expired = site.token("anna", |token| token.expires = site.now().minus(Duration::from_mins(5)));
    let none = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIiwiZXhwIjo5OTk5OTk5OTk5fQ.";
    let not_yet = site.claims("anna", |claims| claims["nbf"] = json!(site.now().plus(Duration::from_mins(5)).seconds()));
    let for_ever = site.claims("anna", |claims| claims["exp"] = Value::Null);
    let of_another = mint(
        &Secret::parse("another secret that has 32 bytes or more").unwrap(),
        &NewToken::new(UserId::parse("anna").unwrap(), site.now(), site.now().plus(Duration::from_hours(1))),
    );
    for route in ROUTES.iter().filter(|route| route.who != Who::Public) {
        for token in ["", &expired, none, &of_another, &not_yet, &for_ever, "rubbish", "a.b.c"] {
            let caller = if token.is_empty() { site.nobody() } else { site.bearer(token) };
            let answer = refused(&caller, route).await;
            assert_eq!(answer.problem(401), "unauthenticated");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{}", route.path);
        }
        let answer = call(&site.admin(), route).await;
        assert!(answer.status != 401 && answer.status != 403 && !answer.status.is_server_error(), "{} {}", route.path, answer.text);
    }
    for route in ROUTES.iter().filter(|route| route.who == Who::Public) {
        assert_eq!(call(&site.nobody(), route).await.status, 200, "{}", route.path);
    }
}

#[tokio::test(start_paused = true)]
async fn each_is_for_those_it_names() {
    let site = Site::new().await;
    for route in ROUTES {
        let (user, job) = (refused(&site.user("anna"), route).await, refused(&site.job(), route).await);
        match route.who {
            Who::Admin => {
                assert_eq!((user.problem(403), job.problem(403)), ("forbidden".to_owned(), "forbidden".to_owned()));
            }
            Who::Service => {
                user.problem(403);
                assert_ne!(job.status, 403);
            }
            Who::User | Who::Public => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_body_is_read_strictly() {
    let site = Site::new().await;
    let admin = site.admin();
    let json_type = [("content-type", "application/json")];
    for route in ROUTES.iter().filter(|route| route.body != openapi::Body::None) {
        let (path, body) = sample(route);
        let method = route.method.as_str();
        let send = async |headers: &[(&str, &str)], text: String| site.send(admin.request(method, &path, headers, text)).await;
        for rubbish in ["{", "{\"a\":1}}", "\u{0}", "{\"all\":true,}", "{'a':1}", "\u{feff}{}", "{\"a\":01}"] {
            assert_eq!(send(&json_type, rubbish.to_owned()).await.problem(400), "malformed-json", "{method} {path} {rubbish}");
        }
        for wrong in ["[]", "\"text\"", "null", "7"] {
            assert_eq!(send(&json_type, wrong.to_owned()).await.problem(400), "invalid-field", "{method} {path} {wrong}");
        }
        let mut unknown = body.clone();
        unknown["colour"] = json!("red");
        let answer = send(&json_type, unknown.to_string()).await;
        assert_eq!(answer.problem(400), "invalid-field");
        assert_eq!(answer.json()["errors"][0]["field"], "colour", "{method} {path}: {}", answer.text);
        let first = body.as_object().unwrap().iter().next().map(|(name, value)| format!("\"{name}\":{value}")).unwrap();
        let doubled = format!("{{{first},{first}}}");
        let answer = send(&json_type, doubled).await;
        answer.problem(400);
        assert!(answer.text.contains("is given twice"), "{method} {path}: {}", answer.text);
        for wrong in ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/json; charset=utf-16"] {
            send(&[("content-type", wrong)], body.to_string()).await.problem(415);
        }
        send(&[], body.to_string()).await.problem(415);
        send(&[json_type[0], ("content-encoding", "gzip")], body.to_string()).await.problem(415);
        let long = format!("{{\"title\":\"{}\"}}", "x".repeat(256 * 1024));
        send(&json_type, long.clone()).await.problem(413);
        // The same in pieces, without a length that was announced.
        let pieces = long.into_bytes().chunks(1_000).map(|piece| Ok::<_, Infallible>(piece.to_vec())).collect::<Vec<_>>();
        let body = Body::from_stream(futures::stream::iter(pieces));
        site.send(admin.request(method, &path, &json_type, body)).await.problem(413);
    }
    for route in ROUTES.iter().filter(|route| matches!(route.body, openapi::Body::Required(_))) {
        let (path, _) = sample(route);
        let json_type = [("content-type", "application/json")];
        site.send(admin.request(route.method.as_str(), &path, &json_type, "")).await.problem(400);
    }
}

#[tokio::test(start_paused = true)]
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
    for nothing in ["/", "//", "/api", "/api/nothing", "/api//unread", "/api/notifications/a/b", "/API/unread", "/api/unread%2F"] {
        site.admin().get(nothing).await.problem(404);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_keeps_the_name_that_its_sender_gave_if_a_log_can_hold_it() {
    let site = Site::new().await;
    for (sent, kept) in [("Trace-1.2_3", true), ("", false), ("a b", false), ("a\tb", false), ("<x>", false), (&"x".repeat(65), false)] {
        let answer = site.send(site.nobody().request("GET", "/healthz", &[("x-request-id", sent)], "")).await;
        assert_eq!(answer.header("x-request-id") == sent, kept, "{sent}");
        assert_eq!(answer.header("belfry-transports"), "sse, socket, poll");
    }
}
