//! Cookies, origins and the one leeway.

use std::time::Duration;

use serde_json::json;

use crate::support::{PAGE, Site};

#[tokio::test]
async fn a_cookie_changes_things_only_from_our_own_pages() {
    let site = Site::new().await;
    let cookie = format!("other=1; __Host-belfry={}", site.token("anna", |_| {}));
    let send = async |method: &str, headers: &[(&str, &str)]| {
        let mut all = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
        all.extend_from_slice(headers);
        site.send(site.nobody().request(method, "/api/notifications", &all, json!({"all": true}).to_string())).await
    };
    assert_eq!(send("GET", &[]).await.status, 200);
    for bad in [&[][..], &[("origin", "null")], &[("origin", "https://sibling.belfry.example")], &[("sec-fetch-site", "same-site")]] {
        send("PATCH", bad).await.problem(403);
    }
    for good in [&[("origin", "https://belfry.example")][..], &[("origin", PAGE)], &[("sec-fetch-site", "same-origin")]] {
        assert_eq!(send("PATCH", good).await.status, 200, "{good:?}");
    }
}

#[tokio::test]
async fn expiry_and_not_before_have_one_leeway_and_streams_have_none() {
    let site = Site::new().await;
    let token = site.token("anna", |token| token.expires = site.now().plus(Duration::from_secs(10)));
    let anna = site.bearer(&token);
    let mut stream = anna.listen("").await;
    assert_eq!(stream.news().await, Vec::<serde_json::Value>::new());
    assert!(!stream.ended);
    site.pass(Duration::from_secs(11));
    // Whatever wakes it: it ends instead of telling what came after.
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "late"})).await;
    assert_eq!(stream.titles().await, Vec::<String>::new());
    assert!(stream.ended);
    assert_eq!(anna.get("/api/unread").await.status, 200, "within the leeway");
    anna.get("/api/stream/events").await.problem(401);
    site.pass(Duration::from_mins(1));
    anna.get("/api/unread").await.problem(401);
}
