use std::cmp::Ordering;
use std::collections::HashSet;

use proptest::prelude::*;

use super::{Filter, ListKey};
use crate::id::{Category, NotificationId, Slot};
use crate::moment::Moment;
use crate::notification::{Audience, Content, Notification, Severity, UnreadSince};
use crate::position::{FeedTag, Seq};

fn category(text: &str) -> Category {
    Category::parse(text).unwrap()
}

fn notification(unread: bool, archived: bool, severity: Severity, category: Option<Category>) -> Notification {
    let (title, message) = ("t".into(), "m".into());
    Notification {
        id: NotificationId { feed: FeedTag([1; 6]), slot: Slot { born: Seq(4), place: 2 } },
        user: None,
        content: Content { title, message, severity, category, key: None, actions: Vec::new(), data: None, expires: None },
        audience: Audience::User,
        created: Moment::from_millis(7),
        expires: Moment::from_millis(9),
        archived,
        unread_since: unread.then_some(UnreadSince { feed: Audience::User, n: Seq(4) }),
    }
}

#[test]
fn what_a_filter_takes() {
    let all = Filter::default();
    let unread = Filter { unread: true, ..all.clone() };
    let archived = Filter { archived: true, ..all.clone() };
    let errors = Filter { severity: Some(Severity::Error), ..all.clone() };
    let news = Filter { category: Some(category("news")), ..all.clone() };
    for (one, takes) in [
        (notification(true, false, Severity::Info, None), [true, true, false, false, false]),
        (notification(false, false, Severity::Info, None), [true, false, false, false, false]),
        (notification(false, true, Severity::Error, None), [false, false, true, false, false]),
        (notification(true, false, Severity::Error, Some(category("news"))), [true, true, false, true, true]),
        (notification(true, false, Severity::Info, Some(category("newss"))), [true, true, false, false, false]),
    ] {
        assert_eq!([&all, &unread, &archived, &errors, &news].map(|filter| filter.takes(&one)), takes, "{one:?}");
    }
}

fn filters() -> Vec<Filter> {
    let severities = std::iter::once(None).chain(Severity::ALL.map(Some));
    let categories = [None, Some(category("a")), Some(category("info")), Some(category("news"))];
    let mut filters = Vec::new();
    for severity in severities {
        for category in &categories {
            for (unread, archived) in [(false, false), (false, true), (true, false), (true, true)] {
                filters.push(Filter { unread, archived, severity, category: category.clone() });
            }
        }
    }
    filters
}

#[test]
fn filters_differ_in_their_fingerprint() {
    let filters = filters();
    let prints: HashSet<u32> = filters.iter().map(Filter::fingerprint).collect();
    assert_eq!(prints.len(), filters.len());
}

/// It stands in cursors that outlive a process: another value would void them.
#[test]
fn a_fingerprint_stays_what_it_was() {
    assert_eq!(Filter::default().fingerprint(), 0xd277_c7a0);
    let filter = Filter { unread: true, archived: false, severity: Some(Severity::Error), category: Some(category("news")) };
    assert_eq!(filter.fingerprint(), 0xa1ed_d6a4);
}

#[test]
fn a_list_is_ordered_by_time_then_feed_then_place() {
    let key = |created, feed, born, place| ListKey {
        created: Moment::from_millis(created),
        feed: FeedTag([feed; 6]),
        slot: Slot { born: Seq(born), place },
    };
    let ascending = [key(-1, 9, 9, 9), key(1, 1, 9, 9), key(1, 2, 1, 1), key(1, 2, 1, 2), key(1, 2, 10, 0), key(2, 0, 0, 0)];
    assert!(ascending.is_sorted_by(|a, b| a < b));
    let one = notification(true, false, Severity::Info, None);
    assert_eq!(ListKey::of(&one), key(7, 1, 4, 2));
}

fn keys() -> impl Strategy<Value = ListKey> {
    (0_i64..3, 0_u8..3, 0_u64..3, 0_u8..3).prop_map(|(created, feed, born, place)| {
        let slot = Slot { born: Seq(born), place };
        ListKey { created: Moment::from_millis(created), feed: FeedTag([feed; 6]), slot }
    })
}

proptest! {
    #[test]
    fn the_order_is_strict_and_total(a in keys(), b in keys(), c in keys()) {
        prop_assert_eq!(a.cmp(&b) == Ordering::Equal, a == b);
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert!(!(a < b && b < c) || a < c);
    }

    /// Case 10: pages that continue behind the last key show each once, and all of them.
    #[test]
    fn pages_show_each_once(keys in prop::collection::hash_set(keys(), 0..30), limit in 1_usize..9) {
        let mut all: Vec<ListKey> = keys.into_iter().collect();
        all.sort_by_key(|key| std::cmp::Reverse(*key));
        let (mut shown, mut after) = (Vec::new(), None);
        loop {
            let page: Vec<ListKey> = all.iter().filter(|key| after.is_none_or(|after| **key < after)).take(limit).copied().collect();
            let Some(last) = page.last() else { break };
            after = Some(*last);
            shown.extend(page);
        }
        prop_assert_eq!(shown, all);
    }
}
