//! Pages of other origins: only those that are configured, and then for every answer, or the browser sees a network fault.

use aws_sdk_dynamodb::types::AttributeValue;
use contract::openapi::ROUTES;
use engine::FaultPlan;
use inbox::id::UserId;
use inbox::position::Feed;
use serde_json::json;
use service::Settings;
use table::key;

use crate::support::{Answer, PAGE, Setup, Site};

const STRANGERS: [&str; 6] =
    ["https://other.example", "null", "https://app.example.evil.example", "http://app.example", "https://app.example:8443", "*"];

fn allowed(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{} {}", answer.status, answer.text);
    assert_eq!(answer.header("access-control-allow-credentials"), "true");
    for name in ["Retry-After", "ETag", "WWW-Authenticate", "Belfry-Transports"] {
        assert!(answer.header("access-control-expose-headers").contains(name), "{name}");
    }
    varies(answer);
}

fn varies(answer: &Answer) {
    let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert!(vary.join(",").contains("Origin"), "{vary:?}");
}

/// Case 41.
#[tokio::test(start_paused = true)]
async fn every_answer_reaches_an_allowed_page() {
    let site = Site::with(Setup { settings: Settings { streams_max: 0, ..Settings::default() }, ..Setup::default() }).await;
    let (anna, admin, nobody) = (site.user("anna"), site.admin(), site.nobody());
    let json = "application/json";
    let long = "x".repeat(300 * 1_024);
    let sent = json!({"userId": "anna", "title": "t"}).to_string();
    for (caller, method, path, kind, body, status) in [
        (&anna, "GET", "/api/unread", "", "", 200),
        (&anna, "GET", "/api/stream/events", "", "", 200),
        (&anna, "HEAD", "/api/stream/events", "", "", 200),
        (&nobody, "GET", "/openapi.json", "", "", 200),
        (&admin, "POST", "/api/notifications", json, sent.as_str(), 202),
        (&anna, "GET", "/api/unread?page=0", "", "", 200),
        (&anna, "GET", "/api/notifications?page=0", "", "", 400),
        (&anna, "PATCH", "/api/notifications", json, "{", 400),
        (&nobody, "GET", "/api/notifications", "", "", 401),
        (&nobody, "GET", "/api/stream/events", "", "", 401),
        (&anna, "POST", "/api/notifications", json, sent.as_str(), 403),
        (&anna, "GET", "/api/nothing", "", "", 404),
        (&anna, "PUT", "/api/unread", "", "", 405),
        (&anna, "PATCH", "/api/notifications", json, long.as_str(), 413),
        (&anna, "PATCH", "/api/notifications", "text/plain", "{}", 415),
        (&anna, "GET", "/api/stream/events?client=tab", "", "", 503),
    ] {
        let mut headers = vec![("origin", PAGE)];
        headers.extend((!kind.is_empty()).then_some(("content-type", kind)));
        let answer = site.send(caller.request(method, path, &headers, body.to_owned())).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {}", answer.text);
        allowed(&answer);
        for stranger in STRANGERS {
            headers[0].1 = stranger;
            let answer = site.send(caller.request(method, path, &headers, body.to_owned())).await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{stranger}");
            assert_eq!(answer.header("access-control-allow-credentials"), "", "{stranger}");
            varies(&answer);
        }
    }
    let etag = anna.get("/api/unread").await.header("etag").to_owned();
    let unchanged = site.send(anna.request("GET", "/api/unread", &[("origin", PAGE), ("if-none-match", &etag)], "")).await;
    assert_eq!(unchanged.status, 304);
    allowed(&unchanged);
}

/// Case 41: what goes wrong on our side, too.
#[tokio::test(start_paused = true)]
async fn every_failure_reaches_an_allowed_page() {
    let site = Site::new().await;
    let post = async |title: &str| {
        let headers = [("origin", PAGE), ("content-type", "application/json"), ("idempotency-key", "k")];
        let body = json!({"userId": "anna", "title": title}).to_string();
        site.send(site.admin().request("POST", "/api/notifications", &headers, body)).await
    };
    assert_eq!(post("one").await.status, 202);
    let mismatch = post("another").await;
    assert_eq!(mismatch.problem(422), "idempotency-mismatch");
    allowed(&mismatch);
    let list = async || site.send(site.user("anna").request("GET", "/api/notifications", &[("origin", PAGE)], "")).await;
    site.engine.faults().set(FaultPlan { throttle: 1.0, ..FaultPlan::default() });
    let starved = list().await;
    assert_eq!(starved.problem(503), "busy");
    allowed(&starved);
    site.engine.faults().heal();
    let feed = Feed::user(None, UserId::parse("anna").unwrap());
    let put = site.engine.client().put_item().table_name("belfry");
    let put = put.item(key::PK, AttributeValue::S(key::feed(&feed))).item(key::SK, AttributeValue::S(key::STATE.to_owned()));
    put.item("epoch", AttributeValue::S("not hexadecimal".to_owned())).send().await.unwrap();
    let broken = list().await;
    assert_eq!(broken.problem(500), "internal");
    allowed(&broken);
}

#[tokio::test(start_paused = true)]
async fn every_route_may_be_asked_for_first() {
    let site = Site::new().await;
    for route in ROUTES {
        let path = route.path.replace(['{', '}'], "");
        for (origin, listed) in [(PAGE, true), (STRANGERS[0], false)] {
            let asks = [
                ("origin", origin),
                ("access-control-request-method", route.method.as_str()),
                ("access-control-request-headers", "authorization,content-type"),
            ];
            let answer = site.send(site.nobody().request("OPTIONS", &path, &asks, "")).await;
            assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""), "{path}");
            assert_eq!(answer.header("access-control-allow-methods").contains(route.method.as_str()), listed, "{path}");
            let headers = answer.header("access-control-allow-headers").to_lowercase();
            for name in ["authorization", "content-type", "idempotency-key", "if-none-match", "last-event-id"] {
                assert_eq!(headers.contains(name), listed, "{name}");
            }
        }
    }
}
