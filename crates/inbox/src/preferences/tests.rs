use super::Preferences;
use crate::id::Category;

#[test]
fn only_muted_categories_are_hidden() {
    let category = |text| Category::parse(text).unwrap();
    let preferences = Preferences { muted: [category("news"), category("billing")].into() };
    for (text, hidden) in [("news", true), ("billing", true), ("News", false), ("new", false)] {
        assert_eq!(preferences.hides(Some(&category(text))), hidden, "{text}");
    }
    assert!(!preferences.hides(None));
    assert!(!Preferences::default().hides(Some(&category("news"))));
}
