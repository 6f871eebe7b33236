//! Holds every answer of every test against the document that is served: its status, and its JSON by the schema.

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

/// As much of JSON Schema as the document uses. What an object does not name, it may not have, unless it names nothing.
fn fits(value: &Value, schema: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        return fits(value, &DOCUMENT["components"]["schemas"][name], place);
    }
    if let Some(ways) = schema["oneOf"].as_array() {
        let ways: Vec<&Value> = ways.iter().filter(|way| way["properties"]["type"]["enum"][0] == value["type"]).collect();
        assert_eq!(ways.len(), 1, "{place}: {value}");
        return fits(value, ways[0], place);
    }
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{place}: {value} is none of {words:?}");
    }
    match schema["type"].as_str() {
        Some("object") => fits_object(value, schema, place),
        Some("array") => {
            let items = value.as_array().unwrap_or_else(|| panic!("{place}: {value} is no array"));
            assert!(schema["maxItems"].as_u64().is_none_or(|most| items.len() as u64 <= most), "{place}: {value} is too long");
            items.iter().for_each(|item| fits(item, &schema["items"], &format!("{place}[]")));
        }
        Some("string") => {
            let text = value.as_str().unwrap_or_else(|| panic!("{place}: {value} is no text"));
            let most = schema["maxLength"].as_u64();
            assert!(most.is_none_or(|most| text.chars().count() as u64 <= most), "{place}: {text} is too long");
        }
        Some("boolean") => assert!(value.is_boolean(), "{place}: {value}"),
        Some("integer") => assert!(value.is_u64() || value.is_i64(), "{place}: {value}"),
        Some("number") => assert!(value.is_number(), "{place}: {value}"),
        Some(other) => panic!("{place}: the document says {other}"),
        None => {}
    }
    if let (Some(number), Some(least)) = (value.as_f64(), schema["minimum"].as_f64()) {
        assert!(number >= least && schema["maximum"].as_f64().is_none_or(|most| number <= most), "{place}: {value}");
    }
}

fn fits_object(value: &Value, schema: &Value, place: &str) {
    let fields = value.as_object().unwrap_or_else(|| panic!("{place}: {value} is no object"));
    for needed in schema["required"].as_array().into_iter().flatten() {
        assert!(fields.contains_key(needed.as_str().unwrap()), "{place}: {needed} is missing in {value}");
    }
    let Some(named) = schema["properties"].as_object() else {
        return fields.values().for_each(|field| fits(field, &schema["additionalProperties"], place));
    };
    for (name, field) in fields {
        let of_field = named.get(name).unwrap_or_else(|| panic!("{place}: the document does not know {name} in {value}"));
        fits(field, of_field, &format!("{place}.{name}"));
    }
}
