//! One file a message, byte for byte: a change here is a change of the contract. `BELFRY_GOLDEN=accept` rewrites the files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::sample;
use contract::event::{ReaderName, encode, to_json};
use contract::fields::FieldError;
use contract::problem::Problem;
use contract::query::{After, Types};
use contract::socket::{self, ClientMessage};
use contract::{cursor, openapi, rest, sns, sse, wire};
use inbox::event::{Counts, Event, Watermark};
use inbox::id::Channel;
use inbox::notification::Audience;
use inbox::position::Seq;
use inbox::preferences::Preferences;
use inbox::publication::{Addressee, Publication, What, Withdrawn};
use serde::Serialize;

type Files = BTreeMap<String, String>;

#[test]
fn goldens_are_what_is_written() {
    let mut files = Files::new();
    events(&mut files);
    answers(&mut files);
    problems(&mut files);
    publications(&mut files);
    sockets(&mut files);
    files.insert("stream.sse".into(), stream());
    files.insert("openapi.json".into(), openapi::json());
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    if std::env::var_os("BELFRY_GOLDEN").is_some_and(|wish| wish == "accept") {
        for (name, text) in &files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &files {
        let kept = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(&kept, text, "{name} has changed: if it shall, run the test with BELFRY_GOLDEN=accept");
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(files.contains_key(&name), "nothing writes {name}");
    }
}

/// Lines of an object on lines of their own, for people; each event's own bytes are in `stream.sse`.
fn pretty(json: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}

fn all_events() -> Vec<Event> {
    let places = vec![(Audience::User, Seq(43)), (Audience::Channel(Channel::Everyone), Seq(7))];
    vec![
        Event::Broadcast(sample::broadcast()),
        Event::Notification(sample::notification()),
        Event::NotificationDeleted(sample::notification().id),
        Event::TaskProgress(sample::running()),
        Event::TaskCompleted(sample::completed()),
        Event::Watermark(Watermark::Read, places),
        Event::Watermark(Watermark::Deleted, vec![(Audience::User, Seq(43))]),
        Event::Inbox(Counts { unread: 2, unseen: 1 }),
        Event::Reset,
    ]
}

fn events(files: &mut Files) {
    for event in all_events() {
        let detail = match &event {
            Event::Watermark(Watermark::Read, _) => "-read",
            Event::Watermark(Watermark::Deleted, _) => "-deleted",
            Event::Broadcast(_)
            | Event::Notification(_)
            | Event::NotificationDeleted(_)
            | Event::TaskProgress(_)
            | Event::TaskCompleted(_)
            | Event::Inbox(_)
            | Event::Reset => "",
        };
        let json = to_json(&event, &sample::anna());
        files.insert(format!("event-{}{detail}.json", event.kind().as_str()), pretty(json.get()));
    }
}

fn stream() -> String {
    let mut out = Vec::new();
    let cursor = cursor::position_text(&sample::position());
    sse::opening(&mut out, Duration::from_millis(2_345), &cursor);
    let reader = ReaderName::new(&sample::anna());
    for event in all_events() {
        let commit = [encode(&event), encode(&Event::Inbox(Counts { unread: 2, unseen: 1 }))];
        sse::group(&mut out, &commit, &reader, &Types::ALL, &cursor);
    }
    sse::heartbeat(&mut out);
    String::from_utf8(out).unwrap()
}

fn text(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap()
}

fn answers(files: &mut Files) {
    let mut add = |name: &str, json: String| files.insert(format!("rest-{name}.json"), pretty(&json));
    let (counts, stream_cursor) = (Counts { unread: 2, unseen: 1 }, cursor::position_text(&sample::position()));
    let page = rest::NotificationsPage {
        notifications: [sample::notification(), sample::broadcast()]
            .iter()
            .map(|one| wire::Notification::of(one, &sample::anna()))
            .collect(),
        unread_count: 2,
        unseen_count: 1,
        page: Some(1),
        limit: 2,
        has_more: true,
        next_cursor: Some(cursor::page_text(&sample::page_cursor())),
        stream_cursor: stream_cursor.clone(),
    };
    add("notifications", text(&page));
    let task = |task| wire::Task::from(&task);
    let tasks = rest::TaskPage {
        tasks: vec![task(sample::completed()), task(sample::running())],
        page: Some(1),
        limit: 50,
        has_more: false,
        next_cursor: None,
        stream_cursor: stream_cursor.clone(),
    };
    add("tasks", text(&tasks));
    add("task", text(&task(sample::completed())));
    add("marked", text(&rest::Marked::new(Some(1), counts, false)));
    add("marked-all", text(&rest::Marked::new(None, Counts::default(), false)));
    add("marked-category", text(&rest::Marked::new(Some(1_000), counts, true)));
    add("deleted", text(&rest::Deleted::new(Some(1), counts)));
    add("accepted", text(&rest::Accepted { id: "01KAX4Y0ZZ0000000000000000".into(), accepted: Some(2) }));
    add("accepted-broadcast", text(&rest::Accepted { id: "01KAX4Y0ZZ0000000000000000".into(), accepted: None }));
    add("ticket", text(&rest::Ticket { ticket: "8Yp0Yc1m4V2nq3rT5sU6wA".into(), expires_in: 60 }));
    add("unread", text(&rest::Unread::from(counts)));
    let muted = ["marketing", "social"].map(|text| inbox::id::Category::parse(text).unwrap());
    add("preferences", text(&rest::Preferences::from(&Preferences { muted: muted.into_iter().collect() })));
    let events = [Event::TaskCompleted(sample::completed()), Event::Inbox(counts)];
    let events = events.iter().map(|event| to_json(event, &sample::anna())).collect();
    add("poll", text(&rest::Poll { events, cursor: stream_cursor, more: false }));
}

fn problems(files: &mut Files) {
    for problem in Problem::examples() {
        files.insert(format!("problem-{}.json", problem.name()), pretty(&problem.to_json()));
    }
    let two = Problem::InvalidField(vec![FieldError::new("title", "is missing"), FieldError::new("nope", "is not known here")]);
    files.insert("problem-two-fields.json".into(), pretty(&two.to_json()));
}

fn publications(files: &mut Files) {
    let published = |what| Publication {
        tenant: None,
        id: inbox::id::EventId::parse("01KAX4Y0ZZ0000000000000000").unwrap(),
        at: sample::created(),
        what,
    };
    let content = sample::content();
    let withdrawn = Withdrawn::Key(inbox::id::EventKey::parse("build-7").unwrap());
    for (name, what) in [
        ("notification", What::Notify(sample::anna(), content.clone())),
        ("broadcast", What::Broadcast(Channel::Everyone, content)),
        ("task-progress", What::Task(sample::anna(), sample::report(sample::running()))),
        ("task-completed", What::Task(sample::anna(), sample::report(sample::completed()))),
        ("withdraw", What::Withdraw(Addressee::User(sample::anna()), withdrawn)),
    ] {
        files.insert(format!("sns-{name}.json"), pretty(&sns::encode(&published(what))));
    }
}

fn sockets(files: &mut Files) {
    let mut add = |name: &str, json: &str| files.insert(format!("socket-{name}.json"), pretty(json));
    let (reader, position) = (ReaderName::new(&sample::anna()), sample::position());
    let cursor = cursor::position_text(&position);
    for (name, message, meant) in [
        ("ping", r#"{"action":"ping"}"#.to_owned(), ClientMessage::Ping),
        ("resume-now", r#"{"action":"resume"}"#.to_owned(), ClientMessage::Resume { after: After::Now }),
        (
            "resume",
            format!(r#"{{"action":"resume","after":"{cursor}"}}"#),
            ClientMessage::Resume { after: After::Position(position.clone()) },
        ),
    ] {
        assert_eq!(socket::parse(&message), Ok(meant));
        add(name, &message);
    }
    let mut said = |name: &str, message: Vec<u8>| add(name, &String::from_utf8(message).unwrap());
    let (own, everyone) = (position.0[0], position.0[1]);
    let events = [Event::Notification(sample::notification()), Event::Inbox(Counts { unread: 2, unseen: 1 })];
    let own_events = events.map(|event| encode(&event));
    said("push", socket::push("user", &own, &own_events, &reader));
    said("push-broadcast", socket::push("everyone", &everyone, &[encode(&Event::Broadcast(sample::broadcast()))], &reader));
    said("notice", socket::notice("user", own.n));
    let positions = vec![("user", own), ("everyone", everyone)];
    said("positions", socket::positions(&positions));
    let batch = socket::Batch { events: own_events.to_vec(), cursor: cursor.clone() };
    let answer =
        socket::Answer { before: cursor.clone(), batches: vec![batch], cursor: cursor.clone(), positions: positions.clone(), more: false };
    said("answer", answer.messages(&reader).remove(0));
    said("answer-part", cut(&cursor, positions, &reader));
    let unknown = socket::parse(r#"{"action":"subscribe"}"#).unwrap_err();
    said("error", socket::error(&unknown.into()));
}

/// The first part of an answer that does not fit one message, without its long texts.
fn cut(cursor: &str, positions: Vec<(&'static str, inbox::position::Segment)>, reader: &ReaderName) -> Vec<u8> {
    let long = inbox::task::Task { result: Some(format!("\"{}\"", "x".repeat(61_000))), ..sample::running() };
    let events = vec![
        encode(&Event::TaskProgress(sample::running())),
        encode(&Event::TaskProgress(long.clone())),
        encode(&Event::TaskProgress(long)),
    ];
    let batch = socket::Batch { events, cursor: cursor.to_owned() };
    let answer = socket::Answer { before: cursor.to_owned(), batches: vec![batch], cursor: cursor.to_owned(), positions, more: false };
    let mut messages = answer.messages(reader);
    assert_eq!(messages.len(), 2);
    let mut part: serde_json::Value = serde_json::from_slice(&messages.remove(0)).unwrap();
    part["events"].as_array_mut().unwrap().truncate(1);
    serde_json::to_vec(&part).unwrap()
}
