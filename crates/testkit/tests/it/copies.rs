//! Copies of channels: how old they may be, and that one may be let go of at any time.

use std::time::Duration;

use engine::FaultPlan;
use service::{After, Polled, Settings};
use testkit::{Client, Way, World, broadcast, reader};

use crate::common::{SECOND, list, page, polled, stream};

/// A process is frozen while it waits for the table's answer, as a function between two calls: what it is then told is old.
#[tokio::test(start_paused = true)]
async fn a_copy_is_as_old_as_its_read_began_and_not_as_it_ended() {
    let mut w = World::new(301).await;
    let other = w.process();
    let (s, anna) = (w.service.clone(), reader("anna", &[]));
    let position = page(&s, &anna).await.position;
    w.run_for(2 * SECOND).await;
    w.engine().faults().set(FaultPlan { delay_ms: 60_000..60_001, seed: 301, ..FaultPlan::default() });
    let (frozen, who, after) = (s.clone(), anna.clone(), position.clone());
    let frozen = tokio::spawn(async move { frozen.poll(&who, After::Position(after)).await.unwrap() });
    while w.engine().faults().counters().delays == 0 {
        tokio::task::yield_now().await;
    }
    w.engine().faults().heal();
    w.run_for(Duration::from_millis(59_500)).await;
    w.deliver_by(&other, [broadcast("everyone", "new")]).await;
    assert!(matches!(frozen.await.unwrap(), Polled::Nothing), "it looked before that");
    assert_eq!(polled(&s, &anna, position).await.0, ["new"]);
}

#[tokio::test(start_paused = true)]
async fn a_process_that_keeps_one_copy_alone_shows_the_same() {
    let mut w = World::with(302, Settings { channel_bytes: 0, ..Settings::default() }).await;
    let other = w.process();
    let anna = reader("anna", &["ops", "web"]);
    w.send(broadcast("ops", "before")).await;
    let begin = page(&w.service, &anna).await.position;
    let clients = [Client::start(&w.service, &anna, Way::Stream), Client::start(&other, &anna, Way::Poll(SECOND / 10))];
    w.run_for(SECOND).await;
    for number in 0..30 {
        let channel = ["everyone", "ops", "web"][number % 3];
        w.deliver_by(if number % 2 == 0 { &w.service } else { &other }, [broadcast(channel, &format!("b{number}")).key("k")]).await;
        w.run_for(SECOND / 3).await;
    }
    w.run_for(3 * SECOND).await;
    let mut truth = list(&w.service, &anna).await;
    truth.sort_by_key(|one| one.id);
    assert_eq!(truth.len(), 4);
    for client in &clients {
        let held = client.held();
        let mut shown: Vec<_> = held.model.shown(w.now()).into_iter().cloned().collect();
        shown.sort_by_key(|one| one.id);
        assert_eq!((shown, held.resets), (truth.clone(), 0), "{:#?}", held.story);
    }
    assert!(!polled(&other, &anna, begin).await.0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn copies_that_weigh_too_much_together_are_let_go_of_and_read_anew() {
    let w = World::with(303, Settings { channel_bytes: 1 << 20, ..Settings::default() }).await;
    let (s, ops, web) = (&w.service, reader("anna", &["ops"]), reader("anna", &["web"]));
    let long = "m".repeat(4_000);
    for number in 0..150 {
        w.deliver([broadcast("ops", &number.to_string()).message(&long), broadcast("web", &number.to_string()).message(&long)]).await;
    }
    w.run_for(11 * SECOND).await;
    let reads = async |who| {
        let before = s.table().meter().used();
        list(s, who).await;
        (s.table().meter().used() - before).read
    };
    reads(&ops).await;
    let kept = reads(&ops).await;
    reads(&web).await;
    let anew = reads(&ops).await;
    assert!(anew > kept + 50.0, "{kept} units with a copy, {anew} without");
}

/// What is stored while another reads the same channel makes the copy old that they are about to keep.
#[tokio::test(start_paused = true)]
async fn a_broadcast_shows_at_once_in_its_own_process_whoever_was_reading() {
    let w = World::with(304, Settings { channel_age: Duration::from_hours(1), ..Settings::default() }).await;
    let anna = reader("anna", &[]);
    list(&w.service, &anna).await;
    for number in 0..60 {
        let name = format!("n{number}");
        w.engine().faults().set(FaultPlan { delay_ms: 20..100, seed: number, ..FaultPlan::default() });
        let reading = async {
            w.run_for(Duration::from_millis(number * 5)).await;
            drop(stream(&w.service, &anna, After::Now).await);
        };
        tokio::join!(w.deliver([broadcast("everyone", &name)]), reading);
        w.engine().faults().heal();
        assert!(crate::common::titles(&w.service, &anna).await.contains(&name), "{name}");
    }
}
