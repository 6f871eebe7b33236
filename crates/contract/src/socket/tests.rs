//! Messages of both directions.

use inbox::event::{Counts, Event};
use inbox::id::{Category, EventKey, NotificationId, Slot, TaskId, UserId};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::{Action, Audience, Content, Notification, Severity, UnreadSince};
use inbox::position::{FeedTag, Position, Segment, Seq};
use inbox::task::{Task, TaskStatus};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Answer, BadMessage, Batch, ClientMessage, error, notice, parse, positions, push};
use crate::cursor;
use crate::event::{EncodedEvent, ReaderName, encode};
use crate::problem::Problem;
use crate::query::After;

const OWN: FeedTag = FeedTag([1; 6]);

fn at(n: u64) -> Segment {
    Segment { feed: OWN, n: Seq(n), hour: 490_000 }
}

fn anna() -> ReaderName {
    ReaderName::new(&UserId::parse("anna").unwrap())
}

fn deleted(n: u64) -> EncodedEvent {
    encode(&Event::NotificationDeleted(NotificationId { feed: OWN, slot: Slot { born: Seq(n), place: 0 } }))
}

/// An event of roughly so many bytes; the largest that there may be have some 64 KiB.
fn sized(bytes: usize) -> EncodedEvent {
    encode(&Event::TaskProgress(Task {
        id: TaskId::parse("t1").unwrap(),
        user: UserId::parse("anna").unwrap(),
        name: "Export".into(),
        status: TaskStatus::Running,
        progress: None,
        result: Some(format!("\"{}\"", "x".repeat(bytes))),
        error: None,
        created: Moment::default(),
        updated: Moment::default(),
        at: Moment::default(),
        expires: Moment::default(),
    }))
}

fn value(message: &[u8]) -> Value {
    serde_json::from_slice(message).unwrap()
}

#[test]
fn a_client_resumes_and_pings() {
    assert_eq!(parse(r#"{"action":"ping"}"#), Ok(ClientMessage::Ping));
    let resume = |after| Ok(ClientMessage::Resume { after });
    let position = Position(vec![at(43)]);
    let with = |after: &str| parse(&format!(r#"{{"action":"resume","after":{after}}}"#));
    assert_eq!(parse(r#" { "action" : "resume" } "#), resume(After::Now));
    assert_eq!(with("null"), resume(After::Now));
    assert_eq!(with(&format!("{:?}", cursor::position_text(&position))), resume(After::Position(position)));
    for odd in [r#""""#, r#""now""#, r#""1.""#, r#""日本""#, r#""1.AAAA~""#, &format!("\"{}\"", "1".repeat(600))] {
        assert_eq!(with(odd), resume(After::Unreadable), "{odd}: never an error, and never now");
    }
}

#[track_caller]
fn refused(text: &str, status: u16, detail: &str) {
    let problem = Problem::from(parse(text).unwrap_err()).document();
    assert_eq!((problem.status, problem.detail.as_deref()), (status, Some(detail)), "{text}");
}

#[test]
fn everything_else_is_refused_by_name() {
    refused("", 400, "the text is not valid JSON (at byte 0)");
    refused("hello", 400, "the text is not valid JSON (at byte 0)");
    refused(r#"{"action":"ping"} {"action":"ping"}"#, 400, "the text is not valid JSON (at byte 18)");
    refused("[]", 400, "the body must be an object");
    refused("{}", 400, "action is missing");
    refused(r#"{"action":"dance","with":"anna"}"#, 400, "action must be one of resume, ping");
    refused(r#"{"action":"Ping"}"#, 400, "action must be one of resume, ping");
    refused(r#"{"action":7}"#, 400, "action must be a string");
    refused(r#"{"action":"ping","action":"resume"}"#, 400, "action is given twice");
    refused(r#"{"action":"resume","after":"a","after":"b"}"#, 400, "after is given twice");
    refused(r#"{"action":"resume","after":7}"#, 400, "after must be a string");
    refused(r#"{"action":"resume","since":"a"}"#, 400, "since is not known here");
    refused(r#"{"action":"ping","after":"a"}"#, 400, "after is not known here");
    refused(r#"{"action":"\ud800"}"#, 400, "action holds half of a surrogate pair");
    refused(&"[".repeat(100), 400, &format!("{} is nested too deep", "[0]".repeat(36)));
}

/// Case 47: what is over a frame's limit is not even read.
#[test]
fn a_message_over_the_limit_is_refused_unread() {
    let padded = |length: usize| format!(r#"{{"action":"ping"}}{}"#, " ".repeat(length - 17));
    assert_eq!(parse(&padded(limits::SOCKET_FRAME_BYTES)), Ok(ClientMessage::Ping));
    assert_eq!(parse(&padded(limits::SOCKET_FRAME_BYTES + 1)), Err(BadMessage::TooLarge));
    assert_eq!(Problem::from(BadMessage::TooLarge).document().detail.as_deref(), Some("at most 32768 bytes"));
    assert_eq!(Problem::from(BadMessage::Binary).document().detail.as_deref(), Some("the message is not text"));
}

#[test]
fn a_push_is_one_commit_of_one_feed() {
    let events = [deleted(7), encode(&Event::Inbox(Counts { unread: 2, unseen: 1 }))];
    let pushed = String::from_utf8(push("user", &at(43), &events, &anna())).unwrap();
    let expected = r#"{"feed":"user","n":43,"at":"AQEBAQEBAAAAACsHehA","events":[{"type":"notification-deleted","id":"AQEBAQEBAAAAAAcA"},"#;
    assert_eq!(pushed, format!(r#"{expected}{{"type":"inbox","unreadCount":2,"unseenCount":1}}]}}"#));
    assert_eq!(value(&push("ops", &at(1), &[], &anna()))["events"], json!([]), "a commit of which nothing is shown");
}

/// Case 47: what no socket takes is never tried; the reader learns that there is something, and resumes.
#[test]
fn a_push_that_no_socket_takes_is_a_notice() {
    let fits = push("user", &at(43), &[sized(100_000)], &anna());
    assert!(fits.len() > 100_000 && fits.len() <= limits::SOCKET_MESSAGE_BYTES);
    let events: Vec<EncodedEvent> = (0..3).map(|_| sized(50_000)).collect();
    let pushed = push("user", &at(43), &events, &anna());
    assert_eq!(pushed, notice("user", Seq(43)));
    assert_eq!(pushed, br#"{"feed":"user","n":43}"#);
}

#[test]
fn the_limit_of_a_push_is_exact() {
    let length = |bytes: usize| push("user", &at(43), &[sized(bytes)], &anna()).len();
    let overhead = length(1_000) - 1_000;
    let most = limits::SOCKET_MESSAGE_BYTES - overhead;
    assert!(length(most - 1) < limits::SOCKET_MESSAGE_BYTES);
    assert_eq!(length(most + 1), notice("user", Seq(43)).len());
}

#[test]
fn positions_tell_where_each_feed_stands() {
    let told = positions(&[("user", at(43)), ("everyone", at(7))]);
    let expected = r#"{"positions":{"user":{"n":43,"at":"AQEBAQEBAAAAACsHehA"},"everyone":{"n":7,"at":"AQEBAQEBAAAAAAcHehA"}}}"#;
    assert_eq!(String::from_utf8(told).unwrap(), expected);
    assert_eq!(value(&error(&Problem::Internal))["error"]["status"], 500);
}

fn batch(n: u64, sizes: &[usize]) -> Batch {
    let events = sizes.iter().map(|bytes| sized(*bytes)).chain([deleted(n)]).collect();
    Batch { events, cursor: format!("1.{n}") }
}

fn answer(batches: Vec<Batch>, more: bool) -> Answer<'static> {
    let cursor = batches.last().map_or("1.0", |batch| &batch.cursor).to_owned();
    Answer { before: "1.0".into(), batches, cursor, positions: vec![("user", at(43)), ("everyone", at(7))], more }
}

#[test]
fn an_answer_of_nothing_is_one_message() {
    let messages = answer(Vec::new(), false).messages(&anna());
    let [only] = &*messages else { panic!("{} messages", messages.len()) };
    assert!(only.starts_with(br#"{"events":[],"cursor":"1.0","more":false,"positions":{"user":{"n":43,"#));
}

/// A small commit, one that no message holds, and a small one: the cursor never stands within the large one.
#[test]
fn a_commit_that_fits_no_message_is_cut_and_the_cursor_waits_for_its_end() {
    let batches = vec![batch(1, &[]), batch(2, &[60_000, 60_000, 60_000, 60_000, 60_000]), batch(3, &[])];
    let messages: Vec<Value> = answer(batches, false).messages(&anna()).iter().map(|message| value(message)).collect();
    let told: Vec<_> = messages.iter().map(|part| (part["events"].as_array().unwrap().len(), part["cursor"].as_str().unwrap())).collect();
    assert_eq!(told, [(1, "1.1"), (2, "1.1"), (2, "1.1"), (3, "1.3")]);
    assert!(messages[..3].iter().all(|part| part["more"] == true && part.get("positions").is_none()));
    assert_eq!((&messages[3]["more"], &messages[3]["positions"]["user"]["n"]), (&json!(false), &json!(43)));
}

#[test]
fn the_last_part_tells_whether_there_is_more() {
    let messages = answer(vec![batch(1, &[70_000]), batch(2, &[70_000])], true).messages(&anna());
    assert_eq!(messages.len(), 2);
    assert_eq!((&value(&messages[0])["cursor"], value(&messages[0]).get("positions")), (&json!("1.1"), None));
    assert_eq!((&value(&messages[1])["more"], value(&messages[1]).get("positions").is_some()), (&json!(true), true));
}

/// What was muted is left out, so the position behind all of it is further than that of the last batch.
#[test]
fn the_last_cursor_is_that_of_the_positions() {
    let messages = Answer { cursor: "1.9".into(), ..answer(vec![batch(1, &[])], false) }.messages(&anna());
    assert_eq!(value(&messages[0])["cursor"], "1.9");
}

/// Case 12: a client that was away for a day.
#[test]
fn five_thousand_changes_are_some_messages_under_the_limit() {
    let batches: Vec<Batch> = (1..=5_000).map(|n| batch(n, &[400])).collect();
    let messages = answer(batches, false).messages(&anna());
    assert!((20..60).contains(&messages.len()), "{} messages", messages.len());
    assert!(messages.iter().all(|message| message.len() <= limits::SOCKET_MESSAGE_BYTES));
    let events: usize = messages.iter().map(|message| value(message)["events"].as_array().unwrap().len()).sum();
    assert_eq!(events, 10_000);
    assert!(messages.iter().all(|message| message.len() > limits::SOCKET_MESSAGE_BYTES / 2 || message.ends_with(b"}}}")));
}

/// Every field at its limit, and made of what JSON has to escape: still some events fit one message.
#[test]
fn no_event_is_larger_than_half_a_message() {
    let odd = |characters: usize| "\u{1}".repeat(characters);
    let (user, name) = (UserId::parse(&"\\".repeat(limits::ID_BYTES)).unwrap(), "\\".repeat(limits::ID_BYTES));
    let task = Task {
        id: TaskId::parse(&name).unwrap(),
        user: user.clone(),
        name: odd(limits::TASK_NAME_CHARS),
        status: TaskStatus::Failed,
        progress: Some(12.345_678_9),
        result: Some(format!("\"{}\"", "x".repeat(limits::TASK_RESULT_BYTES - 2))),
        error: Some(odd(limits::TASK_ERROR_CHARS)),
        created: Moment::default(),
        updated: Moment::default(),
        at: Moment::default(),
        expires: Moment::default(),
    };
    let action = Action { label: odd(limits::ACTION_LABEL_CHARS), url: "\\".repeat(limits::ACTION_URL_BYTES) };
    let content = Content {
        title: odd(limits::TITLE_CHARS),
        message: odd(limits::MESSAGE_CHARS),
        severity: Severity::Warning,
        category: Some(Category::parse(&name).unwrap()),
        key: Some(EventKey::parse(&name).unwrap()),
        actions: vec![action; limits::ACTIONS],
        data: Some(format!("{{\"a\":\"{}\"}}", "x".repeat(limits::DATA_BYTES - 8))),
        expires: None,
    };
    let notification = Notification {
        id: NotificationId { feed: OWN, slot: Slot { born: Seq(1), place: 0 } },
        user: None,
        content,
        audience: Audience::User,
        created: Moment::default(),
        expires: Moment::default(),
        archived: false,
        unread_since: Some(UnreadSince { feed: Audience::User, n: Seq(1) }),
    };
    for event in [Event::TaskCompleted(task), Event::Notification(notification)] {
        let length = encode(&event).len(&ReaderName::new(&user));
        assert!((32 * 1_024..limits::SOCKET_MESSAGE_BYTES / 2).contains(&length), "{length} bytes");
    }
}

/// The largest names and the most feeds that there may be stand beside the largest events.
#[test]
fn the_longest_cursor_and_the_most_feeds_fit_too() {
    let names: Vec<String> = (0..limits::TOPICS).map(|number| format!("{number:064}")).collect();
    let batches = vec![batch(1, &[64 * 1_024]), batch(2, &[64 * 1_024])];
    let cursor = "x".repeat(cursor::CURSOR_BYTES - 1);
    let positions = names.iter().map(|name| (name.as_str(), at(limits::SEQ_MAX))).collect();
    let messages = Answer { before: cursor.clone(), batches, cursor, positions, more: true }.messages(&anna());
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|message| message.len() <= limits::SOCKET_MESSAGE_BYTES));
}

fn batches() -> impl Strategy<Value = Vec<Batch>> {
    let size = prop_oneof![8 => 0..1_000_usize, 2 => 0..64 * 1_024_usize, 1 => Just(64 * 1_024)];
    let sizes = proptest::collection::vec(size, 0..limits::EVENTS_PER_COMMIT);
    let all = proptest::collection::vec(sizes, 0..12);
    all.prop_map(|all| all.iter().zip(1..).map(|(sizes, n)| batch(n, sizes)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Put together, the parts are the answer; each is under the limit; a cursor covers only what was sent before or with it.
    #[test]
    fn parts_are_the_answer(batches in batches(), more: bool) {
        let reader = anna();
        let asked = answer(batches.clone(), more);
        let messages = asked.messages(&reader);
        let mut sent = Vec::new();
        for (index, message) in messages.iter().enumerate() {
            prop_assert!(message.len() <= limits::SOCKET_MESSAGE_BYTES, "{} bytes", message.len());
            let part = value(message);
            let events = part["events"].as_array().unwrap();
            sent.extend(events.iter().map(Value::to_string));
            let last = index + 1 == messages.len();
            prop_assert_eq!(part.get("positions").is_some(), last);
            prop_assert_eq!(part["more"].as_bool(), Some(!last || more));
            prop_assert!(last || !events.is_empty());
            let covered: usize = part["cursor"].as_str().unwrap()[2..].parse().unwrap();
            let whole: usize = batches[..covered].iter().map(|batch| batch.events.len()).sum();
            let beyond = batches.get(covered).map_or(0, |batch| batch.events.len());
            prop_assert!(whole <= sent.len() && sent.len() < whole + beyond.max(1), "{covered} of {}: {}", batches.len(), sent.len());
        }
        let all = batches.iter().flat_map(|batch| &batch.events).map(|event| event.to_raw(&reader).get().to_owned());
        let all: Vec<String> = all.map(|text| serde_json::from_str::<Value>(&text).unwrap().to_string()).collect();
        prop_assert_eq!(sent, all);
    }

    #[test]
    fn a_push_is_under_the_limit_whatever_is_in_it(batches in batches()) {
        for batch in &batches {
            let pushed = push("user", &at(43), &batch.events, &anna());
            prop_assert!(pushed.len() <= limits::SOCKET_MESSAGE_BYTES);
            let told = value(&pushed);
            prop_assert_eq!(&told["n"], 43);
            if let Some(events) = told.get("events") {
                prop_assert_eq!(events.as_array().unwrap().len(), batch.events.len());
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn nothing_like_a_message_panics(text in r#"[{}\[\]":, \\acteionrsumpfgu0-9]{0,80}"#) {
        let _ = parse(&text);
    }

    #[test]
    fn any_after_is_a_place_or_unreadable(after in "\\PC{0,80}") {
        let text = json!({"action": "resume", "after": after}).to_string();
        let parsed = parse(&text);
        let readable = cursor::parse_position(&after).map_or(After::Unreadable, After::Position);
        prop_assert_eq!(parsed, Ok(ClientMessage::Resume { after: readable }));
    }

    #[test]
    fn a_doubled_field_is_refused(first in "resume|ping", second in "resume|ping", name in "action|after|[a-z]{1,6}") {
        let text = format!(r#"{{"{name}":"{first}","action":"ping","{name}":"{second}"}}"#);
        prop_assert!(parse(&text).is_err());
    }
}
