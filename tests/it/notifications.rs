//! What a user does with their own notifications, and what jobs and admins write to them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Site, each};

const PATH: &str = "/api/notifications";

async fn fill(site: &Site, titles: &[&str]) {
    for title in titles {
        site.notify("anna", title).await;
    }
}

#[tokio::test(start_paused = true)]
async fn marks_by_id_by_ids_and_on_its_own_path() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, &["one", "two", "three"]).await;
    site.broadcast("for all").await;
    let (one, two, for_all) = (anna.id("one").await, anna.id("two").await, anna.id("for all").await);
    let done = anna.done("PATCH", PATH, &json!({"id": one})).await;
    assert_eq!(done, json!({"updated": 1, "unreadCount": 3, "unseenCount": 3}));
    let again = anna.done("PATCH", PATH, &json!({"id": one, "read": true})).await;
    assert_eq!(again, json!({"updated": 0, "unreadCount": 3, "unseenCount": 3}), "already so: a success that changes nothing");
    let both = anna.done("PATCH", PATH, &json!({"ids": [one, two, for_all, two]})).await;
    assert_eq!((&both["updated"], &both["unreadCount"]), (&json!(2), &json!(1)));
    let own_path = site.send(anna.request("PATCH", &format!("{PATH}/{two}"), &[], "")).await;
    assert_eq!((own_path.status.as_u16(), &own_path.json()["updated"]), (200, &json!(0)), "without a body: read");
    let back = anna.done("PATCH", &format!("{PATH}/{for_all}"), &json!({"read": false})).await;
    assert_eq!((&back["updated"], &back["unreadCount"]), (&json!(1), &json!(2)));
    let gone = site.send(anna.request("DELETE", &format!("{PATH}/{for_all}"), &[], "")).await;
    assert_eq!((gone.status.as_u16(), gone.json()), (200, json!({"deleted": 1, "unreadCount": 1, "unseenCount": 1})));
    for repeated in [json!({"id": for_all}), json!({"ids": [for_all]})] {
        assert_eq!(anna.done("DELETE", PATH, &repeated).await["deleted"], 0);
        assert_eq!(anna.done("PATCH", PATH, &repeated).await["updated"], 0);
    }
    assert_eq!(anna.titles("").await, ["three", "two", "one"]);
    assert_eq!(site.user("ben").titles("").await, ["for all"], "her deleting is hers alone");
}

#[tokio::test(start_paused = true)]
async fn one_unknown_id_refuses_the_whole_request() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, &["one", "two"]).await;
    let mine = anna.id("one").await;
    let never_given = next_id(&anna.id("two").await);
    let before = anna.page().await["notifications"].clone();
    for unknown in ["AAAAAAAAAAAAAAAA", "rubbish", "é", "0", &never_given, &format!("{mine}A")] {
        for mark in [json!({"ids": [mine, unknown]}), json!({"ids": [mine, unknown], "archived": true}), json!({"id": unknown})] {
            assert_eq!(anna.send("PATCH", PATH, &mark).await.problem(404), "not-found", "{unknown}");
        }
        anna.send("DELETE", PATH, &json!({"ids": [unknown, mine]})).await.problem(404);
        if unknown.is_ascii() {
            anna.send("DELETE", &format!("{PATH}/{unknown}"), &Value::Null).await.problem(404);
        }
    }
    assert_eq!(anna.page().await["notifications"], before, "nothing changed");
}

/// The same feed, a commit that was not made yet.
fn next_id(id: &str) -> String {
    let mut parsed = contract::cursor::parse_id(id).unwrap();
    parsed.slot.born = parsed.slot.born.next();
    contract::cursor::id_text(parsed)
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_means_two_things_or_none_is_refused() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, &["one"]).await;
    let id = anna.id("one").await;
    let many: Vec<String> = (0..101).map(|_| id.clone()).collect();
    for (body, field) in [
        (json!({}), "id"),
        (json!({"read": true}), "id"),
        (json!({"all": false}), "all"),
        (json!({"all": "true"}), "all"),
        (json!({"id": 7}), "id"),
        (json!({"id": ""}), "id"),
        (json!({"id": null}), "id"),
        (json!({"ids": []}), "ids"),
        (json!({"ids": id}), "ids"),
        (json!({"ids": [id, 1]}), "ids[1]"),
        (json!({"ids": many}), "ids"),
        (json!({"id": id, "all": true}), "all"),
        (json!({"id": id, "ids": [id]}), "ids"),
        (json!({"id": id, "read": "yes"}), "read"),
        (json!({"id": id, "read": true, "archived": true}), "archived"),
        (json!({"id": id, "seen": true}), "seen"),
        (json!({"id": id, "upTo": "x"}), "upTo"),
        (json!({"all": true, "archived": true}), "archived"),
        (json!({"all": true, "read": false}), "read"),
        (json!({"all": true, "seen": false}), "seen"),
        (json!({"category": ""}), "category"),
    ] {
        let answer = anna.send("PATCH", PATH, &body).await;
        assert_eq!(answer.problem(400), "invalid-field", "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}: {}", answer.text);
    }
    for body in [json!({}), json!({"category": "ops"}), json!({"id": id, "read": true}), json!({"all": true, "id": id})] {
        assert_eq!(anna.send("DELETE", PATH, &body).await.problem(400), "invalid-field", "{body}");
    }
    assert_eq!(anna.counts().await, (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_ids_of_all_kinds_go_in_one_request() {
    let site = Site::new().await;
    let anna = site.with_topics("anna", &["ops"]);
    for number in 0..60 {
        site.notify("anna", &format!("own {number}")).await;
    }
    for number in 0..20 {
        site.broadcast(&format!("for all {number}")).await;
        site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": format!("ops {number}"), "audience": "ops"})).await;
    }
    let ids = each(&anna.get("/api/notifications?limit=100").await.json()["notifications"], "id");
    assert_eq!(ids.len(), 100);
    let mut stream = anna.listen("").await;
    let read = anna.done("PATCH", PATH, &json!({"ids": ids})).await;
    assert_eq!(read, json!({"updated": 100, "unreadCount": 0, "unseenCount": 0}));
    let told: Vec<Value> = stream.news().await.into_iter().filter(|event| event["type"] == "notification").collect();
    assert_eq!(told.len(), 100);
    assert!(told.iter().all(|event| event["notification"]["read"] == true));
    assert_eq!(anna.done("DELETE", PATH, &json!({"ids": ids})).await["deleted"], 100);
    assert_eq!(anna.titles("limit=100").await, Vec::<String>::new());
    let gone = stream.news().await.iter().filter(|event| event["type"] == "notification-deleted").count();
    assert_eq!(gone, 100);
}

/// Case 31, and `upTo`.
#[tokio::test(start_paused = true)]
async fn all_spares_what_was_not_shown_and_one_may_be_unread_again() {
    let site = Site::new().await;
    let anna = site.user("anna");
    fill(&site, &["one", "two"]).await;
    site.broadcast("for all").await;
    let shown = anna.page().await["streamCursor"].clone();
    fill(&site, &["late"]).await;
    site.broadcast("late for all").await;
    assert_eq!(anna.done("PATCH", PATH, &json!({"all": true, "seen": true, "upTo": shown})).await, counts(5, 2));
    assert_eq!(anna.done("PATCH", PATH, &json!({"all": true, "upTo": shown})).await, counts(2, 2));
    assert_eq!(anna.titles("unread=true").await, ["late for all", "late"]);
    assert_eq!(anna.done("PATCH", PATH, &json!({"all": true, "upTo": shown})).await, counts(2, 2), "again");
    assert_eq!(anna.done("PATCH", PATH, &json!({"all": true, "seen": true})).await, counts(2, 0));
    assert_eq!(anna.done("PATCH", PATH, &json!({"all": true})).await, counts(0, 0));
    anna.done("PATCH", PATH, &json!({"id": anna.id("one").await, "read": false})).await;
    assert_eq!(anna.titles("unread=true").await, ["one"], "below the watermark, and unread");
    assert_eq!(anna.done("DELETE", PATH, &json!({"all": true, "upTo": shown})).await, counts(0, 0));
    assert_eq!(anna.titles("").await, ["late for all", "late"]);
    assert_eq!(anna.done("DELETE", PATH, &json!({"all": true})).await, counts(0, 0));
    assert_eq!(anna.titles("").await, Vec::<String>::new());
    let foreign = site.user("ben").cursor().await;
    for bad in ["rubbish", "", "1.", &foreign] {
        for method in ["PATCH", "DELETE"] {
            assert_eq!(anna.send(method, PATH, &json!({"all": true, "upTo": bad})).await.problem(400), "position-unusable", "{bad}");
        }
    }
    anna.send("PATCH", PATH, &json!({"all": true, "upTo": 7})).await.problem(400);
}

fn counts(unread: u32, unseen: u32) -> Value {
    json!({"unreadCount": unread, "unseenCount": unseen})
}

#[tokio::test(start_paused = true)]
async fn the_archive_and_a_category() {
    let site = Site::new().await;
    let (anna, admin) = (site.user("anna"), site.admin());
    fill(&site, &["one", "two"]).await;
    for number in 0..3 {
        admin.done("POST", PATH, &json!({"userId": "anna", "title": format!("ops {number}"), "category": "ops"})).await;
    }
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "ops for all", "category": "ops"})).await;
    let one = anna.id("one").await;
    let put_away = anna.done("PATCH", PATH, &json!({"id": one, "archived": true})).await;
    assert_eq!(put_away, json!({"updated": 1, "unreadCount": 5, "unseenCount": 5}), "that reads it");
    let archive = anna.get("/api/notifications?archived=true").await.json();
    assert_eq!((&archive["notifications"][0]["archived"], &archive["notifications"][0]["read"]), (&json!(true), &json!(true)));
    assert!(!anna.titles("").await.contains(&"one".to_owned()));
    let category = anna.done("PATCH", PATH, &json!({"category": "ops"})).await;
    assert_eq!(category, json!({"updated": 4, "unreadCount": 1, "unseenCount": 1}), "{category}");
    assert_eq!(anna.done("PATCH", PATH, &json!({"category": "none such"})).await["updated"], 0);
    assert_eq!(anna.done("PATCH", PATH, &json!({"category": "ops", "archived": true})).await["updated"], 4);
    assert_eq!(anna.titles("").await, ["two"]);
    assert_eq!(anna.done("PATCH", PATH, &json!({"id": one, "archived": false})).await["updated"], 1);
    assert_eq!(anna.titles("").await, ["two", "one"]);
    assert_eq!(anna.counts().await, (1, 1), "it stays read");
}

#[tokio::test(start_paused = true)]
async fn one_event_goes_to_many_users_once_each() {
    let site = Site::new().await;
    let job = site.job();
    let users: Vec<String> = (0..300).map(|number| format!("user {number}")).collect();
    let mut sent = json!({"userIds": users, "title": "To many"});
    let answer = job.done("POST", PATH, &sent).await;
    assert_eq!(answer["accepted"], 300);
    for user in ["user 0", "user 150", "user 299"] {
        assert_eq!(site.user(user).titles("").await, ["To many"]);
    }
    assert_eq!(site.user("user 300").titles("").await, Vec::<String>::new());
    sent["userIds"] = json!(["anna", "ben", "anna"]);
    assert_eq!(job.done("POST", PATH, &sent).await["accepted"], 2);
    assert_eq!(site.user("anna").titles("").await, ["To many"]);
    let too_many: Vec<String> = (0..1_001).map(|number| number.to_string()).collect();
    for (body, field) in [
        (json!({"title": "t"}), "userId"),
        (json!({"title": "t", "userId": "a", "userIds": ["b"]}), "userId"),
        (json!({"title": "t", "userIds": []}), "userIds"),
        (json!({"title": "t", "userIds": too_many}), "userIds"),
        (json!({"title": "t", "userIds": ["a", ""]}), "userIds[1]"),
        (json!({"title": "t", "userId": "a\nb"}), "userId"),
        (json!({"title": "t", "userId": "x".repeat(129)}), "userId"),
        (json!({"title": "t", "userId": "a", "tenant": "other"}), "tenant"),
        (json!({"title": "t", "userId": "a", "id": "mine"}), "id"),
        (json!({"userId": "a"}), "title"),
        (json!({"title": "t", "userId": "a", "expiresAt": "tomorrow"}), "expiresAt"),
        (json!({"title": "t", "userId": "a", "expiresAt": contract::time::text(site.now())}), "expiresAt"),
        (json!({"title": "t", "userId": "a", "at": contract::time::text(site.now().plus(Duration::from_hours(25)))}), "at"),
        (json!({"title": "t", "userId": "a", "key": "k".repeat(129)}), "key"),
        (
            json!({"title": "t", "userId": "a", "actions": [{"label": "a", "url": "/"}, {"label": "b", "url": "/"}, {"label": "c", "url": "/"}]}),
            "actions",
        ),
    ] {
        let answer = job.send("POST", PATH, &body).await;
        assert_eq!(answer.problem(400), "invalid-field", "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}: {}", answer.text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_notification_comes_out_with_all_that_was_put_in() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let expires = contract::time::text(site.now().plus(Duration::from_hours(5)));
    let sent = json!({
        "userId": "anna", "title": "Report", "message": "It is ready", "type": "success", "category": "reports", "key": "report",
        "actions": [{"label": "Open", "url": "/reports/7"}, {"label": "Mail", "url": "mailto:a@b.example"}],
        "data": {"report": 7, "pages": [1, 2.50, null]}, "expiresAt": expires,
    });
    let mut stream = anna.listen("").await;
    site.job().done("POST", PATH, &sent).await;
    let listed = anna.page().await["notifications"][0].clone();
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(&listed[name], value, "{name}");
    }
    assert_eq!(listed["createdAt"], contract::time::text(site.now()));
    assert_eq!(
        (&listed["audience"], &listed["born"], &listed["unreadSince"]),
        (&json!("user"), &json!(1), &json!({"feed": "user", "n": 1}))
    );
    assert_eq!(stream.news().await[0]["notification"], listed, "the same over the stream");
    let defaults = site.job().done("POST", PATH, &json!({"userId": "anna", "title": "Plain", "message": null, "category": null})).await;
    assert!(defaults["id"].is_string());
    let plain = anna.page().await["notifications"][0].clone();
    assert_eq!((&plain["message"], &plain["type"], &plain["archived"]), (&json!(""), &json!("info"), &json!(false)));
    for absent in ["category", "key", "actions", "data"] {
        assert!(plain.get(absent).is_none(), "{absent}");
    }
    assert_eq!(plain["expiresAt"], contract::time::text(site.now().plus(Duration::from_hours(90 * 24))), "retention at the latest");
}

#[tokio::test(start_paused = true)]
async fn a_key_replaces_and_a_late_comer_does_not() {
    let site = Site::new().await;
    let (anna, job) = (site.user("anna"), site.job());
    let mut stream = anna.listen("").await;
    let at = |seconds: u64| contract::time::text(site.now().plus(Duration::from_secs(seconds)));
    let send =
        async |title: &str, at: String| job.done("POST", PATH, &json!({"userId": "anna", "title": title, "key": "disk", "at": at})).await;
    send("70 %", at(0)).await;
    let first = anna.id("70 %").await;
    anna.done("PATCH", PATH, &json!({"id": first})).await;
    send("90 %", at(10)).await;
    send("80 %", at(5)).await;
    assert_eq!(anna.titles("").await, ["90 %"]);
    assert_eq!(anna.counts().await.0, 1, "the new one is unread");
    let news = stream.news().await;
    let gone: Vec<&Value> = news.iter().filter(|event| event["type"] == "notification-deleted").collect();
    assert_eq!(gone, [&json!({"type": "notification-deleted", "id": first})], "{news:?}");
    assert_eq!(anna.done("PATCH", PATH, &json!({"id": first})).await["updated"], 0, "it was hers once");
}

/// Case 29.
#[tokio::test(start_paused = true)]
async fn counts_stop_at_a_thousand_and_a_category_is_marked_by_the_thousand() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let one = |number: usize| json!({"type": "notification", "userId": "anna", "title": number.to_string(), "category": "ops"});
    let all: Vec<Value> = (0..1_210).map(one).collect();
    for some in all.chunks(200) {
        site.deliver(some).await;
    }
    assert_eq!(anna.counts().await, (1_000, 1_000), "which means that or more");
    let some = each(&anna.get("/api/notifications?limit=100").await.json()["notifications"], "id");
    let read = anna.done("PATCH", PATH, &json!({"ids": some})).await;
    assert_eq!(read, json!({"updated": 100, "unreadCount": 1_000, "unseenCount": 1_000}), "nothing is subtracted from a cap");
    let first = anna.done("PATCH", PATH, &json!({"category": "ops"})).await;
    assert_eq!((&first["updated"], &first["more"], &first["unreadCount"]), (&json!(1_000), &json!(true), &json!(110)));
    let rest = anna.done("PATCH", PATH, &json!({"category": "ops"})).await;
    assert_eq!(rest, json!({"updated": 110, "unreadCount": 0, "unseenCount": 0}));
}
