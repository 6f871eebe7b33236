use super::*;
use proptest::prelude::*;

fn fault(text: &str) -> (Fault, String) {
    let bad = parse(text.as_bytes()).unwrap_err();
    (bad.fault, bad.field)
}

#[test]
fn faults_are_named_with_their_place() {
    assert_eq!(fault(r#"{"a":1,"a":2}"#), (Fault::Doubled, "a".into()));
    assert_eq!(fault(r#"{"a":1,"\u0061":2}"#), (Fault::Doubled, "a".into()));
    assert_eq!(fault(r#"{"actions":[{"url":"x","url":"y"}]}"#), (Fault::Doubled, "actions[0].url".into()));
    assert_eq!(fault(r#"{"title":"\ud800"}"#), (Fault::LoneSurrogate, "title".into()));
    assert_eq!(fault(r#"{"title":"\ud800\ud800"}"#), (Fault::LoneSurrogate, "title".into()));
    assert_eq!(fault(r#"{"title":"\udc00x"}"#), (Fault::LoneSurrogate, "title".into()));
    assert_eq!(fault("{} x"), (Fault::Syntax, String::new()));
    assert_eq!(fault(&"[".repeat(100_000)).0, Fault::Deep);
    assert_eq!(parse(b"\"\xff\"").unwrap_err().fault, Fault::NotUtf8);
}

#[test]
fn what_is_not_json_is_refused() {
    for bad in [
        "",
        " ",
        "{",
        "[1,]",
        "{,}",
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "nul",
        "NaN",
        "'a'",
        "\"\n\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u+123\"",
        "{\"a\" 1}",
        "\u{feff}{}",
        "[1 2]",
        "{\"a\":1,}",
        "-",
    ] {
        assert_eq!(fault(bad).0, Fault::Syntax, "{bad}");
    }
}

#[test]
fn numbers_and_strings_keep_their_text() {
    let text = "{ \"n\" : [ 1e400 , 9223372036854775808, -0.0, 1.50 ],\r\n\"s\":\"\\u00e9\\ud83d\\ude00 \\/ \u{2028}\u{fffe}\" }";
    let value = parse(text.as_bytes()).unwrap();
    assert_eq!(value.compact(), "{\"n\":[1e400,9223372036854775808,-0.0,1.50],\"s\":\"\\u00e9\\ud83d\\ude00 \\/ \u{2028}\u{fffe}\"}");
    let Json::Object(fields) = value else { panic!("an object") };
    assert_eq!(fields[1].1, Json::String("é😀 / \u{2028}\u{fffe}".into(), "\"\\u00e9\\ud83d\\ude00 \\/ \u{2028}\u{fffe}\""));
}

proptest! {
    #[test]
    fn agrees_with_serde_json(text in "[\\[\\]{},:\"a1e.\\\\nu0 -]{0,24}") {
        let ours = parse(text.as_bytes());
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        match ours {
            Ok(value) => prop_assert_eq!(serde_json::from_str::<Box<serde_json::value::RawValue>>(&value.compact()).is_ok(), true),
            Err(bad) if bad.fault == Fault::Syntax => prop_assert!(theirs.is_err(), "{}", text),
            Err(_) => {}
        }
    }

    #[test]
    fn any_string_comes_back(text in any::<String>()) {
        let quoted = quote(&text);
        prop_assert_eq!(parse(quoted.as_bytes()), Ok(Json::String(text.as_str().into(), quoted.as_str())));
    }
}
