//! What answers when no fault befalls: the embedded database, or an engine of somebody else's that the faults are put before.

use dynoxide::{Database, DynoxideError, Result};
use serde_json::Value;

use crate::answer::Answer;
use crate::dispatch::{self, Call};

/// Another `DynamoDB`, asked one call after the other.
pub trait Elsewhere: Send + Sync {
    /// The status and the body that it answers to a call: an operation's name, such as `GetItem`, and its JSON. Blocks until it has.
    fn answer(&self, operation: &str, body: &str) -> (u16, String);
}

pub(crate) enum Truth {
    Embedded(Database),
    Elsewhere(Box<dyn Elsewhere>),
}

impl Truth {
    /// Blocks for as long as it takes.
    pub(crate) fn run(&self, call: &Call) -> Answer {
        match self {
            Self::Embedded(db) => dispatch::run(db, call),
            Self::Elsewhere(other) => {
                let (status, body) = other.answer(&call.operation, &call.body);
                Answer { status, body }
            }
        }
    }

    /// Asks a question of our own.
    pub(crate) fn ask(&self, operation: &str, body: &Value) -> Result<Value> {
        let answer = self.run(&Call { operation: operation.to_owned(), body: body.to_string(), callers_token: false });
        if answer.is_ok() {
            return serde_json::from_str(&answer.body).map_err(|error| DynoxideError::InternalServerError(error.to_string()));
        }
        Err(DynoxideError::InternalServerError(format!("{operation}: {}", answer.body)))
    }

    /// The names of a table's key attributes, partition key first; `None` where there is no such table.
    pub(crate) fn key_names(&self, table: &str) -> Option<Vec<String>> {
        let described = self.ask("DescribeTable", &serde_json::json!({ "TableName": table })).ok()?;
        let name = |part: &Value| part["AttributeName"].as_str().map(str::to_owned);
        described["Table"]["KeySchema"].as_array()?.iter().map(name).collect()
    }

    /// All tables.
    pub(crate) fn tables(&self) -> Result<Vec<String>> {
        let listed = self.ask("ListTables", &Value::Object(serde_json::Map::new()))?;
        let names = listed["TableNames"].as_array().into_iter().flatten();
        Ok(names.filter_map(|name| name.as_str().map(str::to_owned)).collect())
    }
}
