//! Answers as they stand on the wire, and the refusals that faults make up, in `DynamoDB`'s own shapes.

use dynoxide::DynoxideError;
use dynoxide::errors::CancellationReason;
use serde_json::{Value, json};

use crate::dispatch::Call;
use crate::touched::Touched;

/// A status and a JSON body.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// How a throttled call is told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Throttle {
    Throughput,
    Requests,
}

impl Answer {
    pub(crate) fn ok(body: String) -> Self {
        Self { status: 200, body }
    }

    pub(crate) fn is_ok(&self) -> bool {
        self.status == 200
    }

    /// The engine's own error: `to_json` writes `__type`, the message and, for a transaction, its `CancellationReasons`.
    pub(crate) fn error(error: &DynoxideError) -> Self {
        Self { status: error.status_code(), body: error.to_json() }
    }

    pub(crate) fn unknown_operation(operation: &str) -> Self {
        let message = format!("the embedded engine does not serve {operation}");
        let body = json!({ "__type": "com.amazon.coral.service#UnknownOperationException", "message": message });
        Self { status: 400, body: body.to_string() }
    }

    /// This answer with the size of the items' collections, where the call asks for it: what `DynamoDB` tells of a table with local
    /// indexes, and the embedded engine does not tell of transactions. One of the collections has so many gigabytes, the others none.
    pub(crate) fn with_collections(self, call: &Call, touched: &[Touched], gigabytes: u64) -> Self {
        let asks = |body: &Value| body["ReturnItemCollectionMetrics"] == "SIZE";
        let Ok(mut body) = serde_json::from_str::<Value>(&self.body) else { return self };
        if !serde_json::from_str(&call.body).is_ok_and(|body| asks(&body)) {
            return self;
        }
        for (place, item) in touched.iter().enumerate() {
            let lower = if place == 0 { gigabytes } else { 0 };
            let told = json!({ "ItemCollectionKey": { "PK": { "S": item.id.pk } }, "SizeEstimateRangeGB": [lower, lower + 1] });
            let of_table = &mut body["ItemCollectionMetrics"][item.id.table.as_str()];
            match of_table.as_array_mut() {
                Some(list) => list.push(told),
                None => *of_table = json!([told]),
            }
        }
        Self { body: body.to_string(), ..self }
    }

    /// A transaction cancelled with one code an item, such as `None` or `TransactionConflict`.
    pub(crate) fn canceled(codes: &[&str]) -> Self {
        let list = codes.join(", ");
        let message = format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{list}]");
        let reasons = codes.iter().map(|code| CancellationReason {
            code: (*code).to_owned(),
            message: reason_text(code).map(str::to_owned),
            item: None,
        });
        Self::error(&DynoxideError::TransactionCanceledException(message, reasons.collect()))
    }

    /// A single write that met a transaction on its item.
    pub(crate) fn conflict() -> Self {
        Self::made_up("TransactionConflictException", "Transaction is ongoing for the item")
    }

    /// A retry of a transaction, by its token, that has not come to its end.
    pub(crate) fn in_progress() -> Self {
        Self::made_up("TransactionInProgressException", "The transaction with the given request token is already in progress.")
    }

    pub(crate) fn throttled(how: Throttle) -> Self {
        match how {
            Throttle::Throughput => Self::made_up("ProvisionedThroughputExceededException", THROUGHPUT),
            Throttle::Requests => Self::made_up("ThrottlingException", THROUGHPUT),
        }
    }

    fn made_up(kind: &str, message: &str) -> Self {
        let body = json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message });
        Self { status: 400, body: body.to_string() }
    }
}

const THROUGHPUT: &str = "Throughput exceeds the current capacity of your table or index";

fn reason_text(code: &str) -> Option<&'static str> {
    match code {
        "TransactionConflict" => Some("Transaction is ongoing for the item"),
        "ConditionalCheckFailed" => Some("The conditional request failed"),
        "ThrottlingError" | "ProvisionedThroughputExceeded" => Some(THROUGHPUT),
        _ => None,
    }
}
