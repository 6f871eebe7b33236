use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn value() -> Value {
    serde_json::from_str(&json()).unwrap()
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| match value {
            Value::String(text) if name == "$ref" => {
                found.insert(text.clone());
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                references(value, found);
            }
        }),
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_schema_is_used() {
    let value = value();
    let mut found = BTreeSet::new();
    references(&value, &mut found);
    for reference in &found {
        assert!(value.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for name in value["components"]["schemas"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/components/schemas/{name}")), "{name}");
    }
}

#[test]
fn every_route_is_there_once() {
    let value = value();
    assert_eq!(value["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for route in ROUTES {
        let operation = &value["paths"][route.path][route.method.as_str().to_lowercase()];
        assert_eq!(operation["operationId"], route.id);
        assert!(ids.insert(route.id), "{}", route.id);
        for status in route.problems() {
            assert!(operation["responses"].get(status.to_string()).is_some(), "{} {status}", route.id);
        }
    }
}

/// What a body's schema names is what is read: a field too many is "not known here", and each of the schema's is known.
#[test]
fn bodies_are_read_as_they_are_shown() {
    use inbox::moment::Moment;
    type Read = fn(&[u8]) -> Result<(), problem::Problem>;
    let readers: [(&str, Read); 7] = [
        ("MarkBody", |body| rest::parse_mark(body).map(drop)),
        ("MarkOneBody", |body| rest::parse_mark_one(body).map(drop)),
        ("DeleteBody", |body| rest::parse_delete(body).map(drop)),
        ("NotifyBody", |body| rest::parse_notify(body, Moment::default()).map(drop)),
        ("BroadcastBody", |body| rest::parse_broadcast(body, Moment::default()).map(drop)),
        ("TaskBody", |body| rest::parse_task(body, Moment::default()).map(drop)),
        ("PreferencesBody", |body| rest::parse_preferences(body).map(drop)),
    ];
    let value = value();
    let all: BTreeSet<String> = readers.iter().flat_map(|(name, _)| names(&value, name)).chain(["nonsense".into()]).collect();
    for (name, read) in readers {
        let shown = names(&value, name);
        for field in &all {
            let refused = match read(format!("{{\"{field}\":[[]]}}").as_bytes()) {
                Err(problem::Problem::InvalidField(errors)) => {
                    errors.iter().any(|error| error.field == *field && error.reason.contains("not known"))
                }
                Ok(()) | Err(_) => false,
            };
            // `seen` is read for one notification too, to say that it goes with all only.
            assert!(refused != shown.contains(field) || (name == "MarkOneBody" && field == "seen"), "{name} {field}");
        }
    }
}

fn names(document: &Value, schema: &str) -> BTreeSet<String> {
    document["components"]["schemas"][schema]["properties"].as_object().unwrap().keys().cloned().collect()
}
