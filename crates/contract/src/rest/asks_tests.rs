use super::*;
use crate::json::quote;

const ID: &str = "AQEBAQEBAAAAAAEA";
const OTHER: &str = "AQEBAQEBAAAAAAIA";

fn named<T: std::fmt::Debug>(answer: Result<T, Problem>) -> Vec<String> {
    match answer {
        Err(Problem::InvalidField(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

fn ids(texts: &[&str]) -> Target {
    Target::Ids(texts.iter().map(|text| cursor::parse_id(text).unwrap()).collect())
}

fn mark(body: &str) -> Result<Ask, Problem> {
    parse_mark(body.as_bytes())
}

#[test]
fn marks_are_read() {
    let all = Target::All { up_to: None };
    let category = || Target::Category(Category::parse("c").unwrap());
    for (body, target, mark_) in [
        (format!(r#"{{"id":"{ID}"}}"#), ids(&[ID]), Mark::Read),
        (format!(r#"{{"id":"{ID}","read":true}}"#), ids(&[ID]), Mark::Read),
        (format!(r#"{{"id":"{ID}","read":false}}"#), ids(&[ID]), Mark::Unread),
        (format!(r#"{{"ids":["{ID}","{OTHER}","{ID}"],"archived":true}}"#), ids(&[ID, OTHER]), Mark::Archive),
        (r#"{"category":"c","archived":false}"#.into(), category(), Mark::Restore),
        (r#"{"category":"c"}"#.into(), category(), Mark::Read),
        (r#"{"all":true}"#.into(), all.clone(), Mark::Read),
        (r#"{"all":true,"seen":true}"#.into(), all, Mark::Seen),
    ] {
        assert_eq!(mark(&body), Ok(Ask { target, mark: mark_ }), "{body}");
    }
    let text = cursor::position_text(&Position(vec![cursor::parse_segment("AQEBAQEBAAAAACsHehA").unwrap()]));
    let body = format!(r#"{{"all":true,"upTo":"{text}"}}"#);
    assert!(matches!(mark(&body), Ok(Ask { target: Target::All { up_to: Some(_) }, mark: Mark::Read })));
    assert!(matches!(parse_delete(body.as_bytes()), Ok(Target::All { up_to: Some(_) })));
}

#[test]
fn what_does_not_go_together_is_named() {
    for (body, names) in [
        ("{}", &["id"][..]),
        (r#"{"id":"a","all":true}"#, &["all"]),
        (r#"{"all":false}"#, &["all"]),
        (r#"{"all":true,"read":false}"#, &["read"]),
        (r#"{"all":true,"archived":true}"#, &["archived"]),
        (r#"{"all":true,"seen":false}"#, &["seen"]),
        (r#"{"id":"a","seen":true}"#, &["seen"]),
        (r#"{"id":"a","upTo":"x"}"#, &["upTo"]),
        (r#"{"id":"a","read":true,"archived":true}"#, &["archived"]),
        (r#"{"id":"a","read":null}"#, &["read"]),
        (r#"{"id":7}"#, &["id"]),
        (r#"{"id":""}"#, &["id"]),
        (r#"{"ids":[]}"#, &["ids"]),
        (r#"{"ids":["a",7]}"#, &["ids[1]"]),
        (r#"{"id":"a","red":true}"#, &["red"]),
        (r#"{"category":""}"#, &["category"]),
        ("[]", &[""]),
        // Case 66.
        (r#"{"id":"a","id":"b"}"#, &["id"]),
    ] {
        assert_eq!(named(mark(body)), names, "{body}");
    }
    assert_eq!(named(parse_delete(br#"{"category":"c"}"#)), ["id", "category"]);
    let many = format!(r#"{{"ids":[{}]}}"#, vec![quote(ID); 101].join(","));
    assert_eq!(named(mark(&many)), ["ids"]);
}

#[test]
fn ids_and_positions_have_problems_of_their_own() {
    assert_eq!(mark(r#"{"id":"gone"}"#), Err(Problem::NotFound));
    assert_eq!(mark(&format!(r#"{{"ids":["{ID}","gone"]}}"#)), Err(Problem::NotFound));
    assert_eq!(mark(r#"{"all":true,"upTo":"garbled"}"#), Err(Problem::PositionUnusable));
    assert!(matches!(mark(""), Err(Problem::MalformedJson(_))));
    assert!(matches!(mark(r#"{"id":"#), Err(Problem::MalformedJson(_))));
}

#[test]
fn one_is_marked_with_or_without_a_body() {
    assert_eq!(parse_mark_one(b""), Ok(Mark::Read));
    assert_eq!(parse_mark_one(b"{}"), Ok(Mark::Read));
    assert_eq!(parse_mark_one(br#"{"archived":true}"#), Ok(Mark::Archive));
    assert_eq!(named(parse_mark_one(br#"{"id":"x"}"#)), ["id"]);
    assert_eq!(named(parse_mark_one(br#"{"seen":true}"#)), ["seen"]);
}

#[test]
fn a_notification_goes_to_one_or_many() {
    let now = Moment::from_seconds(1_000);
    let one = parse_notify(br#"{"userId":"u","title":"t"}"#, now).unwrap();
    assert_eq!((one.users.len(), one.at), (1, now));
    let many = parse_notify(br#"{"userIds":["u","v","u"],"title":"t","type":"error","at":"1970-01-01T00:00:01Z"}"#, now).unwrap();
    assert_eq!((many.users.len(), many.at), (2, Moment::from_seconds(1)));
    let id = EventId::parse("e").unwrap();
    assert_eq!(many.publications(None, &id).len(), 2);
    for (body, names) in [
        (r#"{"title":"t"}"#, &["userId"][..]),
        (r#"{"userId":"u","userIds":["v"],"title":"t"}"#, &["userId"]),
        (r#"{"userIds":[],"title":"t"}"#, &["userIds"]),
        (r#"{"userIds":["u",""],"title":"t"}"#, &["userIds[1]"]),
        (r#"{"userId":"u","title":"t","id":"mine"}"#, &["id"]),
        (r#"{"userId":"u","title":"t","at":"1970-01-03T00:00:00Z"}"#, &["at"]),
        (r#"{"userId":"u","title":"t","expiresAt":"1970-01-01T00:00:00Z"}"#, &["expiresAt"]),
        (r#"{"userId":7,"title":"t","expiresAt":"1969-12-31T23:59:59.999Z"}"#, &["userId", "expiresAt"]),
        (r#"{"userId":7}"#, &["userId", "title"]),
    ] {
        assert_eq!(named(parse_notify(body.as_bytes(), now)), names, "{body}");
    }
    let users = vec![quote("u"); 1_001].join(",");
    assert_eq!(named(parse_notify(format!(r#"{{"userIds":[{users}],"title":"t"}}"#).as_bytes(), now)), ["userIds"]);
}

#[test]
fn a_broadcast_goes_to_everyone_or_a_topic() {
    let channel = |body: &str| parse_broadcast(body.as_bytes(), Moment::default()).map(|ask| ask.channel.to_string());
    assert_eq!(channel(r#"{"title":"t"}"#), Ok("everyone".into()));
    assert_eq!(channel(r#"{"title":"t","audience":"ops"}"#), Ok("ops".into()));
    assert_eq!(named(channel(r#"{"title":"t","audience":"user"}"#)), ["audience"]);
    assert_eq!(named(channel(r#"{"title":"t","userId":"u"}"#)), ["userId"]);
    assert_eq!(channel(r#"{"title":"t","expiresAt":"1970-01-01T00:00:00.001Z"}"#), Ok("everyone".into()));
    assert_eq!(named(channel(r#"{"title":"t","expiresAt":"1970-01-01T00:00:00Z"}"#)), ["expiresAt"]);
}

#[test]
fn a_report_is_checked() {
    let task = |body: &str| parse_task(body.as_bytes(), Moment::default());
    let good = task(r#"{"userId":"u","taskId":"t","status":"running","progress":-0.0,"result":[1e400]}"#).unwrap();
    assert_eq!((good.report.progress.map(f64::to_bits), good.report.result.as_deref()), (Some(0), Some("[1e400]")));
    for progress in ["-1", "100.1", "1e400", "\"5\""] {
        assert_eq!(named(task(&format!(r#"{{"userId":"u","taskId":"t","status":"queued","progress":{progress}}}"#))), ["progress"]);
    }
    assert_eq!(named(task("{}")), ["userId", "taskId", "status"]);
}

#[test]
fn preferences_are_few() {
    let preferences = parse_preferences(br#"{"muted":["b","a","b"]}"#).unwrap();
    assert_eq!(preferences.muted.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(named(parse_preferences(b"{}")), ["muted"]);
    assert_eq!(named(parse_preferences(br#"{"muted":[""]}"#)), ["muted[0]"]);
    let many = format!(r#"{{"muted":[{}]}}"#, vec!["\"a\""; 51].join(","));
    assert_eq!(named(parse_preferences(many.as_bytes())), ["muted"]);
}
