//! Many writers of one feed.

use std::collections::BTreeSet;
use std::time::Duration;

use engine::FaultPlan;
use inbox::page::Filter;
use inbox::position::Seq;
use service::Outcome;
use table::Freshness;
use testkit::client::walk;
use testkit::world::messages;
use testkit::{World, notify, reader};
use tokio::task::JoinSet;

use crate::common::{counts, mark_all, title};

/// How often a queue hands a message over again in these tests: far more often than any needs.
const TRIES: usize = 100;

#[tokio::test(start_paused = true)]
async fn i2_a_number_never_burns() {
    let mut w = World::new(70).await;
    let mut processes = vec![w.service.clone()];
    for _ in 0..3 {
        processes.push(w.process());
    }
    w.engine().faults().set(FaultPlan { delay_ms: 1..12, seed: 70, ..FaultPlan::default() });
    let anna = reader("anna", &[]);
    let mut writers = JoinSet::new();
    for writer in 0..20 {
        let service = processes[writer % processes.len()].clone();
        let batch =
            messages(w.finish((0..50).map(|number| notify("anna", &format!("{writer}.{number}")).id(&format!("{writer}.{number}")))));
        writers.spawn(async move {
            let mut rest = batch;
            for _ in 0..TRIES {
                if rest.is_empty() {
                    return;
                }
                let outcomes = service.deliver(&rest).await;
                rest = rest
                    .into_iter()
                    .zip(outcomes)
                    .filter(|(_, outcome)| *outcome == Outcome::Trouble)
                    .map(|(message, _)| message)
                    .collect();
            }
            panic!("still not stored: {} messages", rest.len());
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    w.engine().faults().heal();
    assert_eq!(counts(&w.service, &anna).await, (1_000, 1_000));
    let (listed, _) = walk(&w.service, &anna, 100, Filter::default()).await.unwrap();
    let titles: BTreeSet<&str> = listed.iter().map(title).collect();
    assert_eq!((listed.len(), titles.len()), (1_000, 1_000), "each of them once");
    let feed = anna.own_feed();
    let state = w.service.table().state(&feed, Freshness::Consistent).await.unwrap();
    let entries = w.service.table().entries(&feed, state.epoch.unwrap(), Seq::ZERO, state.n, Freshness::Consistent).await.unwrap();
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.n.0).collect();
    assert_eq!(numbers, (1..=state.n.0).collect::<Vec<_>>());
    assert!(entries.windows(2).all(|two| two[0].at <= two[1].at));
    let tried: u64 = processes.iter().map(|process| process.table().meter().commits()).sum();
    assert!(tried < 600, "{tried} commits were tried for 1,000 events");
    mark_all(&w.service, &anna, service::Mark::Read, None).await;
    assert_eq!(counts(&w.service, &anna).await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn single_events_of_twenty_writers_in_as_many_processes_are_tried_a_bounded_number_of_times() {
    let mut w = World::new(71).await;
    let mut writers = JoinSet::new();
    let mut processes = Vec::new();
    for _ in 0..20 {
        processes.push(w.process());
    }
    w.engine().faults().set(FaultPlan { delay_ms: 1..12, seed: 71, ..FaultPlan::default() });
    for (writer, service) in processes.iter().cloned().enumerate() {
        let batches: Vec<_> = (0..10).map(|number| messages(w.finish([notify("anna", &format!("{writer}.{number}"))]))).collect();
        writers.spawn(async move {
            for batch in batches {
                let mut tries = 0;
                while service.deliver(&batch).await.contains(&Outcome::Trouble) {
                    tries += 1;
                    assert!(tries < TRIES, "still not stored");
                }
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    w.engine().faults().heal();
    assert_eq!(counts(&w.service, &reader("anna", &[])).await, (200, 200));
    let tried: u64 = processes.iter().map(|process| process.table().meter().commits()).sum();
    assert!(tried < 200 * 6, "{tried} commits were tried for 200 events");
}

/// The kind of case 62: who lost a race waits, and not as long as the others who lost it, or all meet again.
#[tokio::test(start_paused = true)]
async fn those_who_lost_one_race_come_again_at_moments_of_their_own() {
    let mut w = World::new(72).await;
    w.engine().faults().set(FaultPlan { conflict: 1.0, seed: 72, ..FaultPlan::default() });
    let mut losers = JoinSet::new();
    for _ in 0..20 {
        let service = w.process();
        let batch = messages(w.finish([notify("anna", "one")]));
        losers.spawn(async move {
            let begun = service.clock().now();
            assert_eq!(service.deliver(&batch).await, [Outcome::Trouble]);
            (service.clock().now().since(begun), service.table().meter().commits())
        });
    }
    let (mut waited, mut tried) = (BTreeSet::new(), BTreeSet::new());
    while let Some(done) = losers.join_next().await {
        let (span, commits) = done.unwrap();
        waited.insert(span);
        tried.insert(commits);
    }
    assert!(waited.len() >= 18, "all of them wait alike: {waited:?}");
    assert_eq!(tried, BTreeSet::from([16]), "tries of each");
    // The ceilings double from 5 ms to 1 s, which makes 9.3 s in all; with full jitter about half of it is waited.
    let within = Duration::from_secs(2)..Duration::from_secs(8);
    assert!(waited.iter().all(|span| within.contains(span)), "{waited:?}");
}
