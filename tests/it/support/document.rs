//! Holds every answer of every test against the document that is served: its status, and its JSON by the schema. And every body
//! that was taken.

#![expect(clippy::cast_precision_loss, reason = "sizes are small")]

use std::sync::LazyLock;

use serde_json::Value;

use super::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(&contract::openapi::json()).unwrap());

/// Insists that the document tells of this answer. Paths and methods that it does not name have none.
pub(crate) fn check(method: &str, path: &str, answer: &Answer) {
    let Some(operation) = operation(method, path) else { return };
    let status = answer.status.as_str();
    let told = &operation["responses"][status];
    assert!(told.is_object(), "{method} {path} answers {status}, of which the document says nothing: {}", answer.text);
    if answer.text.is_empty() {
        assert!(told["content"].is_null() || status == "200", "{method} {path}: {status} without a body");
        return;
    }
    let media_type = answer.header("content-type").split(';').next().unwrap_or_default();
    let content = &told["content"][media_type];
    assert!(content.is_object(), "{method} {path}: {status} as {media_type}");
    if media_type.ends_with("json") && content["schema"].is_object() {
        fits(&answer.json(), &content["schema"], &format!("{method} {path} {status}"));
    }
}

/// Insists that the document tells of a body that was taken.
pub(crate) fn check_body(method: &str, path: &str, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path).filter(|operation| operation["requestBody"].is_object()) else { return };
    fits(body, &operation["requestBody"]["content"]["application/json"]["schema"], &format!("the body of {method} {path}"));
}

fn fits(value: &Value, schema: &Value, place: &str) {
    let misfit = misfit(value, schema, place);
    assert_eq!(misfit, None, "{value}");
}

/// Insists that an event is one that the document tells of.
pub(crate) fn check_event(event: &Value) {
    fits(event, &DOCUMENT["components"]["schemas"]["Event"], "an event");
}

fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let path = path.trim_end_matches('/');
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let matches = |pattern: &str| {
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        pattern.len() == path.len() && pattern.iter().zip(path).all(|(part, text)| part.starts_with('{') || *part == text)
    };
    // A path that is spelled out goes before one with a hole.
    let found = paths.get(path).or_else(|| paths.iter().find(|(pattern, _)| matches(pattern)).map(|(_, item)| item))?;
    found.get(method.to_lowercase())
}

/// As much of JSON Schema as the document uses; says what does not fit. What an object does not name, it may not have, unless it
/// names nothing.
fn misfit(value: &Value, schema: &Value, place: &str) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return misfit(value, &DOCUMENT["components"]["schemas"][name], place);
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let why: Option<Vec<String>> = ways.iter().map(|way| misfit(value, way, place)).collect();
        return why.map(|why| why.join("; "));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Some(format!("{place}: {value} is none of {}", schema["enum"]));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        Value::String(one) => vec![one.as_str()],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    if !types.iter().any(|kind| is(value, kind)) {
        return Some(format!("{place}: {value} is no {}", schema["type"]));
    }
    match value {
        Value::Object(fields) => misfit_object(fields, schema, place),
        Value::Array(items) => {
            let inner = items.iter().find_map(|item| misfit(item, &schema["items"], &format!("{place}[]")));
            inner.or_else(|| misfit_size(items.len() as f64, schema, ["minItems", "maxItems"], place))
        }
        Value::String(text) => misfit_size(text.chars().count() as f64, schema, ["minLength", "maxLength"], place),
        Value::Number(number) => misfit_size(number.as_f64().unwrap(), schema, ["minimum", "maximum"], place),
        Value::Null | Value::Bool(_) => None,
    }
}

fn is(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("the document says {other}"),
    }
}

fn misfit_size(size: f64, schema: &Value, [least, most]: [&str; 2], place: &str) -> Option<String> {
    let small = schema[least].as_f64().is_some_and(|least| size < least);
    let large = schema[most].as_f64().is_some_and(|most| size > most);
    (small || large).then(|| format!("{place}: {size} is not within {} and {}", schema[least], schema[most]))
}

fn misfit_object(fields: &serde_json::Map<String, Value>, schema: &Value, place: &str) -> Option<String> {
    let needed = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = needed.into_iter().find(|name| !fields.contains_key(*name)) {
        return Some(format!("{place}: {missing} is missing"));
    }
    let named = schema["properties"].as_object();
    fields.iter().find_map(|(name, field)| match named.map(|named| named.get(name)) {
        Some(Some(of_field)) => misfit(field, of_field, &format!("{place}.{name}")),
        Some(None) => Some(format!("{place}: the document does not know {name}")),
        None => misfit(field, &schema["additionalProperties"], place),
    })
}
