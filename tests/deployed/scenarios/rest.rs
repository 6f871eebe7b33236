//! REST as a browser uses it.

use reqwest::Method;
use serde_json::json;

use crate::client::Answer;
use crate::deployment::{Deployment, PAGE};

pub(super) async fn a_dashboard_lists_marks_and_deletes(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    anna.shows(&[]).await;
    assert_eq!(anna.unread().await, 0);
    for title in ["one", "two", "three"] {
        admin.notify(&anna, title).await;
        anna.find(title).await;
    }
    anna.shows(&["one", "two", "three"]).await;
    assert_eq!(anna.unread().await, 3);

    let two = anna.find("two").await;
    assert_eq!((&two["userId"], &two["read"], &two["type"]), (&json!(anna.id), &json!(false), &json!("info")));
    let marked = anna.done(Method::PATCH, "/api/notifications", &json!({"id": two["id"]})).await;
    assert_eq!((&marked["updated"], &marked["unreadCount"]), (&json!(1), &json!(2)));
    assert_eq!(anna.find("two").await["read"], true);

    let path = format!("/api/notifications/{}", two["id"].as_str().unwrap());
    let deleted = Answer::to(anna.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, &deleted.json()["deleted"]), (200, &json!(1)));
    anna.shows(&["one", "three"]).await;
    anna.done(Method::PATCH, "/api/notifications", &json!({"all": true})).await;
    assert_eq!(anna.unread().await, 0);
    anna.done(Method::DELETE, "/api/notifications", &json!({"all": true})).await;
    anna.shows(&[]).await;
}

pub(super) async fn pages_follow_one_another(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    for title in ["one", "two", "three"] {
        admin.notify(&anna, title).await;
        anna.find(title).await;
    }
    let first = anna.get("/api/notifications?limit=2").await;
    let (etag, page) = (first.header("etag").to_owned(), first.json());
    assert_eq!((page["notifications"].as_array().unwrap().len(), &page["hasMore"]), (2, &json!(true)));
    let cursor = page["nextCursor"].as_str().unwrap();
    let rest = anna.get(&format!("/api/notifications?limit=100&cursor={cursor}")).await.json();
    let titles: Vec<_> = rest["notifications"].as_array().unwrap().iter().filter_map(|one| anna.own_title(one)).collect();
    assert_eq!(titles.first().map(String::as_str), Some("one"), "{titles:?}");

    // As far as this user's own feed goes: a broadcast of another scenario changes the tag.
    let again = Answer::to(anna.request(Method::GET, "/api/notifications?limit=2").header("if-none-match", &etag)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    let trailing = anna.get("/api/notifications/?limit=2").await;
    assert_eq!((trailing.status, trailing.header("etag")), (200, etag.as_str()));
    let head = Answer::to(anna.request(Method::HEAD, "/api/notifications?limit=2")).await;
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", etag.as_str()));
}

pub(super) async fn refusals_are_problems_that_a_page_can_read(at: &Deployment) {
    let (anna, nobody) = (at.user("anna"), at.nobody());
    let from_page = |request: reqwest::RequestBuilder| Answer::to(request.header("origin", PAGE));
    let cases = [
        (nobody.request(Method::GET, "/api/notifications"), 401, "unauthenticated"),
        (nobody.request(Method::GET, "/api/notifications").bearer_auth("rubbish"), 401, "unauthenticated"),
        (anna.request(Method::GET, "/api/notifications?page=0"), 400, "invalid-query"),
        (anna.request(Method::PATCH, "/api/notifications").header("content-type", "application/json").body("{"), 400, "malformed-json"),
        (anna.request(Method::PATCH, "/api/notifications").header("content-type", "text/plain").body("{}"), 415, "unsupported-media-type"),
        (
            anna.request(Method::POST, "/api/notifications/broadcast").header("content-type", "application/json").body("{}"),
            403,
            "forbidden",
        ),
        (anna.request(Method::GET, "/api/tasks/none"), 404, "not-found"),
    ];
    let unlisted = at.has_answers_of_its_own.then(|| (anna.request(Method::GET, "/api/nothing"), 404, "not-found"));
    for (request, status, kind) in cases.into_iter().chain(unlisted) {
        let what = format!("{request:?}");
        let answer = from_page(request).await;
        assert_eq!(answer.problem(status), kind, "{what}");
        assert_eq!(answer.header("access-control-allow-origin"), PAGE, "{what}");
        assert_eq!(answer.header("access-control-allow-credentials"), "true", "{what}");
    }

    let asks = nobody.request(Method::OPTIONS, "/api/notifications").header("access-control-request-method", "PATCH");
    let allowed = from_page(asks.header("access-control-request-headers", "authorization,content-type")).await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-origin")), (204, PAGE));
    assert!(allowed.header("access-control-allow-methods").contains("PATCH"));
    let stranger = Answer::to(anna.request(Method::GET, "/api/unread").header("origin", "https://evil.example")).await;
    assert_eq!((stranger.status, stranger.header("access-control-allow-origin")), (200, ""));
    assert_eq!(nobody.get("/healthz").await.status, 200);
    assert_eq!(nobody.get("/openapi.json").await.json()["openapi"], "3.1.0");
}

pub(super) async fn a_cookie_signs_in_a_browser(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    admin.notify(&anna, "one").await;
    let id = anna.find("one").await["id"].clone();
    let cookies = format!("theme=dark; __Host-belfry={}; lang=de", anna.token.as_ref().unwrap());
    let with_cookie = |method: Method, path: &str| anna.anonymous(method, path).header("cookie", &cookies);
    assert_eq!(Answer::to(with_cookie(Method::GET, "/api/unread")).await.status, 200);

    let mark = |origin: &str| {
        let request = with_cookie(Method::PATCH, "/api/notifications").header("origin", origin);
        Answer::to(request.header("content-type", "application/json").body(json!({"id": id}).to_string()))
    };
    assert_eq!(mark("https://evil.example").await.problem(403), "origin-refused");
    assert_eq!(mark(PAGE).await.json()["updated"], 1);
}

pub(super) async fn a_repeated_post_is_applied_once(at: &Deployment) {
    let (anna, admin) = (at.user("anna"), at.admin());
    let body = json!({"userId": anna.id, "title": at.own("once")}).to_string();
    let post = |body: String| {
        let request = admin.request(Method::POST, "/api/notifications").header("content-type", "application/json");
        Answer::to(request.header("idempotency-key", at.own("key")).body(body))
    };
    let first = post(body.clone()).await;
    let second = post(body.clone()).await;
    assert_eq!((first.status, second.status, &first.text), (202, 202, &second.text));
    assert_eq!(post(body.replace("once", "other")).await.problem(422), "idempotency-mismatch");
    anna.shows(&["once"]).await;
    admin.notify(&anna, "after").await;
    anna.shows(&["once", "after"]).await;
}
