//! What jobs send is applied once, in its order, and poison holds nobody up.

use std::time::Duration;

use engine::{FaultPlan, Forced};
use inbox::task::TaskStatus;
use service::{Entropy, Outcome};
use testkit::world::messages;
use testkit::{Client, Way, World, broadcast, notify, reader, task, withdraw_id, withdraw_key};

use crate::common::{SECOND, counts, list, titles};

const CHANGED: Outcome = Outcome::Applied { changed: true };
const KNOWN: Outcome = Outcome::Applied { changed: false };

#[tokio::test(start_paused = true)]
async fn i4_an_event_is_applied_once() {
    let mut w = World::new(40).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let client = Client::start(&other, &anna, Way::Stream);
    w.run_for(SECOND).await;
    let twice = || [notify("anna", "one").id("e1"), notify("anna", "one").id("e1"), notify("anna", "two").id("e2")];
    assert_eq!(w.deliver(twice()).await, [CHANGED, KNOWN, CHANGED]);
    assert_eq!(w.deliver(twice()).await, [KNOWN, KNOWN, KNOWN]);
    assert_eq!(w.deliver_by(&other, twice()).await, [KNOWN, KNOWN, KNOWN]);
    let mixed = [notify("anna", "one").id("e1"), notify("anna", "three").id("e3")];
    assert_eq!(w.deliver_by(&other, mixed).await, [KNOWN, CHANGED]);
    // Both at once, in two processes.
    let race = w.finish([notify("anna", "four").id("e4")]);
    let batch = messages(race);
    let (here, there) = tokio::join!(w.service.deliver(&batch), other.deliver(&batch));
    assert_eq!([here, there].iter().flatten().filter(|outcome| **outcome == CHANGED).count(), 1);
    w.run_for(3 * SECOND).await;
    let mut shown = titles(&w.service, &anna).await;
    shown.sort();
    assert_eq!(shown, ["four", "one", "three", "two"]);
    assert_eq!(client.held().model.shown(w.now()).len(), 4);
    let shown_once = client.held().log.iter().filter(|event| matches!(event, inbox::event::Event::Notification(_))).count();
    assert_eq!(shown_once, 4);
    for _ in 0..2 {
        w.deliver([broadcast("everyone", "all").id("b1")]).await;
        w.deliver_by(&other, [broadcast("everyone", "all").id("b1")]).await;
    }
    assert_eq!(counts(&w.service, &anna).await, (5, 5));
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_answer_was_lost_is_applied_once() {
    let w = World::new(41).await;
    let anna = reader("anna", &[]);
    w.engine().faults().next_transaction(Forced::CutAfterCommit);
    let outcomes = w.deliver([notify("anna", "one").id("e1")]).await;
    assert!(matches!(outcomes.as_slice(), [Outcome::Applied { .. }]), "{outcomes:?}");
    assert_eq!(titles(&w.service, &anna).await, ["one"]);
    // Without an answer to the mark, too: it is decided again and finds it done.
    let id = list(&w.service, &anna).await[0].id;
    w.engine().faults().next_transaction(Forced::CutAfterCommit);
    crate::common::mark(&w.service, &anna, [id], service::Mark::Read).await;
    assert_eq!(counts(&w.service, &anna).await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_later_event_of_a_key_replaces_the_earlier_and_an_older_one_is_dropped() {
    let w = World::new(42).await;
    let anna = reader("anna", &[]);
    let client = Client::start(&w.service, &anna, Way::Stream);
    w.run_for(SECOND).await;
    let at = w.now();
    assert!(w.send(notify("anna", "one").key("k").at(at)).await);
    assert!(w.send(notify("anna", "two").key("k").at(at.plus(SECOND))).await);
    assert!(!w.send(notify("anna", "old").key("k").at(at)).await);
    assert_eq!(titles(&w.service, &anna).await, ["two"]);
    assert_eq!(
        w.deliver([notify("anna", "x").key("k").at(at.plus(2 * SECOND)), notify("anna", "y").key("k").at(at.plus(SECOND))]).await,
        [CHANGED, KNOWN]
    );
    assert_eq!(titles(&w.service, &anna).await, ["x"]);
    assert_eq!(
        w.deliver([notify("anna", "p").key("k").at(at.plus(3 * SECOND)), notify("anna", "q").key("k").at(at.plus(4 * SECOND))]).await,
        [CHANGED, CHANGED]
    );
    assert_eq!(titles(&w.service, &anna).await, ["q"]);
    w.run_for(SECOND).await;
    let shown: Vec<String> = client.held().model.shown(w.now()).iter().map(|one| one.content.title.clone()).collect();
    assert_eq!(shown, ["q"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_withdrawn_stays_withdrawn() {
    let w = World::new(43).await;
    let anna = reader("anna", &[]);
    let at = w.now();
    assert!(w.send(notify("anna", "one").id("e1")).await);
    assert!(w.send(withdraw_id("anna", "e1")).await);
    assert!(!w.send(withdraw_id("anna", "e1")).await);
    assert!(!w.send(notify("anna", "one").id("e1")).await);
    // Before what it takes back.
    assert!(w.send(withdraw_id("anna", "e2")).await);
    assert!(!w.send(notify("anna", "two").id("e2")).await);
    assert!(w.send(withdraw_key("anna", "k").at(at.plus(5 * SECOND))).await);
    assert!(!w.send(notify("anna", "three").key("k").at(at)).await);
    assert!(titles(&w.service, &anna).await.is_empty());
    assert!(w.send(notify("anna", "four").key("k").at(at.plus(6 * SECOND))).await);
    assert!(!w.send(withdraw_key("anna", "k").at(at.plus(5 * SECOND))).await);
    assert_eq!(titles(&w.service, &anna).await, ["four"]);
    assert!(w.send(broadcast("everyone", "all").id("b1")).await);
    assert!(w.send(withdraw_id("#everyone", "b1")).await);
    assert_eq!(titles(&w.service, &anna).await, ["four"]);
    assert_eq!(w.deliver([notify("anna", "five").id("e5"), withdraw_id("anna", "e5")]).await, [CHANGED, CHANGED]);
    assert_eq!(titles(&w.service, &anna).await, ["four"]);
}

#[tokio::test(start_paused = true)]
async fn a_finished_task_never_runs_again() {
    let w = World::new(44).await;
    let anna = reader("anna", &[]);
    let client = Client::start(&w.service, &anna, Way::Stream);
    w.run_for(SECOND).await;
    let report = |status, progress| task("anna", "t", status, progress);
    assert!(w.send(report(TaskStatus::Completed, None).result("{\"rows\":1}")).await);
    assert!(!w.send(report(TaskStatus::Running, Some(40.0))).await);
    assert!(!w.send(report(TaskStatus::Failed, None)).await);
    assert!(!w.send(report(TaskStatus::Completed, None)).await);
    w.run_for(SECOND).await;
    let told: Vec<String> = client.held().log.iter().filter_map(crate::common::word).collect();
    assert_eq!(told, ["t completed"]);
    // Late by the author's clock, and out of order within a batch.
    let at = w.now();
    let two = |status, progress, at| task("anna", "u", status, progress).at(at);
    let batch = [
        two(TaskStatus::Running, Some(50.0), at.plus(SECOND)),
        two(TaskStatus::Running, Some(10.0), at),
        two(TaskStatus::Queued, None, at),
    ];
    assert_eq!(w.deliver(batch).await, [CHANGED, KNOWN, KNOWN]);
    w.run_for(SECOND).await;
    let held = client.held();
    assert_eq!(held.model.tasks(w.now()).iter().filter_map(|task| task.progress).collect::<Vec<_>>(), [50.0]);
}

#[tokio::test(start_paused = true)]
async fn i9_a_poisonous_message_never_holds_its_batch_up() {
    let w = World::new(45).await;
    let mut batch: Vec<_> = (0..10).map(|number| notify("anna", &format!("n{number}"))).collect();
    batch[3] = task("anna", "t", TaskStatus::Running, Some(400.0));
    let outcomes = w.deliver(batch).await;
    assert!(matches!(&outcomes[3], Outcome::Poison { reason } if reason.contains("progress")), "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == CHANGED).count(), 9);
    assert_eq!(titles(&w.service, &reader("anna", &[])).await.len(), 9);
}

#[tokio::test(start_paused = true)]
async fn trouble_with_one_feed_leaves_the_others_alone_and_is_told_apart_from_poison() {
    let w = World::new(46).await;
    w.engine().faults().set(FaultPlan { conflict: 1.0, ..FaultPlan::default() });
    let outcomes = w.deliver([notify("anna", "a"), task("ben", "t", TaskStatus::Running, Some(-1.0)), notify("ben", "b")]).await;
    assert_eq!(outcomes[0], Outcome::Trouble);
    assert!(matches!(outcomes[1], Outcome::Poison { .. }));
    assert_eq!(outcomes[2], Outcome::Trouble);
    w.engine().faults().heal();
    assert!(w.send(notify("anna", "a")).await);
}

#[tokio::test(start_paused = true)]
async fn cancellations_are_read_reason_by_reason() {
    let w = World::new(47).await;
    let anna = reader("anna", &[]);
    let faults = w.engine().faults();
    let conflict = "TransactionConflict";
    let refused = "ConditionalCheckFailed";
    for (number, reasons) in [
        vec!["None", "None", refused, conflict],
        vec!["None", "ThrottlingError"],
        vec![conflict],
        vec!["None", "ProvisionedThroughputExceeded"],
        vec![refused, "None", "None", refused],
    ]
    .into_iter()
    .enumerate()
    {
        faults.next_transaction(Forced::Reasons(reasons.clone()));
        assert!(w.send(notify("anna", &format!("n{number}"))).await, "{reasons:?}");
    }
    assert_eq!(titles(&w.service, &anna).await.len(), 5);
    // Only the identity's own condition, alone, says that the event was applied before. The transaction's items stand in the order
    // state, entry, document, identity.
    faults.next_transaction(Forced::Reasons(vec!["None", "None", "None", refused]));
    assert!(!w.send(notify("anna", "known")).await);
    assert_eq!(titles(&w.service, &anna).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn i1_an_acknowledged_event_is_stored() {
    let mut w = World::new(48).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    w.engine().faults().set(FaultPlan {
        conflict: 0.3,
        throttle: 0.05,
        delay_ms: 0..20,
        cut_after_commit: 0.2,
        seed: 48,
        ..FaultPlan::default()
    });
    let mut stored = Vec::new();
    for number in 0..60 {
        let name = format!("n{number}");
        let service = if w.chance().u64() % 2 == 0 { &w.service } else { &other };
        let outcomes = w.deliver_by(service, [notify("anna", &name).id(&name)]).await;
        if matches!(outcomes.as_slice(), [Outcome::Applied { .. }]) {
            stored.push(name);
        }
    }
    assert!(stored.len() > 50);
    w.engine().faults().heal();
    let shown = titles(&other, &anna).await;
    assert!(stored.iter().all(|name| shown.contains(name)));
    w.run_for(Duration::from_secs(1)).await;
}

#[tokio::test(start_paused = true)]
async fn i9_progress_too_small_to_be_stored_is_stored_as_none_at_all() {
    let w = World::new(49).await;
    let anna = reader("anna", &[]);
    let tiny = |at| task("anna", "t", TaskStatus::Running, Some(1e-200)).at(at);
    let at = w.now();
    assert_eq!(w.deliver([notify("anna", "one"), tiny(at), notify("anna", "two")]).await, [CHANGED, CHANGED, CHANGED]);
    assert_eq!(w.deliver([tiny(at)]).await, [KNOWN], "it says what is stored");
    assert_eq!(progress(&w, &anna).await, Some(0.0));
    assert!(w.send(task("anna", "t", TaskStatus::Running, Some(100.0 / 3.0)).at(at)).await);
    assert_eq!(progress(&w, &anna).await, Some(33.333_333));
}

/// How far the reader's newest task is.
async fn progress(w: &World, who: &inbox::audience::Reader) -> Option<f64> {
    let ask = service::TaskAsk { from: service::TaskFrom::Page(1), limit: 1 };
    w.service.tasks(who, &ask).await.unwrap().tasks.first().and_then(|task| task.progress)
}

#[tokio::test(start_paused = true)]
async fn what_the_table_calls_invalid_is_tried_once() {
    let w = World::new(50).await;
    let faults = w.engine().faults();
    faults.next_transaction(Forced::Reasons(vec!["None", "None", "ValidationError"]));
    assert_eq!(w.deliver([notify("anna", "one")]).await, [Outcome::Trouble]);
    assert_eq!(faults.counters().attempts, 1);
}

/// Tasks have no identity: only what does may be left out where its id is known.
#[tokio::test(start_paused = true)]
async fn a_task_ends_although_its_report_has_the_id_of_a_known_notification() {
    let w = World::new(51).await;
    let anna = reader("anna", &[]);
    assert!(w.send(notify("anna", "one").id("j1")).await);
    let ended = task("anna", "t", TaskStatus::Completed, Some(100.0)).id("j1");
    assert_eq!(w.deliver([notify("anna", "one").id("j1"), ended]).await, [KNOWN, CHANGED]);
    assert_eq!(progress(&w, &anna).await, Some(100.0));
}
