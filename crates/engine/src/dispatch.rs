//! From an operation's name and body to the engine's typed call, one line an operation: the engine keeps its own dispatcher to
//! itself.

use dynoxide::actions::transact_write_items::TransactWriteItemsRequest;
use dynoxide::{Database, DynoxideError, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::answer::Answer;

/// One request, as it came from the SDK.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) body: String,
    /// Whether a `ClientRequestToken` was set by the caller rather than made up by the SDK.
    pub(crate) callers_token: bool,
}

/// Runs the call. Blocks for as long as the database takes.
pub(crate) fn run(db: &Database, call: &Call) -> Answer {
    match route(db, call) {
        Ok(Some(body)) => Answer::ok(body),
        Ok(None) => Answer::unknown_operation(&call.operation),
        Err(error) => Answer::error(&enveloped(&call.operation, error)),
    }
}

fn route(db: &Database, call: &Call) -> Result<Option<String>> {
    let body = call.body.as_str();
    match call.operation.as_str() {
        "GetItem" => via(body, |q| db.get_item(q)),
        "PutItem" => via(body, |q| db.put_item(q)),
        "UpdateItem" => via(body, |q| db.update_item(q)),
        "DeleteItem" => via(body, |q| db.delete_item(q)),
        "Query" => via(body, |q| db.query(q)),
        "Scan" => via(body, |q| db.scan(q)),
        "BatchGetItem" => via(body, |q| db.batch_get_item(q)),
        "BatchWriteItem" => via(body, |q| db.batch_write_item(q)),
        "TransactGetItems" => via(body, |q| db.transact_get_items(q)),
        "TransactWriteItems" => via(body, |q| db.transact_write_items(without_made_up_token(q, call.callers_token))),
        "CreateTable" => via(body, |q| db.create_table(q)),
        "DescribeTable" => via(body, |q| db.describe_table(q)),
        "UpdateTable" => via(body, |q| db.update_table(q)),
        "DeleteTable" => via(body, |q| db.delete_table(q)),
        "ListTables" => via(body, |q| db.list_tables(q)),
        "UpdateTimeToLive" => via(body, |q| db.update_time_to_live(q)),
        "DescribeTimeToLive" => via(body, |q| db.describe_time_to_live(q)),
        _ => Ok(None),
    }
}

fn via<Q: DeserializeOwned, R: Serialize>(body: &str, act: impl FnOnce(Q) -> Result<R>) -> Result<Option<String>> {
    let request = serde_json::from_str(body).map_err(|error| unreadable(&error.to_string()))?;
    let response = act(request)?;
    serde_json::to_string(&response).map(Some).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn without_made_up_token(mut request: TransactWriteItemsRequest, callers: bool) -> TransactWriteItemsRequest {
    if !callers {
        request.client_request_token = None;
    }
    request
}

/// The engine's decoder marks in the message's first word which error `DynamoDB` would give; the marks must not reach the wire.
fn unreadable(message: &str) -> DynoxideError {
    let marked = |mark: &str| message.strip_prefix(mark).map(|rest| without_position(rest).to_owned());
    if let Some(text) = marked("VALIDATION:").or_else(|| marked("VALIDATION_AS_READ:")) {
        return DynoxideError::ValidationException(text);
    }
    if let Some(text) = marked("VALIDATION_REQUEST:") {
        return DynoxideError::EnvelopedValidation(text);
    }
    if let Some(text) = marked("SERIALIZATION:").or_else(|| marked("SERIALIZATION_AS_READ:")) {
        return DynoxideError::SerializationException(text);
    }
    let invalid = ["missing field", "unknown variant", "invalid type: null", "AttributeValue"];
    if invalid.iter().any(|part| message.contains(part)) {
        return DynoxideError::ValidationException(without_position(message).to_owned());
    }
    DynoxideError::SerializationException(without_position(message).to_owned())
}

/// Cuts the ` at line 1 column 42` that the JSON decoder adds.
fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |at| &message[..at])
}

/// `EnvelopedValidation` is the engine's inner tag: `DynamoDB` counts the errors on three operations, and on no other.
fn enveloped(operation: &str, error: DynoxideError) -> DynoxideError {
    if let DynoxideError::EnvelopedValidation(text) = error {
        return DynoxideError::ValidationException(match operation {
            "PutItem" | "UpdateItem" | "DeleteItem" => format!("1 validation error detected: {text}"),
            _ => text,
        });
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_the_decoder_choose_the_error_and_stay_inside() {
        let error = unreadable("VALIDATION:TableName must be longer at line 1 column 9");
        assert!(matches!(&error, DynoxideError::ValidationException(text) if text == "TableName must be longer"));
        let error = unreadable("VALIDATION_REQUEST:wrong type at line 1 column 9");
        let put = enveloped("PutItem", error);
        assert_eq!(put.to_string(), "1 validation error detected: wrong type");
        assert!(matches!(unreadable("invalid type: integer"), DynoxideError::SerializationException(_)));
    }

    #[test]
    fn an_operation_that_is_not_served_says_so() {
        let db = Database::memory().expect("in memory");
        let call = Call { operation: "ListBackups".into(), body: "{}".into(), callers_token: false };
        assert!(run(&db, &call).body.contains("ListBackups"));
    }
}
