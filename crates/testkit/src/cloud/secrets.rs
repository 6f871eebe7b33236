//! Secrets Manager: one secret for every name, its versions by their stage.

use std::collections::HashMap;

use bytes::Bytes;
use hyper::StatusCode;
use serde_json::{Value, json};

use super::{json_answer, with_type};
use crate::loopback::Answer;

/// What it answers where a stage has no version (`GetSecretValue`, API reference, 2026).
const NONE: &str = "ResourceNotFoundException";

/// The versions, or the names of the errors in their place.
#[derive(Default)]
pub(super) struct Secrets(HashMap<String, Result<String, &'static str>>);

impl Secrets {
    pub(super) fn keep(&mut self, stage: &str, version: Result<&str, &'static str>) {
        self.0.insert(stage.to_owned(), version.map(str::to_owned));
    }

    pub(super) fn answer(&self, body: &Bytes) -> Answer {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let stage = asked["VersionStage"].as_str().unwrap_or("AWSCURRENT");
        match self.0.get(stage).map_or(Err(NONE), |version| version.as_deref().map_err(|name| *name)) {
            Ok(secret) => json_answer(&json!({
                "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:belfry",
                "Name": "belfry",
                "SecretString": secret,
                "VersionStages": [stage],
            })),
            Err(name) => {
                let error = json!({"__type": name, "Message": format!("no version of the secret at {stage}")});
                with_type(StatusCode::BAD_REQUEST, Bytes::from(error.to_string()), "application/x-amz-json-1.1")
            }
        }
    }
}
