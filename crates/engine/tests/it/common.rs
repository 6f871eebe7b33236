//! A table shaped like Belfry's, and short words for its items.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex, Projection,
    ProjectionType, Put, ReturnConsumedCapacity, ScalarAttributeType, TimeToLiveSpecification, TransactWriteItem,
};

pub(crate) const TABLE: &str = "belfry";

pub(crate) type Written = Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError>>;

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) async fn create_table(client: &Client) {
    let typed = |name: &str, kind| AttributeDefinition::builder().attribute_name(name).attribute_type(kind).build().expect("complete");
    let key = |name: &str, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("complete");
    let included = Projection::builder().projection_type(ProjectionType::Include).non_key_attributes("category").build();
    let unread = LocalSecondaryIndex::builder().index_name("unread").projection(included);
    let unread = unread.key_schema(key("PK", KeyType::Hash)).key_schema(key("unread", KeyType::Range)).build().expect("complete");
    let all = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let by_user = GlobalSecondaryIndex::builder().index_name("byUser").key_schema(key("userId", KeyType::Hash)).projection(all);
    let request = client.create_table().table_name(TABLE).billing_mode(BillingMode::PayPerRequest);
    let request = request.attribute_definitions(typed("PK", ScalarAttributeType::S));
    let request = request.attribute_definitions(typed("SK", ScalarAttributeType::S));
    let request = request.attribute_definitions(typed("unread", ScalarAttributeType::N));
    let request = request.attribute_definitions(typed("userId", ScalarAttributeType::S));
    let request = request.key_schema(key("PK", KeyType::Hash)).key_schema(key("SK", KeyType::Range));
    let request = request.local_secondary_indexes(unread).global_secondary_indexes(by_user.build().expect("complete"));
    request.send().await.expect("the table is made");
    let ttl = TimeToLiveSpecification::builder().attribute_name("ttl").enabled(true).build().expect("complete");
    client.update_time_to_live().table_name(TABLE).time_to_live_specification(ttl).send().await.expect("ttl is set");
}

/// An item of `USER#a`, with a value.
pub(crate) fn put(sk: &str, value: i64) -> TransactWriteItem {
    put_with(sk, value, &[])
}

pub(crate) fn put_with(sk: &str, value: i64, more: &[(&str, AttributeValue)]) -> TransactWriteItem {
    let mut put = Put::builder().table_name(TABLE).item("PK", s("USER#a")).item("SK", s(sk)).item("value", n(value));
    for (name, value) in more {
        put = put.item(*name, value.clone());
    }
    TransactWriteItem::builder().put(put.build().expect("complete")).build()
}

pub(crate) async fn write(client: &Client, items: &[TransactWriteItem]) -> Written {
    let request = client.transact_write_items().set_transact_items(Some(items.to_vec()));
    request.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await
}

/// The value of an item of `USER#a`, read consistently.
pub(crate) async fn value(client: &Client, sk: &str) -> Option<i64> {
    value_of(client, sk, true).await
}

pub(crate) async fn value_of(client: &Client, sk: &str, consistent: bool) -> Option<i64> {
    let request = client.get_item().table_name(TABLE).key("PK", s("USER#a")).key("SK", s(sk)).consistent_read(consistent);
    let found = request.send().await.expect("read").item?;
    found["value"].as_n().expect("a number").parse().ok()
}

/// The codes of a cancelled transaction.
pub(crate) fn codes(written: Written) -> Vec<String> {
    let error = written.expect_err("cancelled").into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(canceled) = error else { panic!("{error:?}") };
    canceled.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or_default().to_owned()).collect()
}
