use super::{Audience, Content, Notification, Severity, UnreadSince};
use crate::id::{Channel, NotificationId, Slot};
use crate::moment::Moment;
use crate::position::{FeedTag, Seq};

#[test]
fn words_stand_for_severities_both_ways() {
    for severity in Severity::ALL {
        assert_eq!(Severity::parse(severity.as_str()), Some(severity));
    }
    assert_eq!(Severity::ALL.map(Severity::as_str), ["info", "warning", "success", "error"]);
    for word in ["", "INFO", "warn", "error "] {
        assert_eq!(Severity::parse(word), None, "{word:?}");
    }
}

#[test]
fn audiences_have_the_names_that_clients_use() {
    assert_eq!(Audience::User.as_str(), "user");
    assert_eq!(Audience::Channel(Channel::Everyone).as_str(), "everyone");
    assert_eq!(Audience::Channel(Channel::parse("ops").unwrap()).as_str(), "ops");
}

/// Case 30: gone at its moment, although nothing was deleted.
#[test]
fn it_is_expired_from_its_moment_on() {
    let one = Notification {
        id: NotificationId { feed: FeedTag([1; 6]), slot: Slot { born: Seq(1), place: 0 } },
        user: None,
        content: Content { message: "m".into(), ..Content::titled("t") },
        audience: Audience::User,
        created: Moment::default(),
        expires: Moment::from_millis(1_000),
        archived: false,
        unread_since: Some(UnreadSince { feed: Audience::User, n: Seq(1) }),
    };
    for (millis, expired) in [(0, false), (999, false), (1_000, true), (1_001, true)] {
        assert_eq!(one.expired(Moment::from_millis(millis)), expired, "{millis}");
    }
    assert!(!one.read());
    assert!(Notification { unread_since: None, ..one }.read());
}
