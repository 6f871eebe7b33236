//! Text comes out byte for byte, over every transport; and no input makes a second event or field.

use contract::sns;
use serde_json::{Value, json};
use testkit::texts::{TEXTS, check, full};

use crate::support::{Answer, Caller, Listener, Site};

async fn poll_all(caller: &Caller<'_>, cursor: &str) -> Vec<Value> {
    caller.poll(cursor).await.json()["events"].as_array().unwrap().clone()
}

/// Cases 3 and 4; sent by POST and by a job.
#[tokio::test(start_paused = true)]
async fn i7_text_is_the_same_on_list_poll_and_stream() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let cursor = anna.cursor().await;
    let mut stream = anna.listen("").await;
    for text in TEXTS {
        let mut own = full(text);
        own["userId"] = json!("anna");
        site.admin().done("POST", "/api/notifications", &own).await;
        site.admin().done("POST", "/api/notifications/broadcast", &full(text)).await;
        own["type"] = json!("notification");
        site.deliver(&[own]).await;
    }
    let streamed = stream.news().await;
    let resumed = Listener::open(&anna, "", &[("last-event-id", &cursor)]).await.news().await;
    let polled = poll_all(&anna, &cursor).await;
    let listed = anna.get("/api/notifications?limit=100").await.json()["notifications"].as_array().unwrap().clone();
    for (way, items) in [("stream", &streamed), ("resumed", &resumed), ("poll", &polled), ("list", &listed)] {
        check(way, items, 3);
    }
    assert_eq!(anna.poll(stream.last_event_id()).await.status, 204, "no forged place");
    assert!(!stream.raw.contains(&b'\r') && !String::from_utf8_lossy(&stream.raw).contains("\nevent:"));
}

#[tokio::test(start_paused = true)]
async fn i7_names_of_users_categories_keys_and_tasks_are_texts_too() {
    let site = Site::new().await;
    let names = [
        "a\"b\\c",
        "ü ✓ 👨‍👩‍👧",
        "</script>",
        "\u{2028}\u{feff}\u{fffe}",
        "\u{202e}x",
        "data: y",
        "user",
        "everyone",
        "a~b.c#d/e?f",
        "\"userId\":\"\"",
    ];
    for name in names {
        let reader = site.bearer(&site.claims(name, |_| {})).clone();
        let mut stream = reader.listen("").await;
        let sent = json!({"userId": name, "title": "own", "category": name, "key": name});
        site.admin().done("POST", "/api/notifications", &sent).await;
        site.broadcast("for all").await;
        site.admin().done("POST", "/api/tasks", &json!({"userId": name, "taskId": name, "status": "failed", "error": name})).await;
        let news = stream.news().await;
        let of = |kind: &str| news.iter().find(|event| event["type"] == kind).unwrap_or_else(|| panic!("{name:?}: {news:?}"));
        let own = &of("notification")["notification"];
        assert_eq!((&own["userId"], &own["category"], &own["key"]), (&json!(name), &json!(name), &json!(name)));
        assert_eq!(of("broadcast")["notification"]["userId"], name);
        let task = of("task-completed");
        assert_eq!(
            (&task["userId"], &task["taskId"], &task["task"]["name"], &task["task"]["error"]),
            (&json!(name), &json!(name), &json!(name), &json!(name))
        );
        let listed = reader.page().await["notifications"].clone();
        assert!(listed.as_array().unwrap().iter().all(|one| one["userId"] == name));
        reader.done("PUT", "/api/preferences", &json!({"muted": [name]})).await;
        assert_eq!(reader.get("/api/preferences").await.json(), json!({"muted": [name]}));
    }
    for bad in ["", "a\nb", "a\u{0}", "\u{85}", &"x".repeat(129)] {
        site.bearer(&site.claims(bad, |_| {})).get("/api/unread").await.problem(401);
    }
}

async fn post(site: &Site, body: &str) -> Answer {
    let headers = [("content-type", "application/json")];
    site.send(site.admin().request("POST", "/api/notifications", &headers, body.to_owned())).await
}

/// Case 69: what is JSON of its author's own comes out letter for letter, but for white space between its parts.
#[tokio::test(start_paused = true)]
async fn i7_data_keeps_its_spelling() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let mut stream = anna.listen("").await;
    let cursor = anna.cursor().await;
    for (sent, kept) in [
        (r#"{"n":[1e300,-0,0.10,9223372036854775808,1E+2]}"#, r#"{"n":[1e300,-0,0.10,9223372036854775808,1E+2]}"#),
        (r#"{"s":"\u00e9\/\u2028\u0000\ud83d\ude00"}"#, r#"{"s":"\u00e9\/\u2028\u0000\ud83d\ude00"}"#),
        ("{ \"b\" : 1 ,\r\n\t\"a\" : [ ] }", r#"{"b":1,"a":[]}"#),
        (r#"{"type":"reset","userId":"","id":"0"}"#, r#"{"type":"reset","userId":"","id":"0"}"#),
        ("{}", "{}"),
    ] {
        assert_eq!(post(&site, &format!(r#"{{"userId":"anna","title":"t","data":{sent}}}"#)).await.status, 202, "{sent}");
        let kept = format!(r#""data":{kept}"#);
        stream.news().await;
        assert!(String::from_utf8_lossy(&stream.raw).contains(&kept), "{sent}");
        assert!(anna.get("/api/notifications").await.text.contains(&kept), "{sent}");
        assert!(anna.poll(&cursor).await.text.contains(&kept), "{sent}");
    }
    assert_eq!(stream.last_event_id(), anna.cursor().await);
}

/// Cases 66 and 69: the same whether a page or a job sends it.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_exactly_is_refused_by_name() {
    let site = Site::new().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let long_data = format!(r#"{{"a":"{}"}}"#, "x".repeat(4 * 1_024));
    for (fields, named) in [
        (format!(r#""title":"{}""#, "x".repeat(201)), "title"),
        (format!(r#""title":"t","message":"{}""#, "é".repeat(4_001)), "message"),
        (r#""title":"\ud800""#.to_owned(), "title"),
        (r#""title":"t","data":{"a":"\udc00x"}"#.to_owned(), "data.a"),
        (r#""title":"t","data":{"\ud800":1}"#.to_owned(), "data"),
        (r#""title":"""#.to_owned(), "title"),
        (r#""title":null"#.to_owned(), "title"),
        (r#""title":7"#.to_owned(), "title"),
        (r#""title":"a","title":"b""#.to_owned(), "title"),
        (r#""title":"a","t\u0069tle":"b""#.to_owned(), "title"),
        (r#""title":"t","userId":"ben""#.to_owned(), "userId"),
        (format!(r#""title":"t","data":{deep}"#), "data"),
        (format!(r#""title":"t","data":{long_data}"#), "data"),
        (r#""title":"t","data":[1]"#.to_owned(), "data"),
        (r#""title":"t","data":{"a":1,"a":2}"#.to_owned(), "data.a"),
        (r#""title":"t","actions":[{"label":"l","url":"/","url":"/x"}]"#.to_owned(), "actions[0].url"),
        (r#""title":"t","expiresAt":"2026-02-30T00:00:00Z""#.to_owned(), "expiresAt"),
    ] {
        let body = format!(r#"{{"userId":"anna",{fields}}}"#);
        let answer = post(&site, &body).await;
        answer.problem(400);
        assert!(answer.text.contains(named), "{body}: {}", answer.text);
        let message = format!(r#"{{"type":"notification","userId":"anna",{fields}}}"#);
        let poison = sns::parse(&message, "m1", site.now()).unwrap_err();
        assert!(poison.reason.contains(named), "{message}: {poison}");
    }
    for (body, named) in [
        (r#"{"type":"broadcast","type":"task-completed","title":"t"}"#, "type"),
        (r#"{"type":"notification","userId":"anna","title":"t"} x"#, "JSON"),
        ("\u{feff}{}", "JSON"),
        (r#"{"type":"reset"}"#, "type"),
    ] {
        let poison = sns::parse(body, "m1", site.now()).unwrap_err();
        assert!(poison.reason.contains(named), "{body}: {poison}");
    }
    let doubled = r#"{"id":"a","id":"b"}"#;
    for method in ["PATCH", "DELETE"] {
        let headers = [("content-type", "application/json")];
        let answer = site.send(site.user("anna").request(method, "/api/notifications", &headers, doubled)).await;
        answer.problem(400);
        assert!(answer.text.contains("id is given twice"), "{}", answer.text);
    }
    assert_eq!(site.user("anna").titles("").await, Vec::<String>::new());
    let mut not_utf8 = br#"{"userId":"anna","title":"x"}"#.to_vec();
    not_utf8[26] = 0xff;
    let headers = [("content-type", "application/json")];
    let answer = site.send(site.admin().request("POST", "/api/notifications", &headers, not_utf8)).await;
    assert_eq!(answer.problem(400), "malformed-json");
}

/// Case 68.
#[tokio::test(start_paused = true)]
async fn an_action_leads_to_a_page_or_a_letter() {
    let site = Site::new().await;
    let with = |url: &str| json!({"userId": "anna", "title": "t", "actions": [{"label": "Open", "url": url}]});
    for url in [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//other.host",
        "\\\\other",
        "/\\other",
        "/\t/other",
        "https:",
        "https:other",
        "https:///x",
        "ftp://a",
        "blob:https://a",
        "vbscript:x",
        "",
        "x",
        "#x",
        "\u{a0}/x",
        "https://a b",
    ] {
        let answer = site.admin().send("POST", "/api/notifications", &with(url)).await;
        assert_eq!(answer.problem(400), "invalid-field", "{url}");
        assert_eq!(answer.json()["errors"][0]["field"], "actions[0].url", "{url}");
        let mut message = with(url);
        message["type"] = json!("notification");
        assert!(sns::parse(&message.to_string(), "m1", site.now()).is_err(), "{url}");
    }
    for url in ["https://a.example/x?y=1#z", "HTTP://a", "mailto:a@b.example", "/", "/tasks/1?a=b:c#d"] {
        site.admin().done("POST", "/api/notifications", &with(url)).await;
        assert_eq!(site.user("anna").page().await["notifications"][0]["actions"][0]["url"], url);
    }
}
