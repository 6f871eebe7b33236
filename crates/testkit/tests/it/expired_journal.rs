//! What grows old goes by itself, and nothing that is read right after a write waits for it.

use std::time::Duration;

use engine::Forced;
use inbox::page::Filter;
use inbox::task::TaskStatus;
use service::Outcome;
use service::{From, PageAsk};
use testkit::{World, broadcast, notify, reader, task};

#[tokio::test(start_paused = true)]
async fn a_list_right_after_a_write_does_not_wait_for_an_expired_entry() {
    let w = World::new(8).await;
    let anna = reader("anna", &[]);
    w.send(notify("anna", "last week")).await;
    w.jump(Duration::from_hours(8 * 24)).await;
    assert!(w.sweep_ttl() > 0);
    w.send(notify("anna", "now")).await;
    let before = w.now();
    let ask = PageAsk { from: From::Page(1), limit: 50, filter: Filter::default() };
    let page = w.service.page(&anna, &ask).await.unwrap();
    assert_eq!(page.notifications.len(), 2);
    assert_eq!(w.now(), before, "it waited");
}

/// Case 60: a user's collection does not grow for ever, whoever deletes nothing.
#[tokio::test(start_paused = true)]
async fn everything_of_a_user_goes_by_itself_but_their_state() {
    let w = World::new(9).await;
    let anna = reader("anna", &["ops"]);
    let feed = anna.own_feed();
    w.deliver([notify("anna", "a").key("k"), notify("anna", "b"), task("anna", "t", TaskStatus::Running, None)]).await;
    w.send(broadcast("ops", "all")).await;
    let items = async || {
        let query = w.engine().client().query().table_name("belfry").key_condition_expression("PK = :pk");
        let query = query.expression_attribute_values(":pk", aws_sdk_dynamodb::types::AttributeValue::S(table::key::feed(&feed)));
        query.send().await.unwrap().count()
    };
    assert!(items().await > 7, "{}", items().await);
    w.jump(Duration::from_hours(100 * 24)).await;
    w.sweep_ttl();
    assert_eq!(items().await, 1, "the state alone is left");
    assert!(w.send(notify("anna", "a").key("k")).await, "and all begins anew");
}

/// Case 60: where a collection is full all the same, its events wait in the queue, and nobody else's do.
#[tokio::test(start_paused = true)]
async fn a_full_collection_is_trouble_and_no_poison() {
    let w = World::new(10).await;
    for _ in 0..16 {
        w.engine().faults().next_transaction(Forced::Reasons(vec!["None", "None", "ItemCollectionSizeLimitExceeded"]));
    }
    assert_eq!(w.deliver([notify("anna", "a")]).await, [Outcome::Trouble]);
    assert_eq!(w.deliver([notify("ben", "b")]).await, [Outcome::Applied { changed: true }]);
}

/// Case 60: long before, whoever writes is told, and can tell.
#[tokio::test(start_paused = true)]
async fn how_large_a_feed_has_become_is_known_from_its_commits() {
    let w = World::new(12).await;
    let largest = |w: &World| w.service.table().meter().take_largest_gb();
    w.send(notify("anna", "a")).await;
    assert_eq!(largest(&w), 0, "less than one");
    w.engine().faults().set(engine::FaultPlan { collections_gb: 8, ..engine::FaultPlan::default() });
    w.deliver([notify("anna", "b"), notify("ben", "b")]).await;
    assert_eq!((largest(&w), largest(&w)), (8, 0), "told once");
}

/// Who keeps coming knows where every feed stands, also where nothing comes.
#[tokio::test(start_paused = true)]
async fn a_cursor_that_is_used_does_not_grow_old_in_a_feed_where_nothing_comes() {
    let w = World::new(11).await;
    let anna = reader("anna", &[]);
    w.send(broadcast("everyone", "first")).await;
    let mut at = crate::common::page(&w.service, &anna).await.position;
    for day in 0..20 {
        w.jump(Duration::from_hours(24)).await;
        w.send(notify("anna", &format!("d{day}"))).await;
        let (told, next) = crate::common::polled(&w.service, &anna, at).await;
        assert_eq!(told, [format!("d{day}")]);
        at = next.unwrap();
        assert_eq!(crate::common::polled(&w.service, &anna, at.clone()).await, (Vec::new(), None));
    }
    w.send(broadcast("everyone", "second")).await;
    assert_eq!(crate::common::polled(&w.service, &anna, at).await.0, ["second"]);
}
