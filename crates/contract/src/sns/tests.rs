use super::*;
use inbox::id::{Category, TaskId};
use inbox::notification::{Action, Severity};
use proptest::option;
use proptest::prelude::*;

const SENT: Moment = Moment::from_seconds(1_000_000);

fn read(body: &str) -> Result<Publication, Poison> {
    parse(body, "queue-1", SENT)
}

fn reason(body: &str) -> String {
    read(body).unwrap_err().reason
}

#[test]
fn the_shortest_event_is_complete() {
    let event = read(r#"{"type":"task-completed","userId":"u1","taskId":"t1","status":"completed"}"#).unwrap();
    assert_eq!((event.id.as_str(), event.at, &event.tenant), ("queue-1", SENT, &None));
    let What::Task(user, report) = event.what else { panic!("a task") };
    assert_eq!((user.as_str(), report.id.as_str(), report.status, report.at), ("u1", "t1", TaskStatus::Completed, SENT));
}

#[test]
fn the_status_fits_the_type() {
    for (kind, good) in [("task-completed", &FINISHED[..]), ("task-progress", &RUNNING[..])] {
        for status in TaskStatus::ALL {
            let body = format!(r#"{{"type":"{kind}","userId":"u","taskId":"t","status":"{}"}}"#, status.as_str());
            assert_eq!(read(&body).is_ok(), good.contains(&status), "{body}");
        }
    }
}

#[test]
fn poison_names_its_fault() {
    for (body, named) in [
        ("not json", "is not valid JSON"),
        ("{}", "type is missing"),
        (r#"{"type":"greeting","x":1}"#, "type must be one of"),
        (r#"{"type":"broadcast","type":"task-completed"}"#, "type is given twice"),
        (r#"{"type":"broadcast","title":"t","userId":"u"}"#, "userId is not known here"),
        (r#"{"type":"notification","title":"t"}"#, "userId is missing"),
        (r#"{"type":"notification","userId":"u","title":"t","at":"1970-01-14T00:00:00Z"}"#, "at must not be more than 24 hours ahead"),
        (r#"{"type":"notification","userId":"u","title":"t","actions":[{"label":"a","url":"javascript:x"}]}"#, "actions[0].url must"),
        (r#"{"type":"notification","userId":"u","title":"t","id":""}"#, "id must not be empty"),
        (r#"{"type":"withdraw","userId":"u"}"#, "id or key is needed"),
        (r#"{"type":"withdraw","userId":"u","id":"a","key":"b"}"#, "id or key is needed"),
        (r#"{"type":"withdraw","id":"a"}"#, "userId or audience is needed"),
        (r#"{"type":"broadcast","title":"\ud800"}"#, "title holds half of a surrogate pair"),
    ] {
        assert!(reason(body).contains(named), "{body}: {}", reason(body));
    }
    let long = format!(r#"{{"type":"broadcast","title":"{}"}}"#, "x".repeat(201));
    assert!(reason(&long).contains("title must have at most 200 characters"));
    let event = r#"{"type":"broadcast","title":"t"}"#;
    let huge = event.to_owned() + &" ".repeat(limits::EVENT_BYTES + 1 - event.len());
    assert!(reason(&huge).contains("65537 bytes"));
    assert!(read(&huge[..limits::EVENT_BYTES]).is_ok());
}

/// Case 53.
#[test]
fn attributes_agree_with_the_body() {
    let event = read(r#"{"type":"task-completed","userId":"u1","taskId":"t1","status":"failed"}"#).unwrap();
    let one = |name, data_type, value| check_attributes([Attribute { name, data_type, value }], &event).is_ok();
    assert!(one("type", "String", Some("task-completed")));
    assert!(one("userId", "String", Some("u1")));
    assert!(one("other", "Binary", None));
    assert!(!one("type", "String", Some("broadcast")));
    assert!(!one("userId", "String", Some("u2")));
    assert!(!one("userId", "Number", Some("u1")));
    assert!(!one("type", "Binary", None));
    let broadcast = read(r#"{"type":"broadcast","title":"t"}"#).unwrap();
    assert!(check_attributes([Attribute { name: "userId", data_type: "String", value: Some("u") }], &broadcast).is_err());
    assert_eq!(attributes(&event), [("type", "task-completed"), ("userId", "u1")]);
    let odd = read(r#"{"type":"task-completed","userId":"u\uFFFE","taskId":"t1","status":"failed"}"#).unwrap();
    assert_eq!(attributes(&odd), [("type", "task-completed")], "SQS refuses that character in an attribute");
}

fn names() -> impl Strategy<Value = String> {
    "[^\\p{Cc}]{1,20}"
}

fn moments() -> impl Strategy<Value = Moment> {
    (0..SENT.millis()).prop_map(Moment::from_millis)
}

fn contents() -> impl Strategy<Value = Content> {
    let odd = "[a\u{fffe}\u{ffff}\u{2028}\r\n\"\\\\\u{0}😀]{1,30}";
    let data =
        option::of(odd.prop_map(|text| format!("{{\"a\":[1e400,{}]}}", crate::json::quote(&text).replace(['\u{fffe}', '\u{ffff}'], ""))));
    (odd, any::<String>(), option::of(names()), option::of(names()), data, option::of(moments()), any::<bool>()).prop_map(
        |(title, message, category, key, data, expires, action)| Content {
            title,
            message,
            severity: if action { Severity::Error } else { Severity::Info },
            category: category.map(|text| Category::parse(&text).unwrap()),
            key: key.map(|text| EventKey::parse(&text).unwrap()),
            actions: action.then(|| Action { label: "l".into(), url: "/x".into() }).into_iter().collect(),
            data,
            expires,
        },
    )
}

fn whats() -> impl Strategy<Value = What> {
    let user = || names().prop_map(|text| UserId::parse(&text).unwrap());
    let task = (names(), option::of(names()), 0_usize..5, option::of(0.0..=100.0), option::of(any::<String>()), moments()).prop_map(
        |(id, name, status, progress, error, at)| TaskReport {
            id: TaskId::parse(&id).unwrap(),
            name,
            status: TaskStatus::ALL[status],
            progress,
            result: Some("{\"n\":9223372036854775808}".into()),
            error,
            at,
        },
    );
    let withdrawal = (user(), names(), any::<bool>()).prop_map(|(user, name, key)| {
        if key {
            What::Withdraw(Addressee::User(user), Withdrawn::Key(EventKey::parse(&name).unwrap()))
        } else {
            What::Withdraw(Addressee::Channel(Channel::Everyone), Withdrawn::Id(EventId::parse(&name).unwrap()))
        }
    });
    prop_oneof![
        (user(), contents()).prop_map(|(user, content)| What::Notify(user, content)),
        contents().prop_map(|content| What::Broadcast(Channel::parse("ops").unwrap(), content)),
        (user(), task).prop_map(|(user, report)| What::Task(user, report)),
        withdrawal,
    ]
}

proptest! {
    #[test]
    fn what_is_published_is_read(what in whats(), at in moments(), tenant in option::of("[a-z]{1,9}")) {
        let at = if let What::Task(_, report) = &what { report.at } else { at };
        let tenant = tenant.map(|text| Tenant::parse(&text).unwrap());
        let event = Publication { tenant, id: EventId::parse("queue-1").unwrap(), at, what };
        let text = encode(&event);
        prop_assert!(text.len() <= limits::EVENT_BYTES);
        let refused_by_sqs = text.contains(['\u{fffe}', '\u{ffff}', '\n', '\r']);
        prop_assert!(!refused_by_sqs);
        prop_assert_eq!(read(&text), Ok(event));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text);
    }
}
