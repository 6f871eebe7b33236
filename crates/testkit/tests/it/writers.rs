//! Many writers of one feed.

use inbox::position::Seq;
use service::Outcome;
use table::Freshness;
use testkit::world::messages;
use testkit::{World, notify, reader};
use tokio::task::JoinSet;

use crate::common::{counts, mark_all};

#[tokio::test(start_paused = true)]
async fn i2_a_number_never_burns() {
    let mut w = World::new(70).await;
    let mut processes = vec![w.service.clone()];
    for _ in 0..3 {
        processes.push(w.process());
    }
    w.engine().faults().set(engine::FaultPlan { delay_ms: 1..12, seed: 70, ..engine::FaultPlan::default() });
    let anna = reader("anna", &[]);
    let mut writers = JoinSet::new();
    for writer in 0..20 {
        let service = processes[writer % processes.len()].clone();
        let batch =
            messages(w.finish((0..50).map(|number| notify("anna", &format!("{writer}.{number}")).id(&format!("{writer}.{number}")))));
        writers.spawn(async move {
            let mut rest = batch;
            while !rest.is_empty() {
                let outcomes = service.deliver(&rest).await;
                rest = rest
                    .into_iter()
                    .zip(outcomes)
                    .filter(|(_, outcome)| *outcome == Outcome::Trouble)
                    .map(|(message, _)| message)
                    .collect();
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    w.engine().faults().heal();
    assert_eq!(counts(&w.service, &anna).await, (1_000, 1_000));
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
    w.engine().faults().set(engine::FaultPlan { delay_ms: 1..12, seed: 71, ..engine::FaultPlan::default() });
    for (writer, service) in processes.iter().cloned().enumerate() {
        let batches: Vec<_> = (0..10).map(|number| messages(w.finish([notify("anna", &format!("{writer}.{number}"))]))).collect();
        writers.spawn(async move {
            for batch in batches {
                while service.deliver(&batch).await.contains(&Outcome::Trouble) {}
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
