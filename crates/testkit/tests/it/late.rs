//! What comes late: a commit that is stuck on its way, and an event that has nothing to show any more.

use std::time::Duration;

use engine::{Ack, FaultPlan, Forced, Visibility};
use inbox::limits;
use service::Outcome;
use table::Freshness;
use table::commit::{self, Commit};
use table::state::Epoch;
use testkit::{Client, Way, World, broadcast, notify, reader};

use crate::common::{SECOND, counts, heard, list, polled, stream, titles};

/// An entry's time is that of its decision: landing when it counts as settled already, it could be passed half seen.
#[tokio::test(start_paused = true)]
async fn a_commit_that_is_stuck_is_given_up_and_decided_anew() {
    let w = World::new(110).await;
    let anna = reader("anna", &[]);
    let client = Client::start(&w.service, &anna, Way::Stream);
    w.send(notify("anna", "before")).await;
    // Its writer is not answered until all of it is seen, which is in the hands of this test.
    let visibility = Visibility { ack: Ack::AfterVisible, pending_conflict: 1.0, ..Visibility::default() };
    w.engine().faults().set(FaultPlan { visibility: Some(visibility), seed: 110, ..FaultPlan::default() });
    w.engine().faults().next_transaction(Forced::Hold);
    let tried = w.service.table().meter().commits();
    let begun = w.now();
    let (outcomes, ()) = tokio::join!(w.deliver([notify("anna", "stuck").id("e")]), async {
        w.run_for(Duration::from_millis(4_999)).await;
        assert_eq!(w.service.table().meter().commits() - tried, 1, "it is waited for");
        w.run_for(SECOND / 2).await;
        assert!(w.service.table().meter().commits() - tried > 1, "it is waited for no longer");
        w.engine().faults().reveal_all();
    });
    assert_eq!(outcomes, [Outcome::Applied { changed: false }], "decided anew, it was known");
    assert!(w.now().since(begun) < limits::SETTLE_AGE);
    w.engine().faults().heal();
    w.run_for(3 * SECOND).await;
    assert_eq!(titles(&w.service, &anna).await, ["stuck", "before"]);
    assert_eq!(client.held().model.unread(w.now()), 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_decided_too_long_ago_is_not_sent() {
    let w = World::new(111).await;
    let (table, feed) = (w.service.table(), reader("anna", &[]).own_feed());
    let commit = Commit::on(feed.clone(), table::state::FeedState::default(), w.now(), Epoch(1));
    let half = limits::SETTLE_AGE / 2;
    assert_eq!(table.commit(&commit, commit.decided.plus(half)).await.unwrap(), commit::Outcome::Lost);
    assert_eq!(table.state(&feed, Freshness::Consistent).await.unwrap().epoch, None, "nothing was written");
    let just = commit.decided.plus(Duration::from_millis(4_999));
    assert_eq!(table.commit(&commit, just).await.unwrap(), commit::Outcome::Done);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_expired_in_the_queue_shows_nothing_and_takes_its_predecessor_away() {
    let w = World::new(112).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    let at = w.now();
    let past = at.minus(SECOND);
    assert!(!w.send(notify("anna", "late").expires(past)).await);
    assert!(!w.send(notify("anna", "at this moment").expires(at)).await);
    assert!(w.send(notify("anna", "running").key("k").at(at.minus(10 * SECOND))).await);
    assert!(w.send(broadcast("everyone", "running").key("k").at(at.minus(10 * SECOND))).await);
    for _ in 0..2 {
        let first = w.service.table().state(&anna.own_feed(), Freshness::Consistent).await.unwrap().n;
        let done = [
            notify("anna", "done").key("k").id("e").at(at.minus(5 * SECOND)).expires(past),
            broadcast("everyone", "done").key("k").id("e").at(at.minus(5 * SECOND)).expires(past),
        ];
        let changed = first.0 == 1;
        assert_eq!(w.deliver(done).await, [Outcome::Applied { changed }, Outcome::Applied { changed }], "the second time it is known");
    }
    assert!(titles(s, &anna).await.is_empty());
    assert!(!w.send(notify("anna", "older still").key("k").at(at.minus(7 * SECOND))).await, "it stays superseded");
    w.run_for(SECOND).await;
    assert!(client.held().model.shown(w.now()).is_empty());
    // In time, and delivered again when it has expired: known, and nothing of a later one goes.
    let short = || notify("anna", "short").key("k").id("s").at(at).expires(w.now().plus(SECOND));
    let again = short();
    assert!(w.send(short()).await);
    w.run_for(2 * SECOND).await;
    assert!(!w.send(again).await);
    assert_eq!(counts(s, &anna).await, (0, 0));
}

/// What a process keeps of a channel for streams that come back is bounded in bytes; what it does not keep is read from the journal.
#[tokio::test(start_paused = true)]
async fn a_reader_comes_back_behind_more_than_is_kept_in_memory() {
    let w = World::new(113).await;
    let (s, anna) = (&w.service, reader("anna", &["ops"]));
    w.send(broadcast("ops", "before")).await;
    let position = crate::common::page(s, &anna).await.position;
    let long = "𝄞".repeat(limits::MESSAGE_CHARS);
    let names: Vec<String> = (0..100).map(|number| format!("b{number}")).collect();
    for name in &names {
        w.send(broadcast("ops", name).message(&long)).await;
        list(s, &anna).await;
    }
    assert_eq!(polled(s, &anna, position.clone()).await.0, names);
    let mut open = stream(s, &anna, service::After::Position(position)).await;
    assert_eq!(heard(&w, &mut open, SECOND).await, names);
}
