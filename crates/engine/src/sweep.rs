//! Deletes expired items, as `DynamoDB`'s TTL does in its own time. Goes by a time that is handed in, which the engine's own sweep
//! (by the system's clock) cannot.

use dynoxide::Result;
use serde_json::{Map, Value, json};

use crate::dispatch::Call;
use crate::{Error, Inner};

/// Items read at a time, so that other calls wait for a page and not for a table.
const PAGE: usize = 200;

pub(crate) fn sweep(inner: &Inner, now_ms: i64) -> std::result::Result<usize, Error> {
    let mut deleted = 0;
    for table in inner.truth.tables()? {
        let described = inner.truth.ask("DescribeTimeToLive", &json!({ "TableName": table }))?;
        if let Some(attribute) = described["TimeToLiveDescription"]["AttributeName"].as_str() {
            let attribute = attribute.to_owned();
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
        let names = self.inner.truth.key_names(&self.table).unwrap_or_default();
        let mut deleted = 0;
        let mut request = json!({ "TableName": self.table, "Limit": PAGE, "FilterExpression": "#t < :now" });
        self.name_values(&mut request);
        loop {
            let page = self.inner.truth.ask("Scan", &request)?;
            for item in page["Items"].as_array().into_iter().flatten() {
                let key: Map<String, Value> = names.iter().map(|name| (name.clone(), item[name.as_str()].clone())).collect();
                deleted += usize::from(self.delete(&key)?);
            }
            match page.get("LastEvaluatedKey") {
                Some(last) => request["ExclusiveStartKey"] = last.clone(),
                None => return Ok(deleted),
            }
        }
    }

    fn name_values(&self, request: &mut Value) {
        request["ExpressionAttributeNames"] = json!({ "#t": self.attribute });
        request["ExpressionAttributeValues"] = json!({ ":now": { "N": self.now_s.to_string() } });
    }

    /// On condition that it is still expired. Returns whether it was.
    fn delete(&self, key: &Map<String, Value>) -> Result<bool> {
        let mut body = json!({ "TableName": self.table, "Key": key, "ConditionExpression": "#t < :now" });
        self.name_values(&mut body);
        let call = Call { operation: "DeleteItem".into(), body: body.to_string(), callers_token: false };
        let (faults, truth) = (&self.inner.faults, &self.inner.truth);
        let answer = if faults.are_on() { faults.lock().undisturbed(truth, &call)? } else { truth.run(&call) };
        Ok(answer.is_ok())
    }
}
