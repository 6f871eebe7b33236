//! Text comes out byte for byte, over every transport; and no input makes a second event or field.

use serde_json::{Value, json};

use crate::support::Site;

const TEXTS: [&str; 16] = [
    "ok\rdata: {\"type\":\"reset\"}",
    "a\n\nid: 0\n\n",
    "line\n",
    "\n",
    "a\n\n\nb",
    "a\r\nb\rc",
    "\u{2028}\u{2029}",
    "nul \u{0} inside",
    "\u{feff}mark",
    "family 👨‍👩‍👧‍👦 flag 🇩🇪",
    "\u{202e}right to left\u{202c}",
    "</script><script>alert(1)</script>",
    "event: x\ndata: y\n\nretry: 0",
    ": heartbeat",
    "\u{fffe}\u{ffff}",
    "\"userId\":\"\"",
];

#[tokio::test(start_paused = true)]
async fn i7_titles_and_messages_are_the_same_on_list_poll_and_stream() {
    let site = Site::new().await;
    let anna = site.user("anna");
    let cursor = anna.cursor().await;
    let mut stream = anna.listen("").await;
    for text in TEXTS {
        let sent = json!({"userId": "anna", "title": text, "message": text, "data": {"text": text}});
        site.admin().done("POST", "/api/notifications", &sent).await;
        site.admin().done("POST", "/api/notifications/broadcast", &json!({"title": text, "message": text})).await;
    }
    let mut streamed: Vec<Value> = stream.news().await;
    streamed.retain(|event| event["type"] != "inbox");
    assert_eq!(streamed.len(), 2 * TEXTS.len(), "as many events as were sent");
    let polled = anna.poll(&cursor).await.json();
    let polled: Vec<Value> = polled["events"].as_array().unwrap().iter().filter(|event| event["type"] != "inbox").cloned().collect();
    assert_eq!(polled.len(), 2 * TEXTS.len());
    let listed = anna.get("/api/notifications?limit=100").await.json();
    let mut listed = listed["notifications"].as_array().unwrap().clone();
    listed.reverse();
    for text in TEXTS {
        let has = |one: &&Value| one["title"] == text && one["message"] == text;
        assert_eq!(listed.iter().filter(has).count(), 2, "{text:?}");
        assert_eq!(streamed.iter().map(|event| &event["notification"]).filter(has).count(), 2, "{text:?}");
        assert_eq!(polled.iter().map(|event| &event["notification"]).filter(has).count(), 2, "{text:?}");
        let own = listed.iter().find(|one| has(one) && one["audience"] == "user").unwrap();
        assert_eq!((&own["data"]["text"], &own["userId"]), (&json!(text), &json!("anna")));
    }
    let last = anna.page().await["streamCursor"].clone();
    assert_eq!(anna.poll(stream.last_event_id()).await.status, 204, "no forged id: {last}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_exactly_is_refused_by_name() {
    let site = Site::new().await;
    let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
    let cases = [
        (format!(r#"{{"userId":"anna","title":"{}"}}"#, "x".repeat(201)), "title"),
        (format!(r#"{{"userId":"anna","title":"t","message":"{}"}}"#, "x".repeat(4001)), "message"),
        (r#"{"userId":"anna","title":"\ud800"}"#.to_owned(), ""),
        (r#"{"userId":"anna","title":""}"#.to_owned(), "title"),
        (r#"{"userId":"anna","userId":"ben","title":"t"}"#.to_owned(), "userId"),
        (format!(r#"{{"userId":"anna","title":"t","data":{deep}}}"#), ""),
        (r#"{"userId":"anna","title":"t","data":[1]}"#.to_owned(), "data"),
        (r#"{"userId":"anna","title":"t","data":{"a":1,"a":2}}"#.to_owned(), ""),
        (r#"{"userId":"anna","title":"t","type":"loud"}"#.to_owned(), "type"),
    ];
    for (body, field) in cases {
        let headers = [("content-type", "application/json")];
        let answer = site.send(site.admin().request("POST", "/api/notifications", &headers, body.clone())).await;
        answer.problem(400);
        assert!(answer.text.contains(field), "{body}: {}", answer.text);
    }
    for url in ["javascript:alert(1)", " JaVaScRiPt:x", "data:text/html,x", "//other.host", "\\\\other", "https:", "ftp://a"] {
        let sent = json!({"userId": "anna", "title": "t", "actions": [{"label": "Open", "url": url}]});
        let answer = site.admin().send("POST", "/api/notifications", &sent).await;
        answer.problem(400);
        assert!(answer.text.contains("actions[0].url"), "{url}: {}", answer.text);
    }
    let numbers = r#"{"userId":"anna","title":"t","data":{"big":9223372036854775808,"huge":1e400}}"#;
    let headers = [("content-type", "application/json")];
    let answer = site.send(site.admin().request("POST", "/api/notifications", &headers, numbers)).await;
    let kept = site.user("anna").get("/api/notifications").await.text;
    assert!(answer.status == 400 || (kept.contains("9223372036854775808") && kept.contains("1e400")), "{kept}");
}
