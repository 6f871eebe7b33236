//! A mark of a broadcast and the broadcast's end are told by different feeds. Whichever of them is read late, what ended stays ended.

use std::time::Duration;

use engine::Forced;
use inbox::id::Channel;
use inbox::position::Seq;
use service::{After, Mark};
use table::key;
use testkit::{World, broadcast, notify, reader, withdraw_key};

use crate::common::{SECOND, find, heard, mark, page, stream};

#[tokio::test(start_paused = true)]
async fn a_mark_that_is_told_late_does_not_bring_back_a_withdrawn_broadcast() {
    let w = World::new(140).await;
    let anna = reader("anna", &[]);
    w.send(broadcast("everyone", "all").key("k")).await;
    let all = find(&w.service, &anna, "all").await;
    w.run_for(20 * SECOND).await;
    let mut open = stream(&w.service, &anna, After::Now).await;
    let before = heard(&w, &mut open, SECOND).await;
    assert!(before.is_empty(), "{before:?}");
    // The reader's own tail knows of the mark, and waits for the item that the mark is in.
    w.engine().faults().next_transaction(Forced::Hold);
    mark(&w.service, &anna, [all], Mark::Read).await;
    let pk = key::feed(&anna.own_feed());
    for sk in [key::STATE.to_owned(), key::entry(Seq(1))] {
        assert!(w.engine().faults().reveal(&pk, &sk), "{sk}");
    }
    let mut told = heard(&w, &mut open, Duration::from_millis(5)).await;
    assert!(w.send(withdraw_key("#everyone", "k").at(w.now().plus(SECOND))).await);
    told.extend(heard(&w, &mut open, Duration::from_millis(5)).await);
    assert_eq!(told, ["-1.0"]);
    assert!(w.engine().faults().reveal(&pk, &key::marks(&Channel::Everyone)));
    told.extend(heard(&w, &mut open, SECOND).await);
    assert_eq!(told, ["-1.0"]);
    assert_eq!(open.position().0[0].n, Seq(1), "the mark itself is passed");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_opened_in_the_middle_of_a_commit_is_told_of_it() {
    let w = World::new(141).await;
    let anna = reader("anna", &[]);
    w.send(notify("anna", "old")).await;
    w.run_for(20 * SECOND).await;
    let position = page(&w.service, &anna).await.position;
    w.engine().faults().next_transaction(Forced::Hold);
    w.send(notify("anna", "new").id("e")).await;
    let pk = key::feed(&anna.own_feed());
    for sk in [key::STATE.to_owned(), key::entry(Seq(2))] {
        assert!(w.engine().faults().reveal(&pk, &sk), "{sk}");
    }
    let service = w.service.clone();
    let opening = tokio::spawn(async move { stream(&service, &anna, After::Position(position)).await });
    // Longer than a stream's read looks again by itself.
    w.run_for(SECOND).await;
    w.engine().faults().reveal_all();
    let mut open = opening.await.unwrap();
    assert_eq!(heard(&w, &mut open, 3 * SECOND).await, ["new"]);
}
