//! Texts that break what is framed or put together by hand, and a look at whether they came out as they went in.

use serde_json::{Value, json};

/// The first breaks nothing: the others are held against it.
pub const TEXTS: [&str; 26] = [
    "plain words",
    "ok\rdata: {\"type\":\"reset\"}",
    "a\n\nid: 0\n\n",
    "line\n",
    "\n",
    "a\n\n\nb",
    "a\r\nb\rc",
    "\r",
    "\u{2028}\u{2029}\u{85}",
    "nul \u{0} inside, and \u{1}\u{1b}[31m\u{7f}",
    "\u{feff}mark",
    "\u{feff}👨‍👩‍👧‍👦 \u{0}",
    "family 👨‍👩‍👧‍👦 flag 🇩🇪 skin 👍🏽",
    "e\u{301} is not é",
    "\u{202e}right to left\u{202c} \u{200f}\u{2066}",
    "</script><script>alert(1)</script><!--",
    "event: x\ndata: y\n\nretry: 0",
    ": heartbeat\n\n",
    "\u{fffe}\u{ffff}\u{fffd}\u{10ffff}",
    "\"userId\":\"\"",
    "\\u0041 \\n \\ \" / %41 &amp;",
    "a&Action=Publish%26+b",
    "<Message>a</Message> ]]>",
    " spaces \t kept ",
    "{\"type\":\"broadcast\"}",
    "\",\"userId\":\"ben\",\"x\":\"",
];

/// What is to be sent: this text, wherever a text may stand, and names of fields of ours where they are the author's own.
pub fn full(text: &str) -> Value {
    let data = json!({"text": text, text: [text], "userId": "", "type": "reset", "notification": {"title": text}});
    json!({"title": text, "message": text, "actions": [{"label": text, "url": "/x"}], "data": data})
}

/// Insists that events, or items of a list, are each of the texts so often, whole, and nothing else but counts.
///
/// # Panics
/// Where one is missing, differs, is there once more, or has a field that the plain one has not.
pub fn check(way: &str, items: &[Value], times: usize) {
    let items: Vec<&Value> = items.iter().filter(|item| names(item) != ["type", "unreadCount", "unseenCount"]).collect();
    assert_eq!(items.len(), times * TEXTS.len(), "{way}: as many as were sent");
    let saying = |text: &str| -> Vec<&Value> { items.iter().copied().filter(|item| says(item, &full(text))).collect() };
    let plain: Vec<_> = saying(TEXTS[0]).into_iter().map(shape).collect();
    for text in TEXTS {
        let found = saying(text);
        assert_eq!(found.len(), times, "{way}: {text:?}");
        assert!(found.iter().all(|item| plain.contains(&shape(item))), "{way}: {text:?} has other fields: {found:?}");
    }
}

/// The notification of an event, or of a list.
fn notification(item: &Value) -> &Value {
    if item["notification"].is_object() { &item["notification"] } else { item }
}

fn says(item: &Value, sent: &Value) -> bool {
    sent.as_object().is_some_and(|sent| sent.iter().all(|(name, value)| notification(item)[name] == *value))
}

/// What kind of thing it is: its type, whose it is, and the names of its fields.
fn shape(item: &Value) -> (Value, Value, Vec<&str>, Vec<&str>) {
    (item["type"].clone(), notification(item)["userId"].clone(), names(item), names(notification(item)))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flat_map(|fields| fields.keys().map(String::as_str)).collect()
}
