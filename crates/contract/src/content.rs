//! What the author of a notification writes, checked: the one place, for REST and SNS alike.

use inbox::id::{Category, EventKey};
use inbox::limits;
use inbox::notification::{Action, Content, Severity};

use crate::fields::{self, Fields};
use crate::json::Json;

/// Takes the fields of a notification. `severity` is the name under which its `type` comes: SNS uses that word for the event's own.
/// `None` where something is wrong, which `fields` then names.
pub fn take(fields: &mut Fields<'_>, severity: &str) -> Option<Content> {
    let title = fields.required("title", |value| fields::text(value, 1, limits::TITLE_CHARS));
    let message = fields.optional("message", |value| fields::text(value, 0, limits::MESSAGE_CHARS));
    let severity = fields.optional(severity, take_severity);
    let category = fields.optional("category", |value| fields::name(value, Category::parse));
    let key = fields.optional("key", |value| fields::name(value, EventKey::parse));
    let actions = take_actions(fields);
    let data = fields.optional("data", |value| take_data(&value));
    let expires = fields.optional("expiresAt", fields::moment);
    Some(Content {
        title: title?,
        message: message.unwrap_or_default(),
        severity: severity.unwrap_or(Severity::Info),
        category,
        key,
        actions: actions?,
        data,
        expires,
    })
}

fn take_severity(value: Json<'_>) -> Result<Severity, String> {
    Severity::parse(&fields::string(value)?).ok_or_else(|| "must be info, warning, success or error".into())
}

/// No actions where the field is missing; `None` where one is wrong.
fn take_actions(fields: &mut Fields<'_>) -> Option<Vec<Action>> {
    let Some(items) = fields.optional("actions", |value| fields::array(value, limits::ACTIONS)) else { return Some(Vec::new()) };
    let actions = items.into_iter().enumerate();
    actions.map(|(i, item)| fields.object(&format!("actions[{i}]"), item, take_action)).collect()
}

fn take_action(fields: &mut Fields<'_>) -> Option<Action> {
    let label = fields.required("label", |value| fields::text(value, 1, limits::ACTION_LABEL_CHARS));
    let url = fields.required("url", |value| check_url(fields::string(value)?));
    Some(Action { label: label?, url: url? })
}

/// Lets pass what leads to a page or a letter and nothing that runs, or that a browser reads otherwise than it looks.
fn check_url(url: String) -> Result<String, String> {
    if url.len() > limits::ACTION_URL_BYTES {
        return Err(format!("must have at most {} bytes", limits::ACTION_URL_BYTES));
    }
    if url.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err("must hold no white space, control characters or backslashes".into());
    }
    if leads_somewhere(&url) {
        Ok(url)
    } else {
        Err("must be an https:, http: or mailto: address, or a path that begins with one /".into())
    }
}

fn leads_somewhere(url: &str) -> bool {
    if let Some(path) = url.strip_prefix('/') {
        return !path.starts_with('/');
    }
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => rest.strip_prefix("//").is_some_and(|host| !host.is_empty() && !host.starts_with(['/', '?', '#'])),
        "mailto" => !rest.is_empty(),
        _ => false,
    }
}

fn take_data(value: &Json<'_>) -> Result<String, String> {
    if !matches!(value, Json::Object(_)) {
        return Err("must be an object".into());
    }
    raw(value, limits::DATA_BYTES)
}

/// The text of any JSON that is kept as it came.
///
/// # Errors
/// The reason, where it is too deep or too long.
pub(crate) fn raw(value: &Json<'_>, most_bytes: usize) -> Result<String, String> {
    if value.depth() > limits::JSON_DEPTH {
        return Err(format!("must be nested at most {} deep", limits::JSON_DEPTH));
    }
    let text = value.compact();
    if text.len() > most_bytes { Err(format!("must have at most {most_bytes} bytes as JSON, and has {}", text.len())) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::{BadBody, read};

    fn content(body: &str) -> Result<Content, BadBody> {
        read(body.as_bytes(), |fields| take(fields, "type"))
    }

    fn refused(body: &str) -> Vec<String> {
        match content(body) {
            Err(BadBody::Fields(errors)) => errors.into_iter().map(|error| error.field).collect(),
            other => panic!("{other:?}"),
        }
    }

    fn with_url(url: &str) -> String {
        format!(r#"{{"title":"t","actions":[{{"label":"l","url":{}}}]}}"#, crate::json::quote(url))
    }

    #[test]
    fn a_title_is_enough() {
        let least = content(r#"{"title":"t"}"#).unwrap();
        assert_eq!((least.title.as_str(), least.message.as_str(), least.severity), ("t", "", Severity::Info));
        assert_eq!(content(r#"{"title":"t","category":null,"data":null,"actions":null,"type":null}"#).unwrap(), least);
    }

    #[test]
    fn everything_wrong_is_named_together() {
        let body = r#"{"title":"","message":7,"type":"fatal","category":"","actions":[{"label":"","url":"/x","extra":1}],"data":[],"expiresAt":"soon","nope":1}"#;
        let named = ["title", "message", "type", "category", "actions[0].label", "actions[0].extra", "data", "expiresAt", "nope"];
        assert_eq!(refused(body), named);
        assert_eq!(refused("{}"), ["title"]);
        assert_eq!(refused(r#"{"title":"t","actions":[1]}"#), ["actions[0]"]);
        assert_eq!(refused(r#"{"title":"t","actions":[{"label":"a"},{},{}]}"#), ["actions"]);
    }

    #[test]
    fn limits_count_characters() {
        let at_limit = "😀".repeat(limits::TITLE_CHARS);
        assert!(content(&format!(r#"{{"title":"{at_limit}"}}"#)).is_ok());
        assert_eq!(refused(&format!(r#"{{"title":"{at_limit}x"}}"#)), ["title"]);
        let message = "m".repeat(limits::MESSAGE_CHARS);
        assert!(content(&format!(r#"{{"title":"t","message":"{message}"}}"#)).is_ok());
        assert_eq!(refused(&format!(r#"{{"title":"t","message":"{message}m"}}"#)), ["message"]);
    }

    /// Case 68.
    #[test]
    fn urls_lead_to_pages_or_letters_only() {
        for good in ["https://a.example/x?y=1#z", "HTTP://a", "mailto:a@b.example", "/", "/tasks/1?a=b:c", "/a//b"] {
            assert!(content(&with_url(good)).is_ok(), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\tscript:x",
            "data:text/html,x",
            "//other.host",
            "\\\\other",
            "/\\other",
            "/\t/other",
            "https:other",
            "https:///x",
            "http://",
            "mailto:",
            "x",
            "./x",
            "#x",
            "vbscript:x",
            "\u{1}javascript:x",
            "\u{a0}/x",
            "file:///etc",
            "blob:https://a",
            "https://a b",
        ] {
            assert_eq!(refused(&with_url(bad)), ["actions[0].url"], "{bad:?}");
        }
    }

    /// Case 69.
    #[test]
    fn data_is_kept_exactly_or_refused() {
        let data = |text: &str| content(&format!(r#"{{"title":"t","data":{text}}}"#));
        assert_eq!(data("{ \"n\": [1e400, 9223372036854775808] }").unwrap().data.unwrap(), r#"{"n":[1e400,9223372036854775808]}"#);
        let deep = |levels: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(data(&deep(limits::JSON_DEPTH)).is_ok());
        for levels in [limits::JSON_DEPTH + 1, limits::JSON_DEPTH + 9, 200] {
            let Err(BadBody::Fields(errors)) = data(&deep(levels)) else { panic!("{levels} levels pass") };
            assert!(errors[0].field.starts_with("data"), "{errors:?}");
        }
        let full = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
        assert!(data(&full(limits::DATA_BYTES)).is_ok());
        assert!(data(&full(limits::DATA_BYTES + 1)).is_err());
        assert!(data(r#"{"a":1,"a":2}"#).is_err());
        assert!(data(r#"{"a":"\ud800"}"#).is_err());
    }

    #[test]
    fn odd_text_passes_unchanged() {
        let odd = "a\u{0}b\r\n\u{2028}\u{fffe}\u{202e}👨‍👩‍👧";
        assert_eq!(content(&format!(r#"{{"title":{}}}"#, crate::json::quote(odd))).unwrap().title, odd);
    }
}
