//! Nobody learns of another's, and nobody changes it: over every route and the stream.

use contract::openapi::{Method, ROUTES, Route, Who};
use serde_json::{Value, json};

use crate::support::{Caller, Site, each};

/// A word that stands in everything that is hers, and nowhere else.
const SECRET: &str = "Hush";

/// What belongs to her, as a stranger might have got hold of it.
struct Hers {
    ids: Vec<String>,
    event: String,
    walk: String,
    tasks: String,
    places: Vec<String>,
}

async fn post(caller: &Caller<'_>, path: &str, body: Value) -> Value {
    let headers = [("content-type", "application/json"), ("idempotency-key", "her key")];
    caller.site.send(caller.request("POST", path, &headers, body.to_string())).await.json()
}

async fn fill(admin: &Caller<'_>, anna: &Caller<'_>) -> Hers {
    let before = anna.cursor().await;
    let sent =
        post(admin, "/api/notifications", json!({"userId": "anna", "title": "Hush one", "key": "disk", "data": {"a": SECRET}})).await;
    admin.done("POST", "/api/notifications", &json!({"userId": "anna", "title": "Hush two"})).await;
    admin.done("POST", "/api/notifications/broadcast", &json!({"title": "Hush, ops", "audience": "ops"})).await;
    for task in ["t1", "t2"] {
        admin.done("POST", "/api/tasks", &json!({"userId": "anna", "taskId": task, "status": "running", "name": SECRET})).await;
    }
    anna.done("PUT", "/api/preferences", &json!({"muted": [SECRET]})).await;
    let page = anna.get("/api/notifications?limit=1").await.json();
    Hers {
        ids: each(&anna.page().await["notifications"], "id"),
        event: sent["id"].as_str().unwrap().to_owned(),
        walk: page["nextCursor"].as_str().unwrap().to_owned(),
        tasks: anna.get("/api/tasks?limit=1").await.json()["nextCursor"].as_str().unwrap().to_owned(),
        places: vec![before, page["streamCursor"].as_str().unwrap().to_owned()],
    }
}

/// All that she sees, but for the hour in her cursors.
async fn state(anna: &Caller<'_>) -> Value {
    let mut state = json!([]);
    for path in ["/api/notifications", "/api/notifications?archived=true", "/api/tasks", "/api/preferences", "/api/unread"] {
        state.as_array_mut().unwrap().push(anna.get(path).await.json());
    }
    state
}

/// Every way in which a stranger may put what is hers into a request of this route.
fn tries(route: &Route, hers: &Hers) -> Vec<(String, Value)> {
    let mut tries = Vec::new();
    let mut with = |path: String, body: Value| tries.push((path, body));
    match (route.method, route.path) {
        (Method::Get, "/api/notifications") => {
            with(format!("/api/notifications?cursor={}", hers.walk), Value::Null);
            with(format!("/api/notifications?limit=1&cursor={}", hers.walk), Value::Null);
            with("/api/notifications?userId=anna&sub=anna&tenant=one&topics=ops&audience=ops".to_owned(), Value::Null);
        }
        (Method::Patch | Method::Delete, "/api/notifications") => {
            with(route.path.to_owned(), json!({"ids": hers.ids}));
            for id in &hers.ids {
                with(route.path.to_owned(), json!({"id": id}));
            }
            for place in &hers.places {
                with(route.path.to_owned(), json!({"all": true, "upTo": place}));
            }
            with(route.path.to_owned(), json!({"all": true}));
        }
        (Method::Patch | Method::Delete, "/api/notifications/{id}") => {
            for id in &hers.ids {
                with(format!("/api/notifications/{id}"), Value::Null);
            }
        }
        (Method::Get, "/api/tasks") => with(format!("/api/tasks?limit=1&cursor={}", hers.tasks), Value::Null),
        (Method::Get, "/api/tasks/{id}") => with("/api/tasks/t1".to_owned(), Value::Null),
        (Method::Get, "/api/events" | "/api/stream/events") => {
            for place in &hers.places {
                with(format!("{}?after={place}&userId=anna&topics=ops", route.path), Value::Null);
            }
        }
        (Method::Put, "/api/preferences") => with(route.path.to_owned(), json!({"muted": ["something"]})),
        (Method::Get, "/api/unread" | "/api/preferences" | "/openapi.json" | "/healthz") | (Method::Post, "/api/stream/ticket") => {
            with(route.path.to_owned(), Value::Null);
        }
        // What writes to others is for services and admins, within their tenant.
        (Method::Post, "/api/notifications") => with(route.path.to_owned(), json!({"userId": "anna", "title": "t", "key": "disk"})),
        (Method::Post, "/api/notifications/broadcast") => with(route.path.to_owned(), json!({"title": "t", "audience": "ops"})),
        (Method::Post, "/api/tasks") => with(route.path.to_owned(), json!({"userId": "anna", "taskId": "t1", "status": "failed"})),
        (Method::Delete, "/api/notifications/sent/{text}") => {
            with(format!("/api/notifications/sent/{}?by=id&userId=anna", hers.event), Value::Null);
            with("/api/notifications/sent/disk?by=key&userId=anna".to_owned(), Value::Null);
        }
        (method, path) => panic!("{} {path} is new: say how a stranger calls it", method.as_str()),
    }
    tries
}

async fn try_all(stranger: &Caller<'_>, hers: &Hers, who: &[Who]) {
    for route in ROUTES.iter().filter(|route| who.contains(&route.who)) {
        for (path, body) in tries(route, hers) {
            let mut headers = vec![("idempotency-key", "her key"), ("last-event-id", hers.places[0].as_str())];
            let text = if body.is_null() { String::new() } else { body.to_string() };
            headers.extend((!text.is_empty()).then_some(("content-type", "application/json")));
            if route.path == "/api/stream/events" {
                let mut stream = crate::support::Listener::open(stranger, path.strip_prefix(route.path).unwrap(), &headers).await;
                assert_eq!(stream.news().await, [json!({"type": "reset"})], "{path}");
                continue;
            }
            let answer = stranger.site.send(stranger.request(route.method.as_str(), &path, &headers, text)).await;
            assert!(!answer.text.contains(SECRET), "{} {path}: {}", route.method.as_str(), answer.text);
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn i5_a_stranger_learns_and_changes_nothing_on_any_route() {
    let site = Site::new().await;
    let (anna, ben) = (site.with_topics("anna", &["ops"]), site.with_topics("ben", &["other"]));
    let hers = fill(&site.admin(), &anna).await;
    let ticket = anna.done("POST", "/api/stream/ticket", &json!({})).await["ticket"].as_str().unwrap().to_owned();
    let (before, mut stream) = (state(&anna).await, ben.listen("").await);
    let mut her_stream = anna.listen("").await;
    try_all(&ben, &hers, &[Who::User, Who::Public, Who::Service, Who::Admin]).await;
    assert_eq!(state(&anna).await, before, "nothing of hers changed");
    assert_eq!(her_stream.news().await, Vec::<Value>::new());
    assert!(!stream.news().await.iter().any(|event| event.to_string().contains(SECRET)));
    assert_eq!(ben.page().await["notifications"], json!([]));
    let mut redeemed = ben.listen(&format!("?ticket={ticket}")).await;
    site.notify("anna", "Hush three").await;
    assert_eq!(redeemed.titles().await, Vec::<String>::new(), "his own token rules, not her ticket");
}

#[tokio::test(start_paused = true)]
async fn i5_another_tenants_admin_learns_and_changes_nothing_on_any_route() {
    let site = Site::of_tenants().await;
    let in_tenant = |user: &str, tenant: &str, admin: bool| {
        let topics = vec![inbox::id::Topic::parse("ops").unwrap()];
        let change = |token: &mut auth::sign::NewToken| {
            token.tenant = Some(inbox::id::Tenant::parse(tenant).unwrap());
            (token.admin, token.topics) = (admin, topics);
        };
        site.bearer(&site.token(user, change)).token.unwrap()
    };
    let tokens =
        [in_tenant("anna", "one", false), in_tenant("root", "one", true), in_tenant("anna", "two", false), in_tenant("root", "two", true)];
    let [anna, admin, namesake, stranger] = [0, 1, 2, 3].map(|index| site.bearer(&tokens[index]));
    let hers = fill(&admin, &anna).await;
    let before = state(&anna).await;
    let mut streams = [anna.listen("").await, namesake.listen("").await];
    try_all(&namesake, &hers, &[Who::User, Who::Public]).await;
    try_all(&stranger, &hers, &[Who::User, Who::Public, Who::Service, Who::Admin]).await;
    assert_eq!(state(&anna).await, before, "nothing of hers changed");
    assert_eq!(streams[0].news().await, Vec::<Value>::new());
    let told = streams[1].news().await;
    assert!(told.iter().any(|event| event["notification"]["title"] == "t"), "her namesake hears of her own tenant");
    assert!(!told.iter().any(|event| event.to_string().contains(SECRET)));
    site.user("anna").get("/api/notifications").await.problem(401);
    site.admin().send("POST", "/api/notifications", &json!({"userId": "anna", "title": "t"})).await.problem(401);
}

#[tokio::test(start_paused = true)]
async fn i5_a_topic_that_the_token_no_longer_names_is_a_reset_and_hidden() {
    let site = Site::new().await;
    let (with, without) = (site.with_topics("anna", &["ops"]), site.user("anna"));
    let cursor = with.cursor().await;
    site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": "For ops", "audience": "ops"})).await;
    let id = with.id("For ops").await;
    assert_eq!((with.counts().await.0, without.counts().await.0), (1, 0));
    assert_eq!(without.titles("").await, Vec::<String>::new());
    without.send("PATCH", "/api/notifications", &json!({"id": id})).await.problem(404);
    assert_eq!(without.poll(&cursor).await.json()["events"], json!([{"type": "reset"}]));
    assert_eq!(with.poll(&cursor).await.json()["events"][0]["notification"]["title"], "For ops");
    let fewer = without.cursor().await;
    assert_eq!(with.poll(&fewer).await.json()["events"], json!([{"type": "reset"}]), "more than before: fetch the lists");
}
