//! Tickets: one stream, within a minute, for whoever cannot set headers.

use std::time::Duration;

use serde_json::json;

use crate::support::{Caller, Listener, Site};

async fn ticket(caller: &Caller<'_>) -> String {
    ticket_for(caller, 60).await
}

async fn ticket_for(caller: &Caller<'_>, seconds: u64) -> String {
    let answer = caller.send("POST", "/api/stream/ticket", &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["expiresIn"]), (200, &json!(seconds)));
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()["ticket"].as_str().unwrap().to_owned()
}

async fn refused(site: &Site, ticket: &str) {
    let answer = site.nobody().get(&format!("/api/stream/events?ticket={ticket}")).await;
    assert_eq!(answer.problem(401), "unauthenticated");
    assert!(answer.header("www-authenticate").contains("ticket"));
}

/// Case 50.
#[tokio::test(start_paused = true)]
async fn it_opens_one_stream_within_a_minute() {
    let site = Site::new().await;
    let anna = site.with_topics("anna", &["ops"]);
    let one = ticket(&anna).await;
    assert_ne!(one, ticket(&anna).await);
    let mut stream = site.nobody().listen(&format!("?ticket={one}")).await;
    site.notify("anna", "hers").await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "her topic's", "audience": "ops"})).await;
    site.notify("ben", "his").await;
    let mut titles = stream.titles().await;
    titles.sort();
    assert_eq!(titles, ["her topic's", "hers"]);
    refused(&site, &one).await;
    let (just, late) = (ticket(&anna).await, ticket(&anna).await);
    site.pass(Duration::from_secs(59));
    site.nobody().listen(&format!("?ticket={just}")).await;
    site.pass(Duration::from_secs(1));
    refused(&site, &late).await;
    for unknown in ["", "rubbish", &"0".repeat(32), &"x".repeat(10_000), "%00", "é"] {
        refused(&site, &unknown.replace('é', "%C3%A9")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_that_redeem_it_one_wins() {
    let site = Site::new().await;
    let path = format!("/api/stream/events?ticket={}", ticket(&site.user("anna")).await);
    let open = async || site.open(site.nobody().request("GET", &path, &[], "")).await.0.as_u16();
    let (a, b, c) = tokio::join!(open(), open(), open());
    let mut statuses = [a, b, c];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401]);
}

#[tokio::test(start_paused = true)]
async fn it_opens_nothing_else_and_lives_no_longer_than_its_token() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let one = ticket(&anna).await;
    for path in ["/api/notifications", "/api/unread", "/api/events", "/api/tasks", "/api/preferences"] {
        site.nobody().get(&format!("{path}?ticket={one}")).await.problem(401);
    }
    site.send(site.nobody().request("POST", &format!("/api/stream/ticket?ticket={one}"), &[], "")).await.problem(401);
    site.nobody().listen(&format!("?ticket={one}")).await;
    let short = site.bearer(&site.token("anna", |token| token.expires = site.now().plus(Duration::from_secs(20)))).clone();
    let (held, late) = (ticket_for(&short, 20).await, ticket_for(&short, 20).await);
    let mut stream = site.nobody().listen(&format!("?ticket={held}")).await;
    stream.news().await;
    site.pass(Duration::from_secs(20));
    stream.news().await;
    assert!(stream.ended, "the stream ends with the token that asked for the ticket");
    refused(&site, &late).await;
    // Within its leeway a token still reads, but opens nothing that lasts.
    assert_eq!(short.get("/api/unread").await.status, 200);
    short.send("POST", "/api/stream/ticket", &json!({})).await.problem(401);
}

/// Case 7: whoever sat there before left their cookie.
#[tokio::test(start_paused = true)]
async fn a_ticket_speaks_before_another_users_cookie() {
    let site = Site::new().await;
    let one = ticket(&site.user("ben")).await;
    let cookie = format!("__Host-belfry={}", site.token("anna", |_| {}));
    let path = format!("/api/stream/events?ticket={one}");
    let mut stream = Listener::of(site.open(site.nobody().request("GET", &path, &[("cookie", &cookie)], "")).await);
    site.notify("anna", "for anna").await;
    site.notify("ben", "for ben").await;
    assert_eq!(stream.titles().await, ["for ben"]);
    refused(&site, &one).await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_cookie_does_not_stand_in_its_way_but_a_bearer_does() {
    let site = Site::new().await;
    let one = ticket(&site.user("anna")).await;
    let path = format!("/api/stream/events?ticket={one}");
    let stale = site.token("anna", |token| token.expires = site.now().minus(Duration::from_hours(1)));
    site.bearer(&stale).get(&path).await.problem(401);
    let cookie = format!("__Host-belfry={stale}");
    let (status, ..) = site.open(site.nobody().request("GET", &path, &[("cookie", &cookie)], "")).await;
    assert_eq!(status, 200, "not used up by the bearer's try");
}
