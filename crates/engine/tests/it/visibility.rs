//! Commits whose items are seen one after another.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::types::{Delete, Get, Select, TransactGetItem, TransactWriteItem};
use engine::{Ack, Engine, FaultPlan, Forced, Visibility};

use crate::common::{TABLE, create_table, n, put, put_with, s, value, value_of, write};

async fn engine() -> (Engine, Client) {
    let engine = Engine::in_memory().expect("in memory");
    let client = engine.client();
    create_table(&client).await;
    (engine, client)
}

fn spread(spread_ms: u64, ack: Ack) -> FaultPlan {
    let visibility = Visibility { spread_ms, ack, pending_conflict: 0.0, ..Visibility::default() };
    FaultPlan { visibility: Some(visibility), seed: 5, ..FaultPlan::default() }
}

/// The sort keys that a query of the journal sees.
async fn journal(client: &Client) -> Vec<String> {
    let query = client.query().table_name(TABLE).consistent_read(true).key_condition_expression("PK = :pk AND begins_with(SK, :j)");
    let query = query.expression_attribute_values(":pk", s("USER#a")).expression_attribute_values(":j", s("J#"));
    let found = query.send().await.expect("queried");
    found.items().iter().map(|item| item["SK"].as_s().expect("text").clone()).collect()
}

async fn unread(client: &Client) -> i32 {
    let query = client.query().table_name(TABLE).index_name("unread").select(Select::Count).consistent_read(true);
    let query = query.key_condition_expression("PK = :pk").expression_attribute_values(":pk", s("USER#a"));
    query.send().await.expect("counted").count()
}

fn delete(sk: &str) -> TransactWriteItem {
    let delete = Delete::builder().table_name(TABLE).key("PK", s("USER#a")).key("SK", s(sk)).build().expect("complete");
    TransactWriteItem::builder().delete(delete).build()
}

/// Codes of a refused transactional read, or the values that it found.
async fn transact_get(client: &Client, sks: &[&str]) -> Result<usize, Vec<String>> {
    let get = |sk: &&str| {
        let get = Get::builder().table_name(TABLE).key("PK", s("USER#a")).key("SK", s(sk)).build().expect("complete");
        TransactGetItem::builder().get(get).build()
    };
    let sent = client.transact_get_items().set_transact_items(Some(sks.iter().map(get).collect())).send().await;
    match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
        Ok(found) => Ok(found.responses().iter().filter(|response| response.item().is_some()).count()),
        Err(TransactGetItemsError::TransactionCanceledException(canceled)) => {
            Err(canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default().to_owned()).collect())
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_later_commit_is_seen_before_an_earlier_one() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::Hold);
    write(&client, &[put("J#1", 1), put("N#1", 1)]).await.expect("answered at once");
    write(&client, &[put("J#2", 2)]).await.expect("written");
    assert_eq!(journal(&client).await, ["J#2"]);
    assert!(engine.faults().reveal("USER#a", "N#1"));
    assert_eq!((value(&client, "N#1").await, value(&client, "J#1").await), (Some(1), None));
    assert_eq!(engine.faults().pending(), 1);
    engine.faults().reveal_all();
    assert_eq!((journal(&client).await, engine.faults().pending()), (vec!["J#1".to_owned(), "J#2".to_owned()], 0));
}

#[tokio::test(start_paused = true)]
async fn an_index_and_its_count_follow_the_base_item() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::Hold);
    write(&client, &[put("J#1", 1), put_with("N#1", 1, &[("unread", n(1))])]).await.expect("written");
    engine.faults().reveal("USER#a", "J#1");
    assert_eq!((journal(&client).await.len(), unread(&client).await), (1, 0));
    engine.faults().reveal("USER#a", "N#1");
    assert_eq!(unread(&client).await, 1);
    engine.faults().next_transaction(Forced::Hold);
    write(&client, &[delete("N#1")]).await.expect("deleted");
    assert_eq!((unread(&client).await, value(&client, "N#1").await), (1, Some(1)), "still seen");
    engine.faults().heal();
    assert_eq!((unread(&client).await, value(&client, "N#1").await), (0, None));
}

#[tokio::test(start_paused = true)]
async fn versions_of_one_item_keep_their_order_and_conditions_see_the_truth() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::Hold);
    write(&client, &[put("STATE", 1)]).await.expect("written");
    let update = client.update_item().table_name(TABLE).key("PK", s("USER#a")).key("SK", s("STATE"));
    let update = update.update_expression("SET #v = :two").condition_expression("#v = :one").expression_attribute_names("#v", "value");
    update.expression_attribute_values(":one", n(1)).expression_attribute_values(":two", n(2)).send().await.expect("1 is the truth");
    assert_eq!(value(&client, "STATE").await, None);
    engine.faults().reveal("USER#a", "STATE");
    assert_eq!(value(&client, "STATE").await, Some(2));
}

#[tokio::test(start_paused = true)]
async fn a_transactional_read_refuses_while_an_item_is_pending() {
    let (engine, client) = engine().await;
    engine.faults().next_transaction(Forced::Hold);
    write(&client, &[put("J#1", 1)]).await.expect("written");
    assert_eq!(transact_get(&client, &["N#1", "J#1"]).await, Err(vec!["None".to_owned(), "TransactionConflict".to_owned()]));
    assert_eq!(transact_get(&client, &["N#1"]).await, Ok(0));
    engine.faults().reveal_all();
    assert_eq!(transact_get(&client, &["N#1", "J#1"]).await, Ok(1));
}

#[tokio::test(start_paused = true)]
async fn items_spread_within_their_time_whichever_kind_of_read() {
    let (engine, client) = engine().await;
    engine.faults().set(spread(1_000, Ack::Immediately));
    let items: Vec<_> = (0..8).map(|n| put(&format!("J#{n}"), n)).collect();
    write(&client, &items).await.expect("written");
    let mut counts = vec![journal(&client).await.len()];
    for _ in 0..10 {
        tokio::time::advance(Duration::from_millis(100)).await;
        let seen = journal(&client).await;
        for n in 0..8 {
            let sk = format!("J#{n}");
            assert_eq!(value_of(&client, &sk, false).await.is_some(), seen.contains(&sk));
        }
        counts.push(seen.len());
    }
    assert!(counts.is_sorted() && counts.iter().any(|seen| (1..8).contains(seen)), "{counts:?}");
    assert_eq!(counts.last(), Some(&8));
}

#[tokio::test(start_paused = true)]
async fn by_default_the_writer_is_answered_once_all_is_seen() {
    let (engine, client) = engine().await;
    engine.faults().set(spread(1_000, Ack::AfterVisible));
    write(&client, &[put("STATE", 1), put("J#1", 1)]).await.expect("written");
    assert_eq!((engine.faults().pending(), journal(&client).await.len()), (0, 1));

    engine.faults().next_transaction(Forced::Hold);
    let writer = tokio::spawn({
        let client = client.clone();
        async move { write(&client, &[put("J#2", 2)]).await.is_ok() }
    });
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!writer.is_finished());
    engine.faults().heal();
    assert!(writer.await.expect("no panic"));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_commit_is_an_error_now_and_seen_later() {
    let (engine, client) = engine().await;
    let visibility = Visibility { stall: 1.0, stall_ms: 60_000, pending_conflict: 1.0, ..Visibility::default() };
    engine.faults().set(FaultPlan { visibility: Some(visibility), seed: 2, ..FaultPlan::default() });
    write(&client, &[put("STATE", 1), put("J#1", 1)]).await.expect_err("stalled");
    assert!(engine.faults().pending() > 0);
    let refused = crate::common::codes(write(&client, &[put("STATE", 2), put("J#1", 2)]).await);
    assert!(refused.contains(&"TransactionConflict".to_owned()), "{refused:?}");
    tokio::time::advance(Duration::from_mins(1)).await;
    assert_eq!((value(&client, "STATE").await, value(&client, "J#1").await), (Some(1), Some(1)));
}

#[tokio::test(start_paused = true)]
async fn a_forced_stall_holds_and_a_sweep_is_seen_in_its_turn() {
    let (engine, client) = engine().await;
    write(&client, &[put_with("N#1", 1, &[("ttl", n(5))])]).await.expect("written");
    engine.faults().next_transaction(Forced::Stall);
    write(&client, &[put_with("N#1", 2, &[("ttl", n(6))])]).await.expect_err("stalled");
    assert_eq!(engine.sweep_ttl(9_000).expect("swept"), 1);
    assert_eq!(value(&client, "N#1").await, Some(1), "neither the change nor the deletion is seen");
    engine.faults().reveal_all();
    assert_eq!(value(&client, "N#1").await, None);
}
