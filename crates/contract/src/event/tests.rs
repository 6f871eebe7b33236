use super::*;
use inbox::id::{NotificationId, Slot};
use inbox::limits;
use inbox::moment::Moment;
use inbox::notification::{self, Content, Severity};
use inbox::position::FeedTag;
use proptest::prelude::*;

fn shown(title: &str, user: Option<&str>) -> notification::Notification {
    notification::Notification {
        id: NotificationId { feed: FeedTag([7; 6]), slot: Slot { born: Seq(limits::SEQ_MAX), place: 255 } },
        user: user.map(|user| UserId::parse(user).unwrap()),
        content: Content {
            message: title.to_owned(),
            severity: Severity::Warning,
            data: Some("{\r\n \"n\":1e400}".into()),
            ..Content::titled(title)
        },
        audience: Audience::User,
        created: Moment::from_millis(1),
        expires: Moment::from_millis(2),
        archived: false,
        unread_since: None,
    }
}

fn user() -> impl Strategy<Value = UserId> {
    "[^\\p{Cc}]{1,20}".prop_map(|text| UserId::parse(&text).unwrap())
}

proptest! {
    /// Case 3 and 4: whatever the text, one line, and the parsed JSON says what went in.
    #[test]
    fn one_text_serves_every_reader(title in any::<String>(), reader in user()) {
        let event = event::Event::Broadcast(shown(&title, None));
        let encoded = encode(&event);
        prop_assert!(encoded.hole);
        let name = ReaderName::new(&reader);
        let mut out = Vec::new();
        encoded.write(&name, &mut out);
        prop_assert_eq!(out.len(), encoded.len(&name));
        prop_assert!(!out.contains(&b'\n') && !out.contains(&b'\r'));
        let raw = to_json(&event, &reader);
        prop_assert_eq!(raw.get().as_bytes(), &out[..]);
        let own = to_json(&event::Event::Broadcast(shown(&title, Some(reader.as_str()))), &UserId::parse("other").unwrap());
        prop_assert_eq!(own.get(), raw.get());
        let json = crate::json::parse(&out).unwrap();
        let crate::json::Json::Object(fields) = json else { panic!("an object") };
        let crate::json::Json::Object(inner) = &fields[1].1 else { panic!("an object") };
        let text = |name: &str| inner.iter().find(|(field, _)| field == name).map(|(_, value)| crate::fields::string(value.clone()).unwrap());
        prop_assert_eq!(text("title"), Some(title));
        prop_assert_eq!(text("userId"), Some(reader.as_str().to_owned()));
    }
}

#[test]
fn numbers_in_data_come_out_as_they_came_in() {
    let json = to_json(&event::Event::Notification(shown("t", None)), &UserId::parse("u").unwrap());
    assert!(json.get().contains("\"data\":{   \"n\":1e400}"), "{json}");
}

#[test]
fn a_watermark_names_feeds() {
    let places = vec![(Audience::User, Seq(43)), (Audience::Channel(inbox::id::Channel::Everyone), Seq(7))];
    let json = to_json(&event::Event::Watermark(event::Watermark::Read, places), &UserId::parse("u").unwrap());
    assert_eq!(json.get(), r#"{"type":"watermark","read":{"everyone":7,"user":43}}"#);
}
