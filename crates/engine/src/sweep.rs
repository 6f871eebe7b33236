//! Deletes expired items, as `DynamoDB`'s TTL does in its own time. Goes by a time that is handed in, which the engine's own sweep
//! (by the system's clock) cannot.

use std::collections::HashMap;

use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;
use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::{AttributeValue, Database, Item, Result};
use serde_json::json;

use crate::dispatch::{self, Call};
use crate::{Error, Inner};

/// Items read at a time, so that other calls wait for a page and not for a table.
const PAGE: usize = 200;

pub(crate) fn sweep(inner: &Inner, now_ms: i64) -> std::result::Result<usize, Error> {
    let mut deleted = 0;
    for table in inner.db.list_tables(ListTablesRequest::default())?.table_names {
        let described = inner.db.describe_time_to_live(DescribeTimeToLiveRequest { table_name: table.clone() })?;
        if let Some(attribute) = described.time_to_live_description.attribute_name {
            deleted += Sweep { inner, table, attribute, now_s: now_ms.div_euclid(1000) }.run()?;
        }
    }
    Ok(deleted)
}

struct Sweep<'a> {
    inner: &'a Inner,
    table: String,
    attribute: String,
    now_s: i64,
}

impl Sweep<'_> {
    fn run(&self) -> Result<usize> {
        let names = key_names(&self.inner.db, &self.table)?;
        let mut deleted = 0;
        let mut start = None;
        loop {
            let page = self.inner.db.scan(self.page(start))?;
            for item in page.items.into_iter().flatten() {
                let key: Item = item.into_iter().filter(|(name, _)| names.contains(name)).collect();
                deleted += usize::from(self.delete(&key)?);
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                return Ok(deleted);
            }
        }
    }

    fn page(&self, exclusive_start_key: Option<Item>) -> ScanRequest {
        ScanRequest {
            table_name: self.table.clone(),
            filter_expression: Some("#t < :now".into()),
            expression_attribute_names: Some(HashMap::from([("#t".into(), self.attribute.clone())])),
            expression_attribute_values: Some(HashMap::from([(":now".into(), AttributeValue::N(self.now_s.to_string()))])),
            limit: Some(PAGE),
            exclusive_start_key,
            ..Default::default()
        }
    }

    /// On condition that it is still expired. Returns whether it was.
    fn delete(&self, key: &Item) -> Result<bool> {
        let body = json!({
            "TableName": self.table, "Key": key, "ConditionExpression": "#t < :now",
            "ExpressionAttributeNames": { "#t": self.attribute },
            "ExpressionAttributeValues": { ":now": { "N": self.now_s.to_string() } },
        });
        let call = Call { operation: "DeleteItem".into(), body: body.to_string(), callers_token: false };
        let faults = &self.inner.faults;
        let answer = if faults.are_on() { faults.lock().undisturbed(&self.inner.db, &call)? } else { dispatch::run(&self.inner.db, &call) };
        Ok(answer.is_ok())
    }
}

fn key_names(db: &Database, table: &str) -> Result<Vec<String>> {
    let described = db.describe_table(DescribeTableRequest { table_name: table.to_owned() })?;
    Ok(described.table.key_schema.into_iter().map(|part| part.attribute_name).collect())
}
