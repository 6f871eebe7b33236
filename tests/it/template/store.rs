//! The table is the one that `belfry serve` makes.

use std::sync::OnceLock;

use aws_sdk_dynamodb::types::{KeySchemaElement, Projection};
use engine::Engine;
use serde_json::{Value, json};
use table::Table;

use super::stack::{Stack, text};
use super::{Findings, differs};

pub(crate) fn findings(stack: &Stack) -> Findings {
    let tables = stack.of_type("AWS::DynamoDB::Table");
    let mut findings: Findings = differs("the number of tables", tables.len(), 1).into_iter().collect();
    let table = stack.properties("Table");
    for (name, wanted) in shape().as_object().unwrap() {
        findings.extend(differs(name, table[name].clone(), wanted.clone()));
    }
    findings.extend(differs("BillingMode", table["BillingMode"].clone(), json!("PAY_PER_REQUEST")));
    let recovery = text(&table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]);
    findings.extend(differs("point-in-time recovery", recovery, "true".to_owned()));
    findings.extend(differs("deletion protection", text(&table["DeletionProtectionEnabled"]), "true".to_owned()));
    // A stack that is not made after all leaves no protected table behind.
    for (policy, wanted) in [("DeletionPolicy", "RetainExceptOnCreate"), ("UpdateReplacePolicy", "Retain")] {
        findings.extend(differs(policy, stack.attribute("Table", policy).clone(), json!(wanted)));
    }
    // With a name of its own, a stack could not be made again beside the table that outlived it.
    findings.extend(table.get("TableName").map(|name| format!("the table is called {name}")));
    findings
}

/// The table that the code makes, described in a template's words.
fn shape() -> Value {
    static SHAPE: OnceLock<Value> = OnceLock::new();
    SHAPE.get_or_init(|| tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(made())).clone()
}

async fn made() -> Value {
    let client = Engine::in_memory().unwrap().client();
    Table::new(client.clone(), "belfry", "1").create_if_missing().await.unwrap();
    let table = client.describe_table().table_name("belfry").send().await.unwrap().table.unwrap();
    let attributes = table.attribute_definitions().iter();
    let attributes: Vec<_> =
        attributes.map(|one| json!({"AttributeName": one.attribute_name(), "AttributeType": one.attribute_type().as_str()})).collect();
    let local = table.local_secondary_indexes().iter();
    let local: Vec<_> = local.map(|one| index(one.index_name(), one.key_schema(), one.projection())).collect();
    let global = table.global_secondary_indexes().iter();
    let global: Vec<_> = global.map(|one| index(one.index_name(), one.key_schema(), one.projection())).collect();
    json!({
        "AttributeDefinitions": attributes,
        "KeySchema": keys(table.key_schema()),
        "LocalSecondaryIndexes": local,
        "GlobalSecondaryIndexes": global,
        "TimeToLiveSpecification": {"AttributeName": table::schema::TTL, "Enabled": true},
    })
}

fn keys(schema: &[KeySchemaElement]) -> Vec<Value> {
    schema.iter().map(|one| json!({"AttributeName": one.attribute_name(), "KeyType": one.key_type().as_str()})).collect()
}

fn index(name: Option<&str>, schema: &[KeySchemaElement], projection: Option<&Projection>) -> Value {
    let projection = projection.unwrap();
    let mut projects = json!({"ProjectionType": projection.projection_type().unwrap().as_str()});
    if !projection.non_key_attributes().is_empty() {
        projects["NonKeyAttributes"] = json!(projection.non_key_attributes());
    }
    json!({"IndexName": name.unwrap(), "KeySchema": keys(schema), "Projection": projects})
}
