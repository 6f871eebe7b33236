//! Marks and the watermarks that they were folded into stand in two items: a reader may see the one before the other.

use engine::Forced;
use service::{Mark, Service};
use table::key;
use testkit::{Client, Way, World, broadcast, reader};

use crate::common::{SECOND, find, list};

async fn mark(service: &Service, who: &inbox::audience::Reader, title: &str, how: Mark) {
    let id = find(service, who, title).await;
    service.mark(who, service::Target::Ids(vec![id]), how).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn marks_seen_before_their_watermarks_show_nothing_read_as_unread() {
    let mut w = World::new(102).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    w.send(broadcast("everyone", "first")).await;
    w.send(broadcast("everyone", "second")).await;
    list(&w.service, &anna).await;
    let client = Client::start(&other, &anna, Way::Poll(SECOND / 10));
    w.run_for(SECOND * 2).await;
    mark(&w.service, &anna, "second", Mark::Read).await;
    // The next commit folds both into the watermark of the state; its marks are seen first.
    let id = find(&w.service, &anna, "first").await;
    w.engine().faults().next_transaction(Forced::Hold);
    w.service.mark(&anna, service::Target::Ids(vec![id]), Mark::Read).await.unwrap();
    let pk = key::feed(&anna.own_feed());
    assert!(w.engine().faults().reveal(&pk, &key::marks(&inbox::id::Channel::Everyone)));
    w.run_for(SECOND / 2).await;
    w.engine().faults().reveal_all();
    w.run_for(SECOND * 20).await;
    assert_eq!(client.held().model.unread(w.now()), 0, "{:#?}", client.held().story);
    assert_eq!(w.service.counts(&anna).await.unwrap().0.unread, 0);
}
