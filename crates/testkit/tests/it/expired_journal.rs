//! Journal entries live seven days: what is read right after a write must not wait for those that are gone.

use std::time::Duration;

use inbox::page::Filter;
use service::{From, PageAsk};
use testkit::{World, notify, reader};

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
