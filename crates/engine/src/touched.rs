//! Which items a request names, read from its JSON: only while faults are on.

use std::collections::HashMap;

use dynoxide::{AttributeValue, Item};
use serde_json::Value;

use crate::truth::Truth;

/// An item's identity, as a map key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemKey {
    pub(crate) table: String,
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// One item of a request.
#[derive(Clone, Debug)]
pub(crate) struct Touched {
    pub(crate) id: ItemKey,
    /// Its key attributes, as a request takes them.
    pub(crate) key: Item,
    /// False for what is only read or checked.
    pub(crate) written: bool,
}

/// The names of each table's key attributes, partition key first.
#[derive(Debug, Default)]
pub(crate) struct Schemas(HashMap<String, Vec<String>>);

impl Schemas {
    /// To be called when tables come or go.
    pub(crate) fn forget(&mut self) {
        self.0.clear();
    }

    /// The items that `operation` names one by one; none for queries, scans and what concerns whole tables.
    pub(crate) fn touched(&mut self, truth: &Truth, operation: &str, body: &Value) -> Vec<Touched> {
        let of_item = |written| (body["TableName"].clone(), body.clone(), written);
        let parts: Vec<(Value, Value, bool)> = match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => vec![of_item(true)],
            "GetItem" => vec![of_item(false)],
            "TransactWriteItems" | "TransactGetItems" => list(&body["TransactItems"]).filter_map(in_transaction).collect(),
            "BatchWriteItem" => in_batch(&body["RequestItems"]),
            _ => Vec::new(),
        };
        parts.into_iter().filter_map(|(table, part, written)| self.one(truth, table.as_str()?, &part, written)).collect()
    }

    fn one(&mut self, truth: &Truth, table: &str, part: &Value, written: bool) -> Option<Touched> {
        let names = self.names(truth, table)?;
        let source = part.get("Key").or_else(|| part.get("Item"))?;
        let text = |name: Option<&String>| name.map_or_else(String::new, |name| text_of(&source[name.as_str()]));
        let id = ItemKey { table: table.to_owned(), pk: text(names.first()), sk: text(names.get(1)) };
        let attribute = |name: &String| {
            let value = serde_json::from_value::<AttributeValue>(source.get(name.as_str())?.clone()).ok()?;
            Some((name.clone(), value))
        };
        Some(Touched { id, key: names.iter().map(attribute).collect::<Option<Item>>()?, written })
    }

    fn names(&mut self, truth: &Truth, table: &str) -> Option<&Vec<String>> {
        if !self.0.contains_key(table) {
            let names = truth.key_names(table)?;
            self.0.insert(table.to_owned(), names);
        }
        self.0.get(table)
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn in_transaction(item: &Value) -> Option<(Value, Value, bool)> {
    let (action, part) = item.as_object()?.iter().next()?;
    let written = matches!(action.as_str(), "Put" | "Update" | "Delete");
    Some((part["TableName"].clone(), part.clone(), written))
}

fn in_batch(tables: &Value) -> Vec<(Value, Value, bool)> {
    let tables = tables.as_object().into_iter().flatten();
    let parts = tables.flat_map(|(table, requests)| {
        let requests = list(requests).filter_map(|request| request.as_object()?.values().next());
        requests.map(move |part| (Value::from(table.as_str()), part.clone(), true))
    });
    parts.collect()
}

/// A string key's own text; the JSON of any other.
fn text_of(value: &Value) -> String {
    value.get("S").and_then(Value::as_str).map_or_else(|| value.to_string(), str::to_owned)
}
