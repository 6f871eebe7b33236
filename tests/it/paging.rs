//! Lists page by page: by number, and by cursor without a gap or a repeat.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Caller, Site, each};

fn ids(page: &Value) -> Vec<String> {
    each(&page["notifications"], "id")
}

/// All ids that a walk by cursors shows, in its order.
async fn walk(anna: &Caller<'_>, query: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut path = format!("/api/notifications?{query}");
    for _ in 0..200 {
        let page = anna.get(&path).await.json();
        seen.extend(ids(&page));
        if page["hasMore"] != true {
            assert!(page["nextCursor"].is_null(), "{page}");
            return seen;
        }
        path = format!("/api/notifications?{query}&cursor={}", page["nextCursor"].as_str().unwrap());
    }
    panic!("{query}: a walk without an end");
}

/// Own ones, broadcasts and a topic's, some in the same millisecond; of two kinds, some read and some archived.
async fn mixed(site: &Site) {
    let admin = site.admin();
    for number in 0..24 {
        let title = format!("Number {number}");
        let kind = if number % 3 == 0 { "error" } else { "info" };
        let category = if number % 4 == 0 { "ops" } else { "sales" };
        let mut sent = json!({"title": title, "type": kind, "category": category});
        match number % 5 {
            0 | 1 => admin.done("POST", "/api/notifications/broadcast", &sent).await,
            2 => {
                sent["audience"] = json!("ops");
                admin.done("POST", "/api/notifications/broadcast", &sent).await
            }
            _ => {
                sent["userId"] = json!("anna");
                admin.done("POST", "/api/notifications", &sent).await
            }
        };
        site.pass(Duration::from_millis(number % 2));
    }
    let anna = site.with_topics("anna", &["ops"]);
    for number in [0, 3, 7, 12, 20] {
        anna.done("PATCH", "/api/notifications", &json!({"id": anna.id(&format!("Number {number}")).await})).await;
    }
    for number in [2, 5, 9] {
        let mark = json!({"id": anna.id(&format!("Number {number}")).await, "archived": true});
        anna.done("PATCH", "/api/notifications", &mark).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pages_by_number_and_by_cursor_show_one_list_whatever_the_filter() {
    let site = Site::new().await;
    mixed(&site).await;
    let anna = site.with_topics("anna", &["ops"]);
    for filter in
        ["", "unread=true", "archived=true", "type=error", "category=ops", "unread=true&type=info&category=sales", "category=none"]
    {
        let all = ids(&anna.get(&format!("/api/notifications?limit=100&{filter}")).await.json());
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{filter}");
        for limit in [1, 2, 3, 7, 24] {
            assert_eq!(walk(&anna, &format!("limit={limit}&{filter}")).await, all, "{filter} by {limit}");
            let mut by_number = Vec::new();
            for page in 1..=(24 / limit + 1) {
                let one = anna.get(&format!("/api/notifications?page={page}&limit={limit}&{filter}")).await.json();
                assert_eq!((one["page"].as_u64(), one["limit"].as_u64()), (Some(page), Some(limit)));
                by_number.extend(ids(&one));
            }
            assert_eq!(by_number, all, "{filter} by {limit}, by number");
        }
    }
    let seen = anna.titles("limit=100").await.len() + anna.titles("limit=100&archived=true").await.len();
    assert_eq!(seen, 24);
    assert_eq!(anna.titles("unread=true&limit=100").await.len() as u64, anna.counts().await.0, "the count is the list");
}

/// Cases 10 and 32.
#[tokio::test(start_paused = true)]
async fn a_walk_shows_each_once_while_others_arrive_and_go() {
    let site = Site::new().await;
    mixed(&site).await;
    let anna = site.with_topics("anna", &["ops"]);
    let there = ids(&anna.get("/api/notifications?limit=100").await.json());
    let first = anna.get("/api/notifications?limit=3").await.json();
    let mut seen = ids(&first);
    let mut cursor = first["nextCursor"].clone();
    let gone = there.last().unwrap().clone();
    anna.done("DELETE", "/api/notifications", &json!({"id": gone})).await;
    while let Some(at) = cursor.as_str() {
        site.notify("anna", "arrives").await;
        site.broadcast("arrives for all").await;
        anna.done("PATCH", "/api/notifications", &json!({"id": seen.last().unwrap()})).await;
        let page = anna.get(&format!("/api/notifications?limit=3&cursor={at}")).await.json();
        seen.extend(ids(&page));
        cursor = page["nextCursor"].clone();
    }
    assert_eq!(seen, there[..there.len() - 1], "what was there, in its order, without what went");
}

/// Cases 33 to 35.
#[tokio::test(start_paused = true)]
async fn wrong_queries_are_refused_and_unknown_ones_ignored() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for title in ["one", "two", "three"] {
        site.notify("anna", title).await;
    }
    let wrong = [
        "page=0",
        "page=-1",
        "page=1.5",
        "limit=-1",
        "limit=0",
        "limit=101",
        "limit=1e9",
        "limit=-4194305",
        "limit=10&limit=20",
        "page[]=1",
        "unread=TRUE",
        "unread=1",
        "page=11&limit=100",
        "page=21",
        "page=1000&limit=2",
        "type=loud",
        "category=",
        "limit=%31%30%30%30",
    ];
    for query in wrong {
        assert_eq!(anna.get(&format!("/api/notifications?{query}")).await.problem(400), "invalid-query", "{query}");
        if query.starts_with(['p', 'l']) {
            assert_eq!(anna.get(&format!("/api/tasks?{query}")).await.problem(400), "invalid-query", "{query}");
        }
    }
    for query in ["_=17", "utm[x]=1", "%zz", "&&", "Page=0", "page=20", "page=1000&limit=1", "limit=100&page=10"] {
        let page = anna.get(&format!("/api/notifications?{query}")).await;
        assert_eq!(page.status, 200, "{query} {}", page.text);
    }
    let past = anna.get("/api/notifications?page=10&limit=100").await.json();
    assert_eq!((&past["notifications"], &past["hasMore"], &past["unreadCount"]), (&json!([]), &json!(false), &json!(3)));
}

#[tokio::test(start_paused = true)]
async fn a_cursor_belongs_to_its_filter_and_its_list() {
    let site = Site::new().await;
    let anna = site.user("anna");
    for title in ["one", "two", "three"] {
        site.notify("anna", title).await;
        site.admin().done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": title, "status": "queued"})).await;
    }
    let next = async |path: &str| anna.get(path).await.json()["nextCursor"].as_str().unwrap().to_owned();
    let (plain, unread) = (next("/api/notifications?limit=1").await, next("/api/notifications?limit=1&unread=true").await);
    let tasks = next("/api/tasks?limit=1").await;
    let place = anna.cursor().await;
    assert_eq!(anna.titles(&format!("cursor={plain}")).await, ["two", "one"], "another limit is no other walk");
    for query in [
        format!("unread=true&cursor={plain}"),
        format!("type=info&cursor={plain}"),
        format!("category=ops&cursor={plain}"),
        format!("archived=true&cursor={plain}"),
        format!("cursor={unread}"),
        format!("cursor={tasks}"),
        format!("cursor={place}"),
        format!("cursor={plain}x"),
        format!("cursor={}", &plain[1..]),
        format!("cursor={}", "x".repeat(10_000)),
        "cursor=".to_owned(),
        "cursor=%C3%A9".to_owned(),
    ] {
        assert_eq!(anna.get(&format!("/api/notifications?{query}")).await.problem(400), "bad-cursor", "{query}");
    }
    for bad in [&plain, &place, "rubbish"] {
        assert_eq!(anna.get(&format!("/api/tasks?cursor={bad}")).await.problem(400), "bad-cursor");
    }
    assert_eq!(anna.get(&format!("/api/notifications?page=1&cursor={plain}")).await.problem(400), "invalid-query");
    site.user("ben").get(&format!("/api/notifications?cursor={plain}")).await.problem(400);
    site.user("ben").get(&format!("/api/tasks?cursor={tasks}")).await.problem(400);
}
