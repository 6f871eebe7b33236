//! Message attributes: name, type and value, checked as SNS does.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::errors::SnsError;
use super::query::Params;
use crate::intake::{Attribute, AttributeValue};

/// Longest name and longest type, in characters (Amazon SNS developer guide, "Message attributes", 2026).
const NAME_CHARS: usize = 256;

/// Reads `MessageAttributes.entry.N.…`.
pub(super) fn parse(params: &Params) -> Result<Vec<Attribute>, SnsError> {
    let entries = params.members("MessageAttributes.entry")?;
    let attributes = entries.iter().map(attribute).collect::<Result<Vec<_>, _>>()?;
    let names: BTreeSet<_> = attributes.iter().map(|attribute| &attribute.name).collect();
    if names.len() == attributes.len() { Ok(attributes) } else { Err(invalid("Two message attributes have the same name.")) }
}

/// How many bytes they count for: names, types and values.
pub(super) fn bytes(attributes: &[Attribute]) -> usize {
    let value = |value: &AttributeValue| match value {
        AttributeValue::Text(text) => text.len(),
        AttributeValue::Bytes(bytes) => bytes.len(),
    };
    attributes.iter().map(|attribute| attribute.name.len() + attribute.data_type.len() + value(&attribute.value)).sum()
}

fn attribute(entry: &Params) -> Result<Attribute, SnsError> {
    let name = entry.get("Name").filter(|name| good_name(name));
    let name = name.ok_or_else(|| {
        invalid("A message attribute's name has 1 to 256 letters, digits, '_', '-' and '.', and does not start with AWS. or Amazon.")
    })?;
    let data_type = entry.get("Value.DataType").filter(|kind| kind.len() <= NAME_CHARS);
    let data_type = data_type.ok_or_else(|| invalid(&format!("The message attribute '{name}' must contain a message attribute type.")))?;
    Ok(Attribute { name: name.to_owned(), data_type: data_type.to_owned(), value: value(entry, name, data_type)? })
}

fn value(entry: &Params, name: &str, data_type: &str) -> Result<AttributeValue, SnsError> {
    let (kind, label) = data_type.split_once('.').unwrap_or((data_type, ""));
    if kind == "Binary" {
        let text = present(entry, "Value.BinaryValue", name)?;
        let bytes = STANDARD.decode(text).map_err(|_| invalid(&format!("The message attribute '{name}' is not base64.")))?;
        return Ok(AttributeValue::Bytes(bytes));
    }
    let text = match (kind, label) {
        ("String", "Array") => array(present(entry, "Value.StringValue", name)?, name)?,
        ("String", _) => present(entry, "Value.StringValue", name)?,
        ("Number", _) => number(present(entry, "Value.StringValue", name)?, name)?,
        _ => {
            return Err(invalid(&format!(
                "The message attribute '{name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String."
            )));
        }
    };
    Ok(AttributeValue::Text(text.to_owned()))
}

fn present<'a>(entry: &'a Params, field: &str, name: &str) -> Result<&'a str, SnsError> {
    entry.get(field).ok_or_else(|| invalid(&format!("The message attribute '{name}' must contain non-empty message attribute value.")))
}

fn number<'a>(text: &'a str, name: &str) -> Result<&'a str, SnsError> {
    // Rust also reads "inf" and "NaN", which are no numbers here.
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if plain && text.parse::<f64>().is_ok_and(f64::is_finite) {
        Ok(text)
    } else {
        Err(invalid(&format!("Could not cast message attribute '{name}' value to number.")))
    }
}

fn array<'a>(text: &'a str, name: &str) -> Result<&'a str, SnsError> {
    let flat = |values: Vec<serde_json::Value>| !values.iter().any(|value| value.is_array() || value.is_object());
    if serde_json::from_str(text).is_ok_and(flat) {
        Ok(text)
    } else {
        Err(invalid(&format!("The message attribute '{name}' is no array of strings, numbers, booleans and nulls.")))
    }
}

fn good_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let characters = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    name.len() <= NAME_CHARS && characters && !dots && !lower.starts_with("aws.") && !lower.starts_with("amazon.")
}

fn invalid(text: &str) -> SnsError {
    SnsError::ParameterValueInvalid(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, kind: &str, field: &str, value: &str) -> Result<Vec<Attribute>, SnsError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("MessageAttributes.entry.1.Name", name)
            .append_pair("MessageAttributes.entry.1.Value.DataType", kind)
            .append_pair(&format!("MessageAttributes.entry.1.Value.{field}"), value)
            .finish();
        parse(&Params::parse(form.as_bytes()).unwrap())
    }

    #[test]
    fn each_type_has_its_values() {
        let good = [
            ("String", "StringValue", "text"),
            ("String.Array", "StringValue", r#"["a", 1, true, null]"#),
            ("Number", "StringValue", "-12.5e3"),
            ("Number.int", "StringValue", "7"),
            ("Binary", "BinaryValue", "AQID"),
        ];
        for (kind, field, value) in good {
            assert_eq!(read("a", kind, field, value).unwrap().len(), 1, "{kind}");
        }
        let bad = [
            ("String", "StringValue", ""),
            ("String", "BinaryValue", "AQID"),
            ("String.Array", "StringValue", "[[1]]"),
            ("String.Array", "StringValue", "text"),
            ("Number", "StringValue", "NaN"),
            ("Number", "StringValue", "inf"),
            ("Binary", "BinaryValue", "not base64!"),
            ("Text", "StringValue", "text"),
            ("", "StringValue", "text"),
        ];
        for (kind, field, value) in bad {
            assert!(read("a", kind, field, value).is_err(), "{kind} {value}");
        }
    }

    #[test]
    fn names_are_checked() {
        for name in ["type", "user.id", "a_b-c", "Awsome"] {
            assert!(read(name, "String", "StringValue", "x").is_ok(), "{name}");
        }
        for name in ["", "AWS.x", "amazon.x", ".a", "a.", "a..b", "a b", "ä", &"x".repeat(257)] {
            assert!(read(name, "String", "StringValue", "x").is_err(), "{name}");
        }
    }
}
