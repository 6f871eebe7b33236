//! Refusals, delays, lost answers and stale reads.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use engine::{Engine, FaultPlan, Forced};

use crate::common::{TABLE, codes, create_table, n, put, s, value, value_of, write};

async fn engine() -> (Engine, Client) {
    let engine = Engine::in_memory().expect("in memory");
    let client = engine.client();
    create_table(&client).await;
    (engine, client)
}

#[tokio::test(start_paused = true)]
async fn a_conflict_cancels_a_transaction_and_refuses_a_single_write() {
    let (engine, client) = engine().await;
    engine.faults().set(FaultPlan { conflict: 1.0, ..FaultPlan::default() });
    let codes = codes(write(&client, &[put("STATE", 1), put("J#1", 1)]).await);
    assert_eq!(codes.len(), 2);
    assert!(codes.iter().any(|code| code == "TransactionConflict"), "{codes:?}");
    let single = client.put_item().table_name(TABLE).item("PK", s("USER#a")).item("SK", s("M#x")).send().await;
    assert!(single.expect_err("refused").into_service_error().is_transaction_conflict_exception());
    assert_eq!(value(&client, "STATE").await, None);
    assert_eq!((engine.faults().counters().attempts, engine.faults().counters().conflicts), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn forced_reasons_stand_in_their_order() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::Reasons(vec!["ConditionalCheckFailed", "TransactionConflict"]));
    let items = [put("STATE", 1), put("J#1", 1), put("N#1", 1)];
    assert_eq!(codes(write(&client, &items).await), ["ConditionalCheckFailed", "TransactionConflict", "None"]);
    write(&client, &items).await.expect("only once");
}

#[tokio::test(start_paused = true)]
async fn throttling_outlasts_the_sdks_retries() {
    let (engine, client) = engine().await;
    engine.faults().set(FaultPlan { throttle: 1.0, ..FaultPlan::default() });
    let read = client.get_item().table_name(TABLE).key("PK", s("USER#a")).key("SK", s("STATE")).send().await;
    let error = read.expect_err("throttled").into_service_error();
    assert!(error.is_provisioned_throughput_exceeded_exception() || error.is_throttling_exception(), "{error:?}");
    assert_eq!(engine.faults().counters().throttles, 4);
    engine.faults().heal();
    assert_eq!(value(&client, "STATE").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_delay_takes_time_within_its_range() {
    let (engine, client) = engine().await;
    engine.faults().set(FaultPlan { delay_ms: 40..60, ..FaultPlan::default() });
    #[expect(clippy::disallowed_methods, reason = "measures paused time")]
    let start = tokio::time::Instant::now();
    value(&client, "STATE").await;
    let took = start.elapsed();
    assert!((Duration::from_millis(40)..Duration::from_millis(63)).contains(&took), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cut_answer_leaves_the_write_done() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::CutAfterCommit);
    let error = write(&client, &[put("STATE", 1)]).await.expect_err("cut");
    assert!(error.as_service_error().is_none(), "a connection error: {error:?}");
    assert_eq!((value(&client, "STATE").await, engine.faults().counters().attempts), (Some(1), 1));
}

#[tokio::test(start_paused = true)]
async fn cut_answers_are_sometimes_saved_by_the_retry_and_never_done_twice() {
    let (engine, client) = engine().await;
    engine.faults().set(FaultPlan { cut_after_commit: 1.0, seed: 3, ..FaultPlan::default() });
    let mut saved = 0;
    for n in 1..=20 {
        saved += u64::from(write(&client, &[put("STATE", n)]).await.is_ok());
    }
    let counters = engine.faults().counters();
    assert!((1..20).contains(&saved), "{saved}");
    assert_eq!((counters.attempts, counters.commits, counters.cuts), (20, 20, 20));
}

#[tokio::test(start_paused = true)]
async fn an_eventual_read_may_be_old_but_no_older_than_asked() {
    let (engine, client) = engine().await;
    write(&client, &[put("STATE", 1)]).await.expect("written");
    engine.faults().set(FaultPlan { stale_ms: 500, seed: 1, ..FaultPlan::default() });
    write(&client, &[put("STATE", 2)]).await.expect("written");
    assert_eq!(value(&client, "STATE").await, Some(2), "a consistent read is never old");
    let mut seen = Vec::new();
    for _ in 0..20 {
        seen.push(value_of(&client, "STATE", false).await);
    }
    assert!(seen.contains(&Some(1)) && seen.contains(&Some(2)), "{seen:?}");
    tokio::time::advance(Duration::from_millis(501)).await;
    for _ in 0..20 {
        assert_eq!(value_of(&client, "STATE", false).await, Some(2));
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_does_the_same() {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let (engine, client) = engine().await;
        engine.faults().set(FaultPlan { conflict: 0.5, stale_ms: 50, seed: 11, ..FaultPlan::default() });
        let mut story = Vec::new();
        for n in 1..30 {
            story.push((write(&client, &[put("STATE", n)]).await.is_ok(), value_of(&client, "STATE", false).await));
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        runs.push(story);
    }
    assert_eq!(runs[0], runs[1]);
}

#[tokio::test(start_paused = true)]
async fn faults_may_have_a_clock_of_their_own() {
    let (engine, client) = engine().await;
    let time = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(0));
    let read = std::sync::Arc::clone(&time);
    engine.faults().set_clock(std::sync::Arc::new(move || read.load(std::sync::atomic::Ordering::Relaxed)));
    engine.faults().set(FaultPlan { stale_ms: 10, ..FaultPlan::default() });
    client.put_item().table_name(TABLE).item("PK", s("USER#a")).item("SK", s("S")).item("value", n(1)).send().await.expect("written");
    time.store(11, std::sync::atomic::Ordering::Relaxed);
    for _ in 0..10 {
        assert_eq!(value_of(&client, "S", false).await, Some(1));
    }
}
