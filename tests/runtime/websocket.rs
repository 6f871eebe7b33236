//! `websocket` as API Gateway tells it of sockets; each single event of `events/` is told in `events.rs`.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::cloud::Post;
use testkit::lambda::Function;
use testkit::notify;

use crate::support::{Site, changed, event};

async fn tell(function: &Function, event: &[u8]) -> Value {
    function.invoke(event).returned().await.unwrap_or_else(|failure| panic!("{failure:?}\n{}", function.log()))
}

fn saying(message: &Value) -> Vec<u8> {
    changed("socket-ping.json", |event| event["body"] = json!(message.to_string()))
}

/// What was posted since the last look, as JSON; a close is null.
pub(crate) fn posted(site: &Site) -> Vec<Value> {
    let json = |post: Post| post.message.map_or(Value::Null, |message| serde_json::from_slice(&message).unwrap());
    site.cloud.posts().into_iter().map(json).collect()
}

async fn connected(site: &Site) -> Function {
    let function = site.launch("websocket").start().await;
    let answer = tell(&function, event("socket-connect-bearer.json").as_bytes()).await;
    assert_eq!(answer["statusCode"], 200, "{}", function.log());
    function
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_resumes_and_pings() {
    let site = Site::open().await;
    let function = connected(&site).await;
    tell(&function, &saying(&json!({"action": "resume"}))).await;
    let now = posted(&site).pop().expect("an answer");
    assert_eq!((&now["events"], &now["more"]), (&json!([]), &json!(false)), "{now}");

    site.notify("one").await;
    site.broadcast("two").await;
    let mut positions = Value::Null;
    // A process knows of a channel what it was a second ago.
    let mut pings = tokio::time::interval(Duration::from_millis(300));
    for _ in 0..10 {
        pings.tick().await;
        tell(&function, event("socket-ping.json").as_bytes()).await;
        let told = posted(&site).pop().expect("an answer");
        assert_eq!(told["positions"]["user"]["n"], 1, "{told}");
        positions = told["positions"].clone();
        if positions["everyone"]["n"] == 1 {
            break;
        }
    }
    assert_eq!(positions["everyone"]["n"], 1, "{positions}");

    tell(&function, &saying(&json!({"action": "resume", "after": now["cursor"]}))).await;
    let parts = posted(&site);
    let events: Vec<&Value> = parts.iter().flat_map(|part| part["events"].as_array().unwrap()).collect();
    let mut titles: Vec<&str> = events.iter().filter_map(|event| event["notification"]["title"].as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["one", "two"], "{parts:?}");
    assert!(parts.last().unwrap()["positions"].is_object(), "{parts:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_cannot_be_read_is_a_reset() {
    let site = Site::open().await;
    let function = connected(&site).await;
    tell(&function, &saying(&json!({"action": "resume", "after": "café"}))).await;
    let answer = posted(&site).pop().expect("an answer");
    assert_eq!(answer["events"][0]["type"], "reset", "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_five_thousand_changes_fits_the_gateway() {
    let site = Site::open().await;
    let function = connected(&site).await;
    tell(&function, &saying(&json!({"action": "resume"}))).await;
    let start = posted(&site).pop().expect("an answer")["cursor"].clone();
    let text = "x".repeat(200);
    for batch in 0..50 {
        site.deliver((0..100).map(|number| notify("anna", &(batch * 100 + number).to_string()).message(&text))).await;
    }
    let (mut cursor, mut titles, mut reset) = (start, Vec::new(), false);
    for _ in 0..200 {
        tell(&function, &saying(&json!({"action": "resume", "after": cursor}))).await;
        let posts = site.cloud.posts();
        assert!(!posts.is_empty(), "{}", function.log());
        let longest = posts.iter().filter_map(|post| post.message.as_ref().map(bytes::Bytes::len)).max();
        assert!(longest < Some(128 * 1_024), "{longest:?}");
        let parts: Vec<Value> = posts.iter().map(|post| serde_json::from_slice(post.message.as_ref().unwrap()).unwrap()).collect();
        let events = parts.iter().flat_map(|part| part["events"].as_array().unwrap());
        for event in events {
            reset |= event["type"] == "reset";
            titles.extend(event["notification"]["title"].as_str().map(str::to_owned));
        }
        let last = parts.last().unwrap();
        cursor = last["cursor"].clone();
        if reset || last["more"] == false {
            break;
        }
    }
    let all: Vec<String> = (0..5_000).map(|number| number.to_string()).collect();
    assert!(reset || titles == all, "{} titles", titles.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_gets_an_error_and_repeated_a_close() {
    let site = Site::open().await;
    let function = connected(&site).await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        tell(&function, event("socket-unknown-action.json").as_bytes()).await;
        answers.extend(posted(&site));
        if answers.last().is_some_and(Value::is_null) {
            break;
        }
    }
    assert!(answers.len() > 1 && answers.last().unwrap().is_null(), "{answers:?}");
    let errors = &answers[..answers.len() - 1];
    assert!(errors.iter().all(|answer| answer["error"]["status"] == 400), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_gone_is_pushed_nothing() {
    let site = Site::open().await;
    let function = connected(&site).await;
    tell(&function, event("socket-disconnect.json").as_bytes()).await;
    let deliver = site.launch("deliver").start().await;
    tell(&deliver, event("deliver-batch.json").as_bytes()).await;
    assert_eq!(posted(&site), Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_good_once() {
    let site = Site::open().await;
    let api = site.launch("api").start().await;
    let answer = tell(&api, event("api-ticket.json").as_bytes()).await;
    let ticket = crate::support::body_of(&answer)["ticket"].as_str().unwrap().to_owned();
    let function = site.launch("websocket").start().await;
    let connect = event("socket-connect-ticket.json").replace("TICKET", &ticket);
    assert_eq!(tell(&function, connect.as_bytes()).await["statusCode"], 200, "{}", function.log());
    assert_eq!(tell(&function, connect.as_bytes()).await["statusCode"], 401);
    let log = function.log() + &api.log();
    assert!(!log.contains(&ticket), "{log}");
}
