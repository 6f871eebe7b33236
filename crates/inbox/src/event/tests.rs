use super::{Counts, Event, EventKind, Watermark};
use crate::id::{NotificationId, Slot, TaskId, UserId};
use crate::moment::Moment;
use crate::position::{FeedTag, Seq};
use crate::task::{Task, TaskReport, TaskStatus};

fn task() -> Task {
    let id = TaskId::parse("t").unwrap();
    let at = Moment::default();
    let report = TaskReport { id, name: None, status: TaskStatus::Queued, progress: None, result: None, error: None, at };
    report.begin(UserId::parse("anna").unwrap(), at, at)
}

#[test]
fn words_stand_for_kinds_both_ways() {
    for kind in EventKind::ALL {
        assert_eq!(EventKind::parse(kind.as_str()), Some(kind));
    }
    for word in ["", "Broadcast", "task_completed", "inbox "] {
        assert_eq!(EventKind::parse(word), None, "{word:?}");
    }
}

#[test]
fn the_words_on_the_wire_stay() {
    let words = EventKind::ALL.map(EventKind::as_str);
    let wire = ["broadcast", "task-completed", "notification", "notification-deleted", "task-progress", "watermark", "inbox", "reset"];
    assert_eq!(words, wire);
}

#[test]
fn each_event_has_its_kind() {
    let slot = Slot { born: Seq(1), place: 0 };
    let id = NotificationId { feed: FeedTag([1; 6]), slot };
    for (event, kind) in [
        (Event::NotificationDeleted(id), EventKind::NotificationDeleted),
        (Event::TaskProgress(task()), EventKind::TaskProgress),
        (Event::TaskCompleted(task()), EventKind::TaskCompleted),
        (Event::Watermark(Watermark::Read, Vec::new()), EventKind::Watermark),
        (Event::Inbox(Counts::default()), EventKind::Inbox),
        (Event::Reset, EventKind::Reset),
    ] {
        assert_eq!(event.kind(), kind);
    }
}
