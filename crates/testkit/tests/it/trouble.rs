//! A table that hangs, a process that stops, a queue that is slow: what was committed is told all the same, and nobody waits for ever.

use std::time::Duration;

use engine::{FaultPlan, Forced};
use inbox::position::{Feed, Seq};
use service::{Job, Mark, Message, Outcome, PushSettings};
use testkit::world::messages;
use testkit::{Fate, broadcast, notify, reader};

use crate::common::{SECOND, mark_all, page, titles};
use crate::sockets::{Place, arrived, id};

fn everyone(n: u64) -> Job {
    Job::Fanout { feed: Feed::channel(None, inbox::id::Channel::Everyone), n: Seq(n), shard: 0, start: None }
}

fn again(batch: Vec<Message>) -> Vec<Message> {
    batch.into_iter().map(|message| Message { redelivered: true, ..message }).collect()
}

#[tokio::test(start_paused = true)]
async fn what_the_table_does_not_take_in_time_is_trouble() {
    let p = Place::new(260).await;
    assert!(p.w.send(notify("anna", "before")).await);
    p.w.engine().faults().set(FaultPlan { delay_ms: 1_000_000..1_000_001, ..FaultPlan::default() });
    let mut batch: Vec<_> = (0..45).map(|number| notify("anna", &format!("n{number}"))).collect();
    batch.extend((0..40).map(|number| notify(&format!("u{number}"), "one")));
    batch.push(broadcast("everyone", "all"));
    let (began, batch) = (p.w.now(), messages(p.w.finish(batch)));
    let outcomes = p.w.service.deliver_until(&batch, began.plus(20 * SECOND)).await;
    assert_eq!(p.w.now().since(began), 20 * SECOND);
    assert_eq!(outcomes, vec![Outcome::Trouble; 86]);
    // Without any time left, too.
    assert_eq!(p.w.service.deliver_until(&batch, began).await.len(), 86);
    assert_eq!(p.w.now().since(began), 20 * SECOND);
    p.w.engine().faults().heal();
    let outcomes = p.w.service.deliver_until(&batch, p.w.now().plus(20 * SECOND)).await;
    assert_eq!(outcomes, vec![Outcome::Applied { changed: true }; 86]);
    assert_eq!(titles(&p.w.service, &reader("anna", &[])).await.len(), 47);
}

/// Its commit is stored, and time is up before anybody says so.
#[tokio::test(start_paused = true)]
async fn a_commit_that_may_be_stored_is_told() {
    let p = Place::new(261).await;
    let mut inbox = p.connect("a1", &reader("anna", &[])).await;
    for (draft, number) in [(broadcast("everyone", "all"), 0), (notify("anna", "one"), 1)] {
        p.w.engine().faults().next_transaction(Forced::CutAfterCommit);
        let batch = messages(p.w.finish([draft]));
        let outcomes = p.w.service.deliver_until(&batch, p.w.now().plus(Duration::from_millis(1))).await;
        assert_eq!(outcomes, [Outcome::Trouble], "{number}");
        p.w.service.flush_pushes().await;
    }
    assert_eq!(p.sockets.take_jobs(), [everyone(1)]);
    assert_eq!(arrived(&mut inbox), ["user 1: one"]);
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_that_comes_again_is_told_again() {
    let mut p = Place::new(262).await;
    let stopped = p.w.process();
    let batch = messages(p.w.finish([broadcast("everyone", "all")]));
    stopped.deliver(&batch).await;
    // The same event twice from its author: whoever took it first has told it.
    p.w.service.deliver(&batch).await;
    p.w.service.flush_pushes().await;
    assert!(p.sockets.take_jobs().is_empty());
    assert_eq!(p.w.service.deliver(&again(batch)).await, [Outcome::Applied { changed: false }]);
    p.w.service.flush_pushes().await;
    assert_eq!(p.sockets.take_jobs(), [everyone(1)]);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_a_flush_had_no_time_for_are_in_the_next() {
    let p = Place::with(263, PushSettings { shards: 1, flush_within: Duration::from_millis(1), ..PushSettings::default() }).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    page(&p.w.service, &anna).await;
    p.sockets.refuse_jobs(2);
    p.w.deliver([broadcast("everyone", "all"), broadcast("ops", "some")]).await;
    p.w.service.flush_pushes().await;
    assert!(p.sockets.take_jobs().is_empty());
    p.w.service.flush_pushes().await;
    assert_eq!(p.sockets.take_jobs().len(), 2);
    assert_eq!(p.w.service.take_pushes_lost(), 0);
    p.w.deliver([notify("anna", "one")]).await;
    mark_all(&p.w.service, &anna, Mark::Delete, None).await;
    p.sockets.refuse_jobs(1);
    p.sockets.decide(&id("a1"), [Fate::Hangs]);
    p.w.service.flush_pushes().await;
    p.w.service.flush_pushes().await;
    assert_eq!(p.sockets.take_jobs(), [Job::Sweep { feed: anna.own_feed() }]);
    // Its time is over: what follows tells the socket by its number.
    assert!(arrived(&mut inbox).is_empty());
    assert_eq!(p.w.service.take_pushes_lost(), 1);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_are_never_taken_count_as_lost() {
    let p = Place::new(264).await;
    p.sockets.refuse_jobs(1_000);
    p.send([broadcast("everyone", "all")]).await;
    assert_eq!(p.w.service.take_pushes_lost(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_delete_all_whose_answer_was_lost_is_told_and_swept() {
    let p = Place::new(265).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.send([notify("anna", "one")]).await;
    for (mark, word) in [(Mark::Read, "user 2: Read"), (Mark::Delete, "user 3: Read, Deleted")] {
        page(&p.w.service, &anna).await;
        arrived(&mut inbox);
        p.w.engine().faults().next_transaction(Forced::CutAfterCommit);
        mark_all(&p.w.service, &anna, mark, None).await;
        p.w.service.flush_pushes().await;
        assert_eq!(arrived(&mut inbox), [word]);
    }
    assert_eq!(p.sockets.take_jobs(), [Job::Sweep { feed: anna.own_feed() }]);
}

#[tokio::test(start_paused = true)]
async fn a_mark_and_a_preference_whose_answers_were_lost_are_told() {
    let p = Place::new(266).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.send([notify("anna", "one")]).await;
    arrived(&mut inbox);
    let one = crate::common::find(&p.w.service, &anna, "one").await;
    p.w.engine().faults().next_transaction(Forced::CutAfterCommit);
    crate::common::mark(&p.w.service, &anna, [one], Mark::Read).await;
    p.w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 2: one"]);
    p.w.engine().faults().next_transaction(Forced::CutAfterCommit);
    crate::common::mute(&p.w.service, &anna, &["c1"]).await;
    p.w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 3: reset"]);
}

/// The commit is stored, and whoever asked for it is told to come back.
#[tokio::test(start_paused = true)]
async fn a_preference_that_may_be_stored_is_told_although_it_failed() {
    let p = Place::new(267).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.send([notify("anna", "one")]).await;
    arrived(&mut inbox);
    // Nobody sees it, nor can anybody write over it, for as long as it is tried.
    p.w.engine().faults().next_transaction(Forced::Stall);
    let muted = std::iter::once(::inbox::id::Category::parse("c1").unwrap()).collect();
    let set = p.w.service.set_preferences(&anna, ::inbox::preferences::Preferences { muted }).await;
    assert!(set.is_err(), "{set:?}");
    p.w.engine().faults().reveal_all();
    p.w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 2: reset"]);
}
