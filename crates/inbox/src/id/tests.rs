use proptest::prelude::*;

use super::{BadId, Category, Channel, ClientId, ConnectionId, EventId, EventKey, TaskId, Tenant, Topic, UserId};

fn check<T>(parse: fn(&str) -> Result<T, BadId>, good: &[&str], bad: &[(&str, BadId)]) {
    for text in good {
        assert!(parse(text).is_ok(), "{text:?}");
    }
    for (text, why) in bad {
        assert_eq!(parse(text).err(), Some(*why), "{text:?}");
    }
}

#[test]
fn names_of_users_events_keys_tasks_and_categories() {
    let longest = "x".repeat(128);
    // Two bytes each: the limit is in bytes.
    let (wide, too_wide) = ("é".repeat(64), "é".repeat(65));
    let good = ["a", " ", "anna@example.org", "auth0|5f7c8ec7", "Ünïcødé 😀", "a#b/c", &longest, &wide];
    let too_long = "x".repeat(129);
    let bad = [
        ("", BadId::Empty),
        (&*too_long, BadId::TooLong(128)),
        (&*too_wide, BadId::TooLong(128)),
        ("a\nb", BadId::Character),
        ("\0", BadId::Character),
        ("\u{7f}", BadId::Character),
        ("\u{85}", BadId::Character),
    ];
    check(UserId::parse, &good, &bad);
    check(EventId::parse, &good, &bad);
    check(EventKey::parse, &good, &bad);
    check(TaskId::parse, &good, &bad);
    check(Category::parse, &good, &bad);
}

#[test]
fn names_of_topics() {
    let (longest, too_long) = ("t".repeat(64), "t".repeat(65));
    let good = ["a", "orders.eu-1:new_ones", "users", "user.x", "0", &longest];
    let bad = [
        ("", BadId::Empty),
        (&*too_long, BadId::TooLong(64)),
        ("user", BadId::Reserved),
        ("everyone", BadId::Reserved),
        ("Orders", BadId::Character),
        ("a b", BadId::Character),
        ("a#b", BadId::Character),
        ("é", BadId::Character),
    ];
    check(Topic::parse, &good, &bad);
}

#[test]
fn names_of_tenants_and_clients() {
    let (longest, too_long) = ("T".repeat(64), "T".repeat(65));
    let good = ["a", "Acme-Corp.2_x", "user", &longest];
    let bad = [
        ("", BadId::Empty),
        (&*too_long, BadId::TooLong(64)),
        ("a:b", BadId::Character),
        ("a#b", BadId::Character),
        ("é", BadId::Character),
    ];
    check(Tenant::parse, &good, &bad);
    check(ClientId::parse, &good, &bad);
}

#[test]
fn names_of_channels() {
    assert_eq!(Channel::parse("everyone"), Ok(Channel::Everyone));
    assert_eq!(Channel::parse("orders").map(|channel| channel.to_string()), Ok("orders".to_owned()));
    for (text, why) in [("user", BadId::Reserved), ("", BadId::Empty), ("Everyone", BadId::Character)] {
        assert_eq!(Channel::parse(text), Err(why), "{text:?}");
    }
}

#[test]
fn what_is_wrong_reads_as_the_end_of_a_sentence() {
    for (why, text) in [
        (BadId::Empty, "must not be empty"),
        (BadId::TooLong(64), "must have at most 64 bytes"),
        (BadId::Character, "holds a character that is not allowed"),
        (BadId::Reserved, "is a reserved name"),
    ] {
        assert_eq!(why.to_string(), text);
    }
}

proptest! {
    #[test]
    fn what_parses_comes_back_as_it_was(text in any::<String>()) {
        for parsed in [UserId::parse(&text).map(|id| id.to_string()), Topic::parse(&text).map(|id| id.to_string())] {
            prop_assert!(parsed.is_err() || parsed == Ok(text.clone()));
        }
        if let Ok(channel) = Channel::parse(&text) {
            prop_assert_eq!(channel.as_str(), text);
        }
    }

    #[test]
    fn every_topic_of_the_pattern_is_one(text in "[a-z0-9._:-]{1,64}") {
        prop_assert!(Topic::parse(&text).is_ok() || text == "user" || text == "everyone");
    }
}

#[test]
fn names_of_connections() {
    let (longest, too_long) = ("x".repeat(128), "x".repeat(129));
    let good = ["L0SM9cOFvHcCIhw=", "01KAX4Y0ZZ", "a+b=", "~!#", &longest];
    let bad = [
        ("", BadId::Empty),
        (&*too_long, BadId::TooLong(128)),
        ("a/b", BadId::Character),
        ("a b", BadId::Character),
        ("a\n", BadId::Character),
        ("é", BadId::Character),
    ];
    check(ConnectionId::parse, &good, &bad);
}
