use super::{Addressee, Publication, What, Withdrawn};
use crate::id::{Channel, EventId, EventKey, TaskId, Tenant, UserId};
use crate::moment::Moment;
use crate::position::Feed;
use crate::task::{TaskReport, TaskStatus};

#[test]
fn an_event_changes_the_feed_that_it_is_addressed_to() {
    let anna = UserId::parse("anna").unwrap();
    let tenant = Some(Tenant::parse("acme").unwrap());
    let id = EventId::parse("e").unwrap();
    let at = Moment::default();
    let task = TaskId::parse("t").unwrap();
    let report = TaskReport { id: task, name: None, status: TaskStatus::Queued, progress: None, result: None, error: None, at };
    let key = Withdrawn::Key(EventKey::parse("k").unwrap());
    let own = Feed::user(tenant.clone(), anna.clone());
    let everyone = Feed::channel(tenant.clone(), Channel::Everyone);
    for (what, feed) in [
        (What::Task(anna.clone(), report), &own),
        (What::Withdraw(Addressee::User(anna), Withdrawn::Id(id.clone())), &own),
        (What::Withdraw(Addressee::Channel(Channel::Everyone), key), &everyone),
    ] {
        let publication = Publication { tenant: tenant.clone(), id: id.clone(), at, what };
        assert_eq!(publication.feed(), *feed, "{publication:?}");
    }
}
