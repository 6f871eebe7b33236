//! Fixed values for the goldens.

use contract::cursor;
use inbox::id::{Category, Channel, EventKey, NotificationId, Slot, TaskId, UserId};
use inbox::moment::Moment;
use inbox::notification::{Action, Audience, Content, Notification, Severity, UnreadSince};
use inbox::page::{ListKey, PageCursor};
use inbox::position::{FeedTag, Position, Segment, Seq};
use inbox::task::{Task, TaskReport, TaskStatus};

const OWN: FeedTag = FeedTag([0x10, 0x51, 0x87, 0x20, 0x92, 0x8b]);
const EVERYONE: FeedTag = FeedTag([0x30, 0xd3, 0x8f, 0x41, 0x14, 0x93]);

pub(crate) fn anna() -> UserId {
    UserId::parse("anna").unwrap()
}

/// 2026-11-25T04:37:33.120Z
pub(crate) fn created() -> Moment {
    Moment::from_millis(1_795_581_453_120)
}

fn expires() -> Moment {
    created().plus(inbox::limits::RETENTION)
}

pub(crate) fn content() -> Content {
    Content {
        title: "Build 7 failed".into(),
        message: "Two tests of the parser.\nSee the log.".into(),
        severity: Severity::Error,
        category: Some(Category::parse("builds").unwrap()),
        key: Some(EventKey::parse("build-7").unwrap()),
        actions: vec![Action { label: "Log".into(), url: "/builds/7/log".into() }],
        data: Some(r#"{"build":7,"tests":["cut","mark"]}"#.into()),
        expires: None,
    }
}

pub(crate) fn notification() -> Notification {
    Notification {
        id: NotificationId { feed: OWN, slot: Slot { born: Seq(43), place: 0 } },
        user: Some(anna()),
        content: content(),
        audience: Audience::User,
        created: created(),
        expires: expires(),
        archived: false,
        unread_since: Some(UnreadSince { feed: Audience::User, n: Seq(43) }),
    }
}

/// Read by its reader; everything that may be left out is.
pub(crate) fn broadcast() -> Notification {
    Notification {
        id: NotificationId { feed: EVERYONE, slot: Slot { born: Seq(7), place: 0 } },
        user: None,
        content: Content::titled("Maintenance at six"),
        audience: Audience::Channel(Channel::Everyone),
        created: created(),
        expires: expires(),
        archived: false,
        unread_since: None,
    }
}

pub(crate) fn running() -> Task {
    Task {
        id: TaskId::parse("t2").unwrap(),
        user: anna(),
        name: "Export".into(),
        status: TaskStatus::Running,
        progress: Some(40.0),
        result: None,
        error: None,
        created: created(),
        updated: Moment::from_millis(created().millis() + 1_500),
        at: created(),
        expires: expires(),
    }
}

pub(crate) fn completed() -> Task {
    Task {
        id: TaskId::parse("t1").unwrap(),
        name: "t1".into(),
        status: TaskStatus::Completed,
        progress: Some(100.0),
        result: Some(r#"{"rows":9223372036854775808}"#.into()),
        ..running()
    }
}

pub(crate) fn report(task: Task) -> TaskReport {
    let Task { id, name, status, progress, result, error, at, .. } = task;
    TaskReport { id, name: Some(name), status, progress, result, error, at }
}

pub(crate) fn position() -> Position {
    let hour = created().hours();
    Position(vec![Segment { feed: OWN, n: Seq(43), hour }, Segment { feed: EVERYONE, n: Seq(7), hour }])
}

pub(crate) fn page_cursor() -> PageCursor {
    let slot = Slot { born: Seq(43), place: 0 };
    let cursor = PageCursor {
        after: ListKey { created: created(), feed: OWN, slot },
        own: OWN,
        below: slot,
        head: Seq(43),
        filter: inbox::page::Filter::default().fingerprint(),
    };
    assert_eq!(cursor::parse_page(&cursor::page_text(&cursor)), Ok(cursor));
    cursor
}
