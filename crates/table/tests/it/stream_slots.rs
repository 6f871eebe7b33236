//! The cap on open streams, counted in the table.

use std::time::Duration;

use inbox::moment::Moment;
use table::Table;
use table::stream_slots::StreamSlot;
use testkit::Store;

use crate::common::{costs, noon, table, used};

const WINDOW: Duration = Duration::from_mins(2);

async fn open(table: &Table, now: Moment, cap: u32) -> Option<StreamSlot> {
    table.acquire_stream_slot(now, WINDOW, cap).await.unwrap()
}

fn after(seconds: u64) -> Moment {
    noon().plus(Duration::from_secs(seconds))
}

#[tokio::test]
async fn the_cap_is_honoured_and_what_is_released_is_free() {
    let (_store, table) = table().await;
    let (first, cost) = used(&table, open(&table, noon(), 3)).await;
    let opens = testkit::units::allowed("stream under a cap opens");
    costs(cost, opens.write, opens.read);
    let second = open(&table, after(30), 3).await.unwrap();
    assert!(open(&table, after(70), 3).await.is_some(), "in another minute");
    let (full, cost) = used(&table, open(&table, after(71), 3)).await;
    assert_eq!(full, None);
    costs(cost, 0.0, 1.0);
    let ((), cost) = used(&table, async { table.release_stream_slot(first.unwrap()).await.unwrap() }).await;
    let ends = testkit::units::allowed("stream under a cap ends");
    costs(cost, ends.write, ends.read);
    assert!(open(&table, after(72), 3).await.is_some());
    assert_eq!(open(&table, after(73), 3).await, None);
    table.release_stream_slot(second).await.unwrap();
    assert!(open(&table, after(74), 3).await.is_some());
}

#[tokio::test]
async fn no_stream_opens_where_none_may() {
    let (_store, table) = table().await;
    assert_eq!(open(&table, noon(), 0).await, None);
}

#[tokio::test]
async fn what_a_killed_process_held_is_free_when_its_window_is_over() {
    let (_store, table) = table().await;
    let _lost = (open(&table, after(59), 2).await.unwrap(), open(&table, after(59), 2).await.unwrap());
    assert_eq!(open(&table, after(60), 2).await, None);
    assert_eq!(open(&table, after(59 + 120), 2).await, None, "one opened then may still be open");
    assert!(open(&table, after(180), 2).await.is_some());
    assert!(open(&table, after(180), 2).await.is_some());
    assert_eq!(open(&table, after(180), 2).await, None);
}

#[tokio::test]
async fn a_window_shorter_than_a_minute_counts_too() {
    let (_store, table) = table().await;
    let short = Duration::from_secs(10);
    assert!(table.acquire_stream_slot(after(5), short, 1).await.unwrap().is_some());
    assert_eq!(table.acquire_stream_slot(after(6), short, 1).await.unwrap(), None);
    assert_eq!(table.acquire_stream_slot(after(65), short, 1).await.unwrap(), None);
    assert!(table.acquire_stream_slot(after(70), short, 1).await.unwrap().is_some());
}

#[tokio::test]
async fn of_many_at_once_as_many_get_in_as_may() {
    let (_store, table) = table().await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let table = table.clone();
        tries.spawn(async move { open(&table, noon(), 10).await.is_some() });
    }
    let opened = tries.join_all().await.into_iter().filter(|opened| *opened).count();
    assert_eq!(opened, 10);
    assert_eq!(open(&table, after(60), 10).await, None);
}

#[tokio::test]
async fn a_count_that_is_gone_stays_gone_and_none_falls_below_zero() {
    let (store, table) = table().await;
    let slot = open(&table, noon(), 1).await.unwrap();
    table.release_stream_slot(slot).await.unwrap();
    table.release_stream_slot(slot).await.unwrap();
    assert!(open(&table, noon(), 1).await.is_some());
    assert_eq!(open(&table, noon(), 1).await, None, "released twice is no place for two");
    assert_eq!(swept(&store, after(120)), 0);
    assert_eq!(swept(&store, after(2 * 3_600)), 1);
    table.release_stream_slot(slot).await.unwrap();
    assert!(open(&table, noon(), 1).await.is_some());
}

fn swept(store: &Store, now: Moment) -> usize {
    store.engine().sweep_ttl(now.millis()).unwrap()
}
