//! Pages, cursors, conditional requests and marks, over REST.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use crate::support::{Caller, Site};

async fn fill(site: &Site, count: usize) {
    for number in 0..count {
        site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": format!("Number {number}")})).await;
    }
}

fn ids(page: &serde_json::Value) -> Vec<String> {
    page["notifications"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn walk(anna: &Caller<'_>, query: &str) -> Vec<String> {
    let mut seen = Vec::new();
    let mut page = anna.get(&format!("/api/notifications?{query}")).await.json();
    loop {
        seen.extend(ids(&page));
        if page["hasMore"] != true {
            return seen;
        }
        let cursor = page["nextCursor"].as_str().unwrap().to_owned();
        page = anna.get(&format!("/api/notifications?{query}&cursor={cursor}")).await.json();
    }
}

#[tokio::test]
async fn a_walk_by_cursors_shows_each_once_while_others_arrive_in_the_same_millisecond() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, 7).await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "b"})).await;
    let there: BTreeSet<String> = ids(&anna.page().await).into_iter().collect();
    assert_eq!(there.len(), 8);
    let first = anna.get("/api/notifications?limit=3").await.json();
    let mut seen = ids(&first);
    let mut cursor = first["nextCursor"].clone();
    while let Some(at) = cursor.as_str() {
        fill(&site, 1).await;
        let page = anna.get(&format!("/api/notifications?limit=3&cursor={at}")).await.json();
        seen.extend(ids(&page));
        cursor = page["nextCursor"].clone();
    }
    let distinct: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "none twice");
    assert!(there.is_subset(&distinct), "none missing");
    assert_eq!(walk(&anna, "limit=2&unread=true").await.len(), walk(&anna, "limit=100").await.len());
}

#[tokio::test]
async fn wrong_queries_are_refused() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, 3).await;
    for query in ["page=0", "page=-1", "limit=-1", "limit=0", "limit=101", "limit=1e9", "limit=-4194305", "limit=10&limit=20", "page[]=1"] {
        anna.get(&format!("/api/notifications?{query}")).await.problem(400);
    }
    for query in ["unread=TRUE", "page=11&limit=100", "cursor=rubbish", "type=loud"] {
        anna.get(&format!("/api/notifications?{query}")).await.problem(400);
    }
    let cursor = anna.get("/api/notifications?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned();
    for other in ["page=1&", "unread=true&", "type=info&"] {
        anna.get(&format!("/api/notifications?{other}limit=1&cursor={cursor}")).await.problem(400);
    }
    let past = anna.get("/api/notifications?page=10&limit=100").await.json();
    assert_eq!((&past["notifications"], &past["hasMore"]), (&json!([]), &json!(false)));
}

#[tokio::test]
async fn an_etag_changes_exactly_with_the_inbox() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, 2).await;
    for path in ["/api/notifications", "/api/unread", "/api/tasks", "/api/preferences"] {
        let etag = anna.get(path).await.header("etag").to_owned();
        assert!(!etag.is_empty(), "{path}");
        let again = anna.get_if(path, &etag).await;
        assert_eq!((again.status.as_u16(), again.text.as_str(), again.header("etag")), (304, "", etag.as_str()), "{path}");
    }
    let etag = anna.get("/api/notifications").await.header("etag").to_owned();
    anna.done("PATCH", "/api/notifications", &json!({"all": true})).await;
    let read = anna.get_if("/api/notifications", &etag).await;
    assert_eq!((read.status.as_u16(), &read.json()["unreadCount"]), (200, &json!(0)));
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "b"})).await;
    let etag = read.header("etag").to_owned();
    assert_eq!(anna.get_if("/api/notifications", &etag).await.status, 200, "a broadcast is news too");
    let etag = anna.get("/api/notifications").await.header("etag").to_owned();
    site.pass(Duration::from_mins(10));
    assert_eq!(anna.get_if("/api/notifications", &etag).await.status, 200, "ten minutes at most");
}

#[tokio::test]
async fn expiry_ends_an_etag_and_leaves_list_and_count() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let soon = contract::time::text(site.now().plus(Duration::from_secs(1)));
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "Brief", "expiresAt": soon})).await;
    let page = anna.get("/api/notifications").await;
    assert_eq!((&page.json()["unreadCount"], &page.json()["notifications"][0]["expiresAt"]), (&json!(1), &json!(soon)));
    site.pass(Duration::from_secs(3));
    let after = anna.get_if("/api/notifications", page.header("etag")).await;
    assert_eq!((after.status.as_u16(), &after.json()["unreadCount"], &after.json()["notifications"]), (200, &json!(0), &json!([])));
}

#[tokio::test]
async fn marks_by_ids_category_and_place() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, 3).await;
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "x", "category": "ops"})).await;
    let all = ids(&anna.page().await);
    let mixed = json!({"ids": [all[0], "AAAAAAAAAAAAAAAA"]});
    anna.send("PATCH", "/api/notifications", &mixed).await.problem(404);
    assert_eq!(anna.page().await["unreadCount"], 4, "nothing changed");
    let archived = anna.done("PATCH", "/api/notifications", &json!({"ids": [all[1], all[2]], "archived": true})).await;
    assert_eq!((&archived["updated"], &archived["unreadCount"]), (&json!(2), &json!(2)));
    assert_eq!(anna.get("/api/notifications?archived=true").await.json()["notifications"].as_array().unwrap().len(), 2);
    let category = anna.done("PATCH", "/api/notifications", &json!({"category": "ops"})).await;
    assert_eq!(category["updated"], 1);
    let cursor = anna.page().await["streamCursor"].clone();
    fill(&site, 1).await;
    let seen = anna.done("PATCH", "/api/notifications", &json!({"all": true, "seen": true, "upTo": cursor})).await;
    assert_eq!((&seen["unreadCount"], &seen["unseenCount"]), (&json!(2), &json!(1)));
    let read = anna.done("PATCH", "/api/notifications", &json!({"all": true, "upTo": cursor})).await;
    assert_eq!(read["unreadCount"], 1, "what was not shown is spared");
    let again = anna.done("PATCH", "/api/notifications", &json!({"id": all[3], "read": false})).await;
    assert_eq!((&again["updated"], &again["unreadCount"]), (&json!(1), &json!(2)), "below the watermark, and unread again");
    anna.done("DELETE", &format!("/api/notifications/{}", all[3]), &json!({})).await;
    assert_eq!(anna.done("DELETE", "/api/notifications", &json!({"id": all[3]})).await["deleted"], 0);
    anna.send("PATCH", "/api/notifications", &json!({"all": true, "archived": true})).await.problem(400);
    anna.send("PATCH", "/api/notifications", &json!({"all": true, "upTo": "rubbish"})).await.problem(400);
}

#[tokio::test]
async fn muted_categories_are_hidden_and_broadcasts_come_back() {
    let site = Site::new().await;
    let anna = site.user("anna");
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "b", "category": "news"})).await;
    let mut stream = anna.listen("").await;
    assert_eq!(anna.page().await["unreadCount"], 1);
    assert_eq!(anna.done("PUT", "/api/preferences", &json!({"muted": ["news"]})).await, json!({"muted": ["news"]}));
    assert_eq!(stream.news().await[0], json!({"type": "reset"}));
    assert_eq!(anna.page().await["unreadCount"], 0);
    site.admin().done("POST", "/api/notifications", &json!({"userId": "anna", "title": "n", "category": "news"})).await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "c", "category": "news"})).await;
    assert_eq!(stream.titles().await, Vec::<String>::new());
    anna.done("PUT", "/api/preferences", &json!({"muted": []})).await;
    let page = anna.page().await;
    assert_eq!((page["unreadCount"].as_u64(), page["notifications"].as_array().unwrap().len()), (Some(2), 2));
}
