use proptest::prelude::*;

use super::TaskStatus::{self, Cancelled, Completed, Failed, Queued, Running};
use super::{Task, TaskReport};
use crate::id::{TaskId, UserId};
use crate::moment::Moment;

const FIRST: Moment = Moment::from_millis(1_000);
const NOW: Moment = Moment::from_millis(9_000);
const EXPIRES: Moment = Moment::from_millis(99_000);

fn report(status: TaskStatus, at: i64, progress: Option<f64>) -> TaskReport {
    let id = TaskId::parse("import-7").unwrap();
    TaskReport { id, name: None, status, progress, result: None, error: None, at: Moment::from_millis(at) }
}

fn begun(report: TaskReport) -> Task {
    report.begin(UserId::parse("anna").unwrap(), FIRST, FIRST)
}

#[test]
fn words_stand_for_states_both_ways() {
    for status in TaskStatus::ALL {
        assert_eq!(TaskStatus::parse(status.as_str()), Some(status));
    }
    assert_eq!(TaskStatus::ALL.map(TaskStatus::as_str), ["queued", "running", "completed", "failed", "cancelled"]);
    for word in ["", "canceled", "Running"] {
        assert_eq!(TaskStatus::parse(word), None, "{word:?}");
    }
}

/// Which state may follow which, all else being equal. Cases 55 and 56: nothing follows an end.
#[test]
fn which_may_follow_which() {
    for before in TaskStatus::ALL {
        for after in TaskStatus::ALL {
            let may = match before {
                Queued => after != Queued,
                Running => after.finished(),
                Completed | Failed | Cancelled => false,
            };
            let ahead = report(after, 5, None).ahead_of(before, Moment::from_millis(5), None);
            assert_eq!(ahead, may, "{before:?} then {after:?}");
        }
    }
}

#[test]
fn an_end_stays_however_late_the_author_says_it_is() {
    for end in [Completed, Failed, Cancelled] {
        for after in TaskStatus::ALL {
            assert!(!report(after, i64::MAX, Some(100.0)).ahead_of(end, Moment::from_millis(0), None), "{end:?} then {after:?}");
        }
    }
}

#[test]
fn within_a_state_time_counts_and_then_progress() {
    for (at, progress, held, ahead) in [
        (6, Some(10.0), Some(40.0), true),
        (6, None, Some(40.0), true),
        (4, Some(90.0), Some(40.0), false),
        (5, Some(40.0), Some(40.0), false),
        (5, Some(40.5), Some(40.0), true),
        (5, Some(39.0), Some(40.0), false),
        (5, Some(0.0), None, true),
        (5, None, Some(0.0), false),
        (5, None, None, false),
    ] {
        assert_eq!(report(Running, at, progress).ahead_of(Running, Moment::from_millis(5), held), ahead, "{at} {progress:?} on {held:?}");
    }
}

#[test]
fn a_later_state_counts_whatever_its_time() {
    let task = begun(report(Queued, 50, None));
    let task = task.follow(report(Running, 40, Some(1.0)), NOW, EXPIRES).unwrap();
    let task = task.follow(report(Completed, 30, None), NOW, EXPIRES).unwrap();
    assert_eq!((task.status, task.at), (Completed, Moment::from_millis(30)));
}

/// Case 55.
#[test]
fn completed_then_a_late_running_stays_completed() {
    let task = begun(report(Completed, 50, Some(100.0)));
    assert_eq!(task.follow(report(Running, 60, Some(40.0)), NOW, EXPIRES), None);
}

/// Case 56.
#[test]
fn the_first_end_stays() {
    let task = begun(report(Completed, 50, None));
    for late in [report(Failed, 60, None), report(Completed, 50, None), report(Completed, 70, Some(100.0))] {
        assert_eq!(task.follow(late, NOW, EXPIRES), None);
    }
}

#[test]
fn its_id_names_it_where_nobody_said() {
    assert_eq!(begun(report(Queued, 1, None)).name, "import-7");
    let task = begun(TaskReport { name: Some("Import".into()), ..report(Queued, 1, None) });
    assert_eq!((task.name.as_str(), task.created, task.updated, task.at), ("Import", FIRST, FIRST, Moment::from_millis(1)));
}

#[test]
fn what_a_report_leaves_out_stays() {
    let full = TaskReport {
        name: Some("Import".into()),
        result: Some("{}".into()),
        error: Some("one row".into()),
        ..report(Running, 1, Some(40.0))
    };
    let task = begun(full.clone());
    let same = Task { status: Failed, at: Moment::from_millis(2), updated: NOW, expires: EXPIRES, ..task.clone() };
    assert_eq!(task.follow(report(Failed, 2, None), NOW, EXPIRES), Some(same.clone()));

    let replaced =
        TaskReport { name: Some("B".into()), result: Some("1".into()), error: Some("two".into()), ..report(Failed, 2, Some(41.0)) };
    let other = Task { name: "B".into(), result: Some("1".into()), error: Some("two".into()), progress: Some(41.0), ..same };
    assert_eq!(task.follow(replaced, NOW, EXPIRES), Some(other));
}

fn reports() -> impl Strategy<Value = Vec<TaskReport>> {
    let one = (prop::sample::select(&TaskStatus::ALL[..]), 0_i64..4, prop::option::of(0_u32..4));
    prop::collection::vec(one.prop_map(|(status, at, progress)| report(status, at, progress.map(f64::from))), 1..9)
}

proptest! {
    /// A task only goes forward, told of once a step; told twice, it stays.
    #[test]
    fn a_task_only_goes_forward(reports in reports()) {
        let mut task = begun(reports[0].clone());
        for report in reports {
            let Some(next) = task.follow(report.clone(), NOW, EXPIRES) else { continue };
            prop_assert!(!task.status.finished());
            prop_assert!((next.status.rank(), next.at) >= (task.status.rank(), task.at));
            prop_assert_eq!((next.created, next.updated, next.expires), (FIRST, NOW, EXPIRES));
            prop_assert_eq!(next.follow(report, NOW, EXPIRES), None);
            task = next;
        }
    }

    /// Whatever the order of delivery: the end is an end if one was told, else the furthest state at its latest time.
    #[test]
    fn the_order_of_delivery_does_not_decide(reports in reports()) {
        let last = reports[1..].iter().fold(begun(reports[0].clone()), |task, report| task.follow(report.clone(), NOW, EXPIRES).unwrap_or(task));
        let furthest = reports.iter().map(|report| (report.status.rank(), report.at)).max().unwrap();
        prop_assert_eq!(last.status.rank(), furthest.0);
        if !last.status.finished() {
            prop_assert_eq!(last.at, furthest.1);
        }
    }
}
