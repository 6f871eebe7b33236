//! What the engine does by itself.

use aws_sdk_dynamodb::types::{AttributeValue, ConsumedCapacity, Put, ReturnConsumedCapacity, Select, TransactWriteItem};
use engine::Engine;

use crate::common::{TABLE, codes, create_table, n, put, put_with, s, value, write};

async fn engine() -> Engine {
    let engine = Engine::in_memory().expect("in memory");
    create_table(&engine.client()).await;
    engine
}

#[tokio::test(start_paused = true)]
async fn a_transaction_is_written_and_its_capacity_told() {
    let client = engine().await.client();
    let written = write(&client, &[put("STATE", 1), put_with("N#1", 1, &[("unread", n(1))])]).await.expect("written");
    // Two units an item; the index row is written at the plain price.
    assert_eq!(written.consumed_capacity()[0].capacity_units(), Some(5.0));
    assert_eq!(value(&client, "STATE").await, Some(1));

    let get = client.get_item().table_name(TABLE).key("PK", s("USER#a")).key("SK", s("STATE"));
    let got = get.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("read");
    assert_eq!(got.consumed_capacity().and_then(ConsumedCapacity::capacity_units), Some(0.5));

    let query = client.query().table_name(TABLE).index_name("unread").select(Select::Count).consistent_read(true);
    let query = query.key_condition_expression("PK = :pk AND unread > :after");
    let query = query.expression_attribute_values(":pk", s("USER#a")).expression_attribute_values(":after", n(0));
    let counted = query.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await.expect("counted");
    assert_eq!((counted.count(), counted.consumed_capacity().and_then(ConsumedCapacity::capacity_units)), (1, Some(1.0)));
}

#[tokio::test(start_paused = true)]
async fn a_failed_condition_is_told_item_by_item_and_nothing_is_written() {
    let client = engine().await.client();
    let guarded = Put::builder().table_name(TABLE).item("PK", s("USER#a")).item("SK", s("STATE"));
    let guarded = guarded.condition_expression("attribute_exists(PK)").build().expect("complete");
    let guarded = TransactWriteItem::builder().put(guarded).build();
    let written = write(&client, &[put("J#1", 1), guarded]).await;
    assert_eq!(codes(written), ["None", "ConditionalCheckFailed"]);
    assert_eq!(value(&client, "J#1").await, None);
}

#[tokio::test(start_paused = true)]
async fn a_callers_token_is_kept_and_the_sdks_own_is_not() {
    let client = engine().await.client();
    let send = |value| client.transact_write_items().client_request_token("mine").transact_items(put("STATE", value)).send();
    send(1).await.expect("written");
    send(1).await.expect("the same again");
    let error = send(2).await.expect_err("the token names another request").into_service_error();
    assert!(error.is_idempotent_parameter_mismatch_exception());
}

#[tokio::test(start_paused = true)]
async fn a_bad_request_is_a_validation_error() {
    let client = engine().await.client();
    let error = client.get_item().table_name(TABLE).key("PK", s("USER#a")).send().await.expect_err("no SK").into_service_error();
    assert_eq!(error.meta().code(), Some("ValidationException"));
    let error = client.put_item().table_name("x").item("PK", s("a")).send().await.expect_err("short name").into_service_error();
    let text = error.meta().message().expect("a message").to_owned();
    assert_eq!((error.meta().code(), text.contains("VALIDATION")), (Some("ValidationException"), false));
}

#[tokio::test]
async fn a_file_is_there_again_after_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("belfry.db");
    let first = Engine::open(&path).expect("made");
    create_table(&first.client()).await;
    write(&first.client(), &[put("STATE", 7)]).await.expect("written");
    drop(first);
    let again = Engine::open(&path).expect("opened");
    assert_eq!(value(&again.client(), "STATE").await, Some(7));
}

#[tokio::test(start_paused = true)]
async fn a_sweep_deletes_what_expired_by_the_given_time_and_no_more() {
    let engine = engine().await;
    let client = engine.client();
    let word = ("ttl", AttributeValue::S("never".into()));
    let items =
        [put_with("N#1", 1, &[("ttl", n(100)), ("unread", n(1))]), put_with("N#2", 2, &[("ttl", n(101))]), put_with("N#3", 3, &[word])];
    write(&client, &items).await.expect("written");
    assert_eq!(engine.sweep_ttl(100_999).expect("swept"), 0);
    assert_eq!(engine.sweep_ttl(101_000).expect("swept"), 1);
    assert_eq!((value(&client, "N#1").await, value(&client, "N#2").await, value(&client, "N#3").await), (None, Some(2), Some(3)));
}
