//! The store in trouble: callers are told to come again and nothing of why, and nothing is lost or done twice.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use contract::openapi::{Method, ROUTES, Who};
use engine::{FaultPlan, Forced};
use inbox::id::UserId;
use inbox::position::Feed;
use serde_json::{Value, json};
use table::key;

use crate::support::{Answer, Caller, Listener, Site};

/// Words of the store's that no caller should read.
const INSIDE: [&str; 9] = ["throttl", "exception", "dynamo", "embedded", "table", "corrupt", "epoch", "transaction", "src/"];

fn starved(site: &Site) {
    site.engine.faults().set(FaultPlan { throttle: 1.0, ..FaultPlan::default() });
}

fn says_nothing(answer: &Answer) {
    let text = answer.text.to_lowercase();
    assert!(!INSIDE.iter().any(|word| text.contains(word)), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_starved_store_is_503_on_every_route_and_over_when_it_is_over() {
    let site = Site::new().await;
    let admin = site.admin();
    site.notify("root", "one").await;
    let id = admin.id("one").await;
    let place = admin.cursor().await;
    site.pass(Duration::from_mins(1));
    for route in ROUTES.iter().filter(|route| route.who != Who::Public) {
        let path = route.path.replace("{id}", &id).replace("{text}", "e1?by=id&userId=anna");
        let path = if path == "/api/events" { format!("{path}?after={place}") } else { path };
        let body = match (route.method, route.path) {
            (Method::Patch | Method::Delete, "/api/notifications") => json!({"all": true}),
            (Method::Post, "/api/tasks") => json!({"userId": "root", "taskId": "t1", "status": "running"}),
            (Method::Put, _) => json!({"muted": ["x"]}),
            (Method::Post, "/api/notifications") => json!({"userId": "root", "title": "t"}),
            (Method::Post, "/api/notifications/broadcast") => json!({"title": "t"}),
            _ => json!({"read": true}),
        };
        let path = if route.path == "/api/stream/events" { format!("{path}?client=tab") } else { path };
        starved(&site);
        let answer = admin.send(route.method.as_str(), &path, &body).await;
        assert_eq!(answer.problem(503), "busy", "{} {path}", route.method.as_str());
        assert!(!answer.header("retry-after").is_empty());
        says_nothing(&answer);
        site.engine.faults().heal();
    }
    assert_eq!(admin.titles("").await, ["one"], "nothing was done");
    starved(&site);
    let mut plain = admin.listen("").await;
    assert!(plain.news().await.is_empty() && plain.ended, "an EventSource comes again");
    assert_eq!(site.service.hub().open_streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_item_that_nobody_can_read_is_500_and_says_no_more() {
    let site = Site::new().await;
    site.notify("anna", "one").await;
    let feed = Feed::user(None, UserId::parse("anna").unwrap());
    let put = site.engine.client().put_item().table_name("belfry");
    let put = put.item(key::PK, AttributeValue::S(key::feed(&feed))).item(key::SK, AttributeValue::S(key::STATE.to_owned()));
    put.item("epoch", AttributeValue::S("not hexadecimal".to_owned())).send().await.unwrap();
    for path in ["/api/notifications", "/api/unread", "/api/tasks", "/api/preferences", "/api/events", "/api/stream/events"] {
        let answer = site.user("anna").get(path).await;
        assert_eq!(answer.problem(500), "internal", "{path}");
        says_nothing(&answer);
    }
    assert_eq!(site.user("ben").titles("").await, Vec::<String>::new(), "others go on");
}

/// Case 45.
#[tokio::test(start_paused = true)]
async fn a_stream_over_a_starved_store_says_nothing_of_it_and_misses_nothing() {
    let site = Site::new().await;
    tokio::spawn({
        let service = site.service.clone();
        async move { service.run_ticker().await }
    });
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    site.notify("anna", "one").await;
    assert_eq!(stream.titles().await, ["one"]);
    site.engine.faults().set(FaultPlan { throttle: 0.6, seed: 5, ..FaultPlan::default() });
    for title in ["two", "three", "four"] {
        for _ in 0..50 {
            let sent = json!({"type": "notification", "userId": "anna", "title": title, "id": title});
            if site.deliver(&[sent]).await != [service::Outcome::Trouble] {
                break;
            }
        }
    }
    let mut titles = stream.titles().await;
    site.engine.faults().heal();
    for _ in 0..10 {
        site.pass(Duration::from_secs(3));
        titles.extend(stream.titles().await);
    }
    let mut last = Listener::open(&anna, "", &[("last-event-id", stream.last_event_id())]).await;
    titles.extend(last.titles().await);
    assert_eq!(titles, ["two", "three", "four"]);
    assert!(!String::from_utf8_lossy(&stream.raw).to_lowercase().contains("throttl"));
}

async fn keyed(caller: &Caller<'_>, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
    caller.site.send(caller.request("POST", "/api/notifications", &headers, body.to_string())).await
}

#[tokio::test(start_paused = true)]
async fn a_post_that_failed_half_way_is_taken_up_and_done_once_for_each() {
    let site = Site::new().await;
    let admin = site.admin();
    let users: Vec<String> = (0..20).map(|number| format!("user {number}")).collect();
    let body = json!({"userIds": users, "title": "once"});
    site.engine.faults().set(FaultPlan { conflict: 0.97, seed: 3, ..FaultPlan::default() });
    let mut failed = 0;
    let mut done = false;
    for round in 0..40 {
        if round == 3 {
            site.engine.faults().heal();
        }
        let answer = keyed(&admin, &body).await;
        match answer.status.as_u16() {
            202 => {
                done = true;
                break;
            }
            409 | 503 => failed += 1,
            other => panic!("{other} {}", answer.text),
        }
        site.pass(Duration::from_secs(15));
    }
    assert!(done && failed > 0, "{failed} tries failed");
    for user in &users {
        assert_eq!(site.user(user).titles("").await, ["once"], "{user}");
    }
}

/// Cases 59 and 62.
#[tokio::test(start_paused = true)]
async fn a_cancelled_or_unanswered_commit_is_never_404_nor_done_twice() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for title in ["one", "two", "three"] {
        site.notify("anna", title).await;
    }
    for (title, forced) in [
        ("one", Forced::Reasons(vec!["ConditionalCheckFailed", "TransactionConflict"])),
        ("two", Forced::Reasons(vec!["None", "ThrottlingError"])),
        ("three", Forced::CutAfterCommit),
    ] {
        let id = anna.id(title).await;
        site.engine.faults().next_transaction(forced.clone());
        let answer = anna.send("PATCH", "/api/notifications", &json!({"id": id})).await;
        assert_eq!(answer.status, 200, "{forced:?}: {}", answer.text);
        site.engine.faults().heal();
        assert!(!anna.titles("unread=true").await.contains(&title.to_owned()), "{forced:?}");
    }
    assert_eq!(anna.counts().await.0, 0);
    site.engine.faults().next_transaction(Forced::CutAfterCommit);
    let sent = site.admin().send("POST", "/api/notifications", &json!({"userId": "anna", "title": "unanswered"})).await;
    assert_eq!(sent.status, 202, "{}", sent.text);
    site.engine.faults().heal();
    assert_eq!(anna.titles("").await, ["unanswered", "three", "two", "one"]);
}

/// Cases 27 and 28.
#[tokio::test(start_paused = true)]
async fn i6_counts_equal_the_list_whatever_happens_at_once() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for number in 0..10 {
        site.notify("anna", &format!("first {number}")).await;
    }
    site.broadcast("for all").await;
    site.engine.faults().set(FaultPlan { conflict: 0.2, delay_ms: 0..20, seed: 11, ..FaultPlan::default() });
    let ids: Vec<String> = crate::support::each(&anna.page().await["notifications"], "id");
    let mark = async |index: usize, body: Value| {
        let mut body = body;
        body["id"] = json!(ids[index]);
        for _ in 0..20 {
            let answer = anna.send("PATCH", "/api/notifications", &body).await;
            if answer.status == 200 {
                return;
            }
            answer.problem(503);
        }
    };
    let (read, unread) = (json!({"read": true}), json!({"read": false}));
    let arrive = async |range: std::ops::Range<u32>| {
        for number in range {
            site.notify("anna", &format!("late {number}")).await;
            site.broadcast(&format!("late for all {number}")).await;
        }
    };
    tokio::join!(
        mark(0, read.clone()),
        mark(0, read.clone()),
        mark(1, read.clone()),
        mark(1, unread.clone()),
        mark(2, json!({"archived": true})),
        mark(10, read.clone()),
        mark(10, read.clone()),
        mark(10, read),
        arrive(0..5),
        arrive(5..10),
    );
    site.engine.faults().heal();
    let unread = anna.titles("unread=true&limit=100").await.len() as u64;
    assert_eq!(anna.counts().await.0, unread);
    assert_eq!(anna.page().await["unreadCount"], unread);
    assert!((27..=28).contains(&unread), "31 less 3 or 4: {unread}");
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_who_asks_for_all_at_once_gets_all() {
    let site = Site::new().await;
    site.broadcast("for all").await;
    site.engine.faults().set(FaultPlan { delay_ms: 0..30, seed: 2, ..FaultPlan::default() });
    let anna = site.user("anna");
    let paths = ["/api/notifications", "/api/unread", "/api/tasks", "/api/preferences", "/api/events", "/api/notifications?unread=true"];
    let answers = futures::future::join_all(paths.iter().chain(&paths).map(|path| anna.get(path))).await;
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(answer.json()["unreadCount"].as_u64().is_none_or(|count| count == 1), "{}", answer.text);
    }
}
