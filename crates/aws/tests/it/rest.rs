//! API Gateway's REST events, handled by `api`.

use std::sync::Arc;

use belfry_http::app::Settings;
use inbox::task::TaskStatus;
use serde_json::{Value, json};
use testkit::{World, broadcast, notify, task};

use crate::sockets;
use crate::support::{PAGE, admin, app, ask, bearer, body, event, header, open, piece, with_query};

async fn world() -> World {
    World::new(1).await
}

/// Case 36.
#[tokio::test(start_paused = true)]
async fn a_decoded_query_is_taken_as_it_came() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let odd = "a b\"c&d=e%20f+ä";
    let post = json!({"userId": "anna", "title": "t", "message": "m", "category": odd});
    let mut notify = event("POST", "/api/notifications", &[("Authorization", &admin(&world)), ("Content-Type", "application/json")]);
    notify["body"] = json!(post.to_string());
    assert_eq!(ask(&app, &notify).await["statusCode"], 202);
    let list = with_query(event("GET", "/api/notifications", &[("Authorization", &bearer(&world, "anna"))]), &[("category", odd)]);
    let found = body(&ask(&app, &list).await);
    assert_eq!(found["notifications"].as_array().map(Vec::len), Some(1), "{found}");
    let twice =
        with_query(event("GET", "/api/notifications", &[("Authorization", &bearer(&world, "anna"))]), &[("limit", "1"), ("limit", "2")]);
    assert_eq!(ask(&app, &twice).await["statusCode"], 400);
}

/// Case 37.
#[tokio::test(start_paused = true)]
async fn a_stage_in_the_path_and_a_base_path_are_routed_alike() {
    let world = world().await;
    let app = app(&world, Settings::default());
    for path in ["/api/unread", "/prod/api/unread", "/base/path/api/unread", "/api/unread/", "/prod/api/unread/"] {
        let mut asked = event("GET", "/api/unread", &[("Authorization", &bearer(&world, "anna"))]);
        asked["path"] = json!(path);
        assert_eq!(ask(&app, &asked).await["statusCode"], 200, "{path}");
    }
}

/// The gateway hands a path over as it came, or decoded.
#[tokio::test(start_paused = true)]
async fn a_path_is_read_encoded_and_decoded() {
    let world = world().await;
    let app = app(&world, Settings::default());
    for (id, path) in [("a/b c", "/api/tasks/a%2Fb%20c"), ("a b?c#d%", "/api/tasks/a b?c#d%"), ("ä\\|^", "/api/tasks/ä\\|^")] {
        assert!(world.send(task("anna", id, TaskStatus::Running, None)).await);
        let mut asked = event("GET", path, &[("Authorization", &bearer(&world, "anna"))]);
        asked["resource"] = json!("/api/tasks/{id}");
        let answer = ask(&app, &asked).await;
        assert_eq!((&answer["statusCode"], body(&answer)["id"].as_str()), (&json!(200), Some(id)), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_two_cookie_headers_counts() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let token = format!("__Host-belfry={}", bearer(&world, "anna").trim_start_matches("Bearer "));
    for cookies in [[token.as_str(), "theme=dark"], ["theme=dark", token.as_str()]] {
        let asked = event("GET", "/api/unread", &cookies.map(|cookie| ("Cookie", cookie)));
        assert_eq!(ask(&app, &asked).await["statusCode"], 200, "{cookies:?}");
    }
    let mut without_lists = event("GET", "/api/unread", &[("Cookie", &token)]);
    without_lists["multiValueHeaders"] = Value::Null;
    assert_eq!(ask(&app, &without_lists).await["statusCode"], 200);
}

/// Case 39.
#[tokio::test(start_paused = true)]
async fn a_body_is_decoded_where_the_event_says_so_and_only_there() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let mut patch =
        event("PATCH", "/api/notifications", &[("Authorization", &bearer(&world, "anna")), ("Content-Type", "application/json")]);
    patch["body"] = json!("eyJhbGwiOnRydWV9");
    for (encoded, status) in [(true, 200), (false, 400)] {
        patch["isBase64Encoded"] = json!(encoded);
        assert_eq!(ask(&app, &patch).await["statusCode"], status, "{encoded}");
    }
    (patch["body"], patch["isBase64Encoded"]) = (json!("no base64!"), json!(true));
    assert_eq!(ask(&app, &patch).await["statusCode"], 400);
}

/// Cases 40 and 41: what refuses is a problem that the page may read.
#[tokio::test(start_paused = true)]
async fn every_refusal_is_a_problem_with_the_pages_rights() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let token = bearer(&world, "anna");
    let mut large =
        event("PATCH", "/api/notifications", &[("Origin", PAGE), ("Authorization", &token), ("Content-Type", "application/json")]);
    large["body"] = json!("x".repeat(300_000));
    let asked = [
        (401, event("GET", "/api/unread", &[("Origin", PAGE)])),
        (404, event("GET", "/api/nothing", &[("Origin", PAGE)])),
        (405, event("PUT", "/api/unread", &[("Origin", PAGE)])),
        (413, large),
    ];
    for (status, asked) in asked {
        let answer = ask(&app, &asked).await;
        assert_eq!(answer["statusCode"], status, "{answer}");
        assert_eq!(header(&answer, "access-control-allow-origin"), [PAGE]);
        assert_eq!(header(&answer, "content-type"), ["application/problem+json"]);
        assert_eq!(body(&answer)["status"], status);
        assert_eq!(!header(&answer, "www-authenticate").is_empty(), status == 401);
    }
    world.engine().faults().set(engine::FaultPlan { throttle: 1.0, seed: 1, ..engine::FaultPlan::default() });
    let answer = ask(&app, &event("GET", "/api/unread", &[("Origin", PAGE), ("Authorization", &token)])).await;
    assert_eq!((&answer["statusCode"], header(&answer, "access-control-allow-origin")), (&json!(503), vec![PAGE.to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_preflight_and_a_head_are_answered() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let asks = [("Origin", PAGE), ("Access-Control-Request-Method", "PATCH")];
    let answer = ask(&app, &event("OPTIONS", "/api/notifications", &asks)).await;
    assert_eq!((&answer["statusCode"], header(&answer, "access-control-allow-credentials")), (&json!(204), vec!["true".to_owned()]));
    let answer = ask(&app, &event("HEAD", "/api/unread", &[("Authorization", &bearer(&world, "anna"))])).await;
    assert_eq!((&answer["statusCode"], answer["body"].as_str().unwrap_or_default()), (&json!(200), ""));
    assert_eq!(header(&answer, "etag").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_request_is_called_what_the_gateway_calls_it() {
    let world = world().await;
    let app = app(&world, Settings { sockets_url: Some("wss://ws.example/prod".to_owned()), ..Settings::default() });
    let answer = ask(&app, &event("GET", "/healthz", &[])).await;
    assert_eq!(header(&answer, "x-request-id"), ["c6af9ac6-7b61-11e6-9a41-93e8deadbeef"]);
    assert_eq!(header(&answer, "belfry-sockets"), ["wss://ws.example/prod"]);
    let own = ask(&app, &event("GET", "/healthz", &[("X-Request-Id", "mine")])).await;
    assert_eq!(header(&own, "x-request-id"), ["mine"]);
}

/// Case 43: a stream that cannot be streamed is an error at once; what is no stream works behind either integration.
#[tokio::test(start_paused = true)]
async fn each_path_behind_the_wrong_integration_errs_or_works() {
    let world = world().await;
    let app = app(&world, Settings::default());
    let stream = event("GET", "/api/stream/events", &[("Authorization", &bearer(&world, "anna"))]);
    let answer = ask(&app, &stream).await;
    assert_eq!((&answer["statusCode"], world.service.hub().open_streams()), (&json!(500), 0));
    let (mut answer, _) = open(&app, &event("GET", "/api/unread", &[("Authorization", &bearer(&world, "anna"))])).await;
    assert_eq!(answer.metadata_prelude.status_code, 200);
    assert!(piece(&mut answer).await.unwrap().contains("unreadCount"));
}

/// What a request committed is on its way to the user's sockets before the answer is.
#[tokio::test(start_paused = true)]
async fn an_answer_comes_after_its_pushes() {
    let world = world().await;
    world.deliver([notify("anna", "one"), broadcast("everyone", "two")]).await;
    let app = app(&world, Settings::default());
    let sockets = Arc::new(sockets::Heard::default());
    sockets::push_to(&world.service, &sockets);
    sockets::connected(&world, "anna", "A=").await;
    let mut patch =
        event("PATCH", "/api/notifications", &[("Authorization", &bearer(&world, "anna")), ("Content-Type", "application/json")]);
    patch["body"] = json!("{\"all\":true}");
    assert_eq!(ask(&app, &patch).await["statusCode"], 200);
    let heard = sockets.take("A=");
    assert_eq!((heard.len(), &heard[0]["feed"]), (1, &json!("user")), "{heard:?}");
}
