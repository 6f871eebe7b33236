//! What a deployed stack tells.

use std::collections::BTreeMap;

use serde_json::Value;

/// Outputs by name.
pub(crate) struct Outputs(BTreeMap<String, String>);

impl Outputs {
    /// Reads what `sam list stack-outputs` prints.
    pub(crate) fn parse(json: &str) -> Self {
        let list: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"));
        let pair = |one: &Value| Some((one["OutputKey"].as_str()?.to_owned(), one["OutputValue"].as_str()?.to_owned()));
        Self(list.as_array().unwrap().iter().filter_map(pair).collect())
    }

    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_else(|| panic!("the stack has no output {name}: {:?}", self.0.keys()))
    }
}
