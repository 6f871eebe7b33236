use proptest::prelude::*;

use super::Reader;
use crate::id::{Channel, Tenant, Topic, UserId};
use crate::position::{Feed, FeedOf};

fn reader(tenant: Option<&str>, topics: &[String]) -> Reader {
    let topics = topics.iter().map(|topic| Topic::parse(topic).unwrap()).collect();
    Reader::new(tenant.map(|tenant| Tenant::parse(tenant).unwrap()), UserId::parse("anna").unwrap(), topics)
}

fn names(reader: &Reader) -> Vec<String> {
    reader.channels().map(|channel| channel.to_string()).collect()
}

#[test]
fn everyone_first_then_topics_in_order_each_once() {
    let topics = ["ops", "a", "ops", "d"].map(str::to_owned);
    assert_eq!(names(&reader(None, &topics)), ["everyone", "a", "d", "ops"]);
    assert_eq!(names(&reader(None, &[])), ["everyone"]);
}

#[test]
fn every_feed_is_the_readers_tenants() {
    let anna = reader(Some("acme"), &["ops".to_owned()]);
    let acme = Some(Tenant::parse("acme").unwrap());
    assert_eq!(anna.own_feed(), Feed { tenant: acme.clone(), of: FeedOf::User(anna.user.clone()) });
    for channel in anna.channels() {
        let feed = anna.channel_feed(&channel);
        assert_eq!(feed, Feed { tenant: acme.clone(), of: FeedOf::Channel(channel.clone()) });
        assert_ne!(feed, reader(None, &[]).channel_feed(&channel));
        assert_eq!(feed.name(), channel.as_str());
    }
    assert_eq!(anna.own_feed().name(), "user");
    assert_eq!(anna.channel_feed(&Channel::Everyone).name(), "everyone");
}

proptest! {
    #[test]
    fn the_order_of_the_token_does_not_matter(topics in prop::collection::vec("[a-f]{1,2}", 0..10)) {
        let backwards: Vec<String> = topics.iter().rev().cloned().collect();
        let (one, two) = (reader(None, &topics), reader(None, &backwards));
        prop_assert_eq!(&one, &two);
        let names = names(&one);
        prop_assert!(names[1..].is_sorted_by(|a, b| a < b), "{:?}", names);
        prop_assert!(topics.iter().all(|topic| names.contains(topic)));
    }
}
