use super::*;
use inbox::moment::Moment;
use inbox::page::ListKey;
use inbox::position::Seq;
use proptest::prelude::*;

fn named(problem: &Problem) -> Vec<&str> {
    let Problem::InvalidQuery(errors) = problem else { panic!("{problem:?}") };
    errors.iter().map(|error| error.field.as_str()).collect()
}

fn cursor_of(filter: &Filter) -> String {
    let (feed, slot) = (FeedTag([3; 6]), Slot { born: Seq(9), place: 0 });
    let after = ListKey { created: Moment::from_millis(5), feed, slot };
    cursor::page_text(&PageCursor { after, own: feed, below: slot, head: Seq(9), filter: filter.fingerprint() })
}

#[test]
fn a_list_has_defaults() {
    assert_eq!(list(""), Ok(ListQuery { start: Start::Page(1), limit: 50, filter: Filter::default() }));
    assert_eq!(list("_=1&utm[x]=2&%zz"), list(""));
    let all = list("page=2&limit=10&unread=true&archived=false&type=error&category=a+b%22c").unwrap();
    assert_eq!(all.filter.category.unwrap().as_str(), "a b\"c");
    assert_eq!((all.start, all.limit, all.filter.unread, all.filter.severity), (Start::Page(2), 10, true, Some(Severity::Error)));
}

/// Cases 33 to 35.
#[test]
fn odd_values_are_named() {
    for (query, name) in [
        ("limit=-1", "limit"),
        ("limit=0", "limit"),
        ("limit=1e9", "limit"),
        ("limit=101", "limit"),
        ("limit=-4194305", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=", "limit"),
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=99999999999999999999", "page"),
        ("page=21&limit=50", "page"),
        ("limit=10&limit=20", "limit"),
        ("limit=10&limi%74=20", "limit"),
        ("page[]=1", "page[]"),
        ("page%5B%5D=1", "page[]"),
        ("type[a]=info", "type[a]"),
        ("unread=TRUE", "unread"),
        ("unread=1", "unread"),
        ("unread", "unread"),
        ("type=Info", "type"),
        ("category=", "category"),
        ("category=%ff", "category"),
        ("category=%4", "category"),
        ("category=%+4", "category"),
    ] {
        assert_eq!(named(&list(query).unwrap_err()), [name], "{query}");
    }
    assert!(list("page=20&limit=50").is_ok());
    assert!(list("page=10&limit=100").is_ok());
}

#[test]
fn a_cursor_keeps_to_its_filter() {
    let filter = Filter { unread: true, ..Filter::default() };
    let text = cursor_of(&filter);
    assert!(matches!(list(&format!("cursor={text}&unread=true")).unwrap().start, Start::Cursor(_)));
    assert_eq!(list(&format!("cursor={text}")), Err(Problem::BadCursor));
    assert_eq!(list(&format!("cursor={text}&unread=true&type=info")), Err(Problem::BadCursor));
    assert_eq!(list("cursor=x"), Err(Problem::BadCursor));
    assert_eq!(list("cursor="), Err(Problem::BadCursor));
    assert_eq!(named(&list(&format!("cursor={text}&unread=true&page=1")).unwrap_err()), ["page"]);
    let place = (Slot { born: Seq(3), place: 1 }, FeedTag([1; 6]));
    let tasks_text = cursor::task_page_text(place.0, place.1);
    assert_eq!(tasks(&format!("cursor={tasks_text}&limit=5")), Ok(TasksQuery { start: Start::Cursor(place), limit: 5 }));
    assert_eq!(tasks(&format!("cursor={text}")), Err(Problem::BadCursor));
}

#[test]
fn what_cannot_be_read_is_a_reset() {
    assert_eq!(poll("_=1&%ff=2"), After::Now);
    for odd in ["after=41", "after=", "after", "after=a&after=b", "after[]=a", "after=%ff", "after=%"] {
        assert_eq!(poll(odd), After::Unreadable, "{odd}");
        assert_eq!(stream(odd).unwrap().after, After::Unreadable, "{odd}");
    }
}

#[test]
fn a_stream_is_filtered_but_for_resets() {
    let query = stream("types=broadcast,task-completed&client=tab-1").unwrap();
    let taken: Vec<EventKind> = EventKind::ALL.into_iter().filter(|kind| query.types.take(*kind)).collect();
    assert_eq!(taken, [EventKind::Broadcast, EventKind::TaskCompleted, EventKind::Reset]);
    assert_eq!(stream("").unwrap(), StreamQuery { after: After::Now, types: Types::ALL, client: None });
    assert_eq!(named(&stream("types=broadcasts").unwrap_err()), ["types"]);
    assert_eq!(named(&stream("client=a/b").unwrap_err()), ["client"]);
}

#[test]
fn a_withdrawal_names_one_thing_and_one_addressee() {
    let user = Addressee::User(UserId::parse("u").unwrap());
    let by_key = Withdrawn::Key(EventKey::parse("k").unwrap());
    assert_eq!(withdraw("k", "by=key&userId=u"), Ok(What::Withdraw(user, by_key)));
    assert!(matches!(
        withdraw("k", "by=id&audience=everyone"),
        Ok(What::Withdraw(Addressee::Channel(Channel::Everyone), Withdrawn::Id(_)))
    ));
    for (query, name) in [
        ("userId=u", "by"),
        ("by=name&userId=u", "by"),
        ("by=id", "userId"),
        ("by=id&userId=u&audience=everyone", "userId"),
        ("by=id&audience=user", "audience"),
    ] {
        assert_eq!(named(&withdraw("k", query).unwrap_err()), [name], "{query}");
    }
    assert_eq!(named(&withdraw(&"k".repeat(129), "by=key&userId=u").unwrap_err()), ["key"]);
}

#[test]
fn a_ticket_is_taken_once() {
    assert_eq!(ticket("types=a&ticket=abc"), Some("abc".into()));
    assert_eq!(ticket("ticket=a&ticket=b"), None);
    assert_eq!(ticket(""), None);
}

proptest! {
    #[test]
    fn no_query_panics(raw in "((page|limit|cursor|type|after|by|category)(=|\\[|%5B)?)?[a-z0-9%+&=\\[\\]]{0,30}|\\PC{0,30}") {
        let _ = (list(&raw), tasks(&raw), poll(&raw), stream(&raw), withdraw(&raw, &raw), ticket(&raw));
    }
}
