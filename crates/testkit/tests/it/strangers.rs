//! What is another's is nobody's business, not even whether it is there.

use inbox::audience::Reader;
use service::{After, Error, From, Mark, PageAsk, Refusal, Service, Target};
use testkit::{World, broadcast, notify, reader};

use crate::common::{ALL, SECOND, find, first, heard, page, polled, stream, titles};

/// Case 7: and `i5`.
#[tokio::test(start_paused = true)]
async fn i5_nobody_learns_of_anothers() {
    let w = World::new(50).await;
    let s = &w.service;
    let (anna, ben) = (reader("anna", &[]), reader("ben", &[]));
    w.deliver([notify("anna", "secret"), broadcast("ops", "for ops"), notify("ben", "his")]).await;
    let hers = page(s, &anna).await;
    let id = hers.notifications[0].id;
    assert_eq!(titles(s, &ben).await, ["his"]);
    // Her position is foreign to him: a reset and a fresh position, and nothing of hers.
    let (words, fresh) = polled(s, &ben, hers.position.clone()).await;
    assert_eq!(words, ["reset"]);
    assert_eq!(polled(s, &ben, fresh.unwrap()).await, (Vec::new(), None));
    let mut his = stream(s, &ben, After::Position(hers.position.clone())).await;
    assert_eq!(heard(&w, &mut his, SECOND).await, ["reset"]);
    // Nor can he name what is hers, not even to learn that it is there.
    for how in [Mark::Read, Mark::Delete] {
        let refused = s.mark(&ben, Target::Ids(vec![id]), how).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
    let own = find(s, &ben, "his").await;
    assert!(matches!(s.mark(&ben, Target::Ids(vec![own, id]), Mark::Delete).await, Err(Error::NotFound(_))));
    assert_eq!(titles(s, &ben).await, ["his"]);
    let up_to = Target::All { up_to: Some(hers.position.clone()) };
    assert!(matches!(s.mark(&ben, up_to, Mark::Read).await, Err(Error::Refused(Refusal::ForeignPosition))));
    let next = walk_cursor(s, &anna).await;
    let ask = PageAsk { from: From::Cursor(next), ..first(1) };
    assert!(matches!(s.page(&ben, &ask).await, Err(Error::Refused(Refusal::BadCursor))));
    // A topic that the token no longer names.
    let ops = reader("anna", &["ops"]);
    let before = page(s, &ops).await.position;
    w.send(broadcast("ops", "still for ops")).await;
    let (words, _) = polled(s, &anna, before).await;
    assert_eq!(words, ["reset"]);
    assert_eq!(titles(s, &anna).await, ["secret"]);
    let theirs = find(s, &ops, "for ops").await;
    assert!(matches!(s.mark(&anna, Target::Ids(vec![theirs]), Mark::Read).await, Err(Error::NotFound(_))));
}

async fn walk_cursor(service: &Service, who: &Reader) -> inbox::page::PageCursor {
    let shown = page(service, who).await;
    let one = &shown.notifications[0];
    inbox::page::PageCursor {
        after: inbox::page::ListKey::of(one),
        own: one.id.feed,
        below: one.id.slot,
        head: one.id.slot.born,
        filter: ALL.fingerprint(),
    }
}

#[tokio::test(start_paused = true)]
async fn i5_one_tenant_learns_nothing_of_another() {
    let w = World::with(66, service::Settings { tenants: true, ..service::Settings::default() }).await;
    let s = &w.service;
    let of = |tenant: &str| Reader { tenant: Some(inbox::id::Tenant::parse(tenant).unwrap()), ..reader("anna", &[]) };
    let (one, two) = (of("one"), of("two"));
    let outcomes = w
        .deliver([notify("anna", "a").tenant("one").id("e").key("k"), broadcast("everyone", "b").tenant("one"), notify("anna", "c")])
        .await;
    assert_eq!(outcomes[..2], [service::Outcome::Applied { changed: true }, service::Outcome::Applied { changed: true }]);
    assert!(matches!(outcomes[2], service::Outcome::Poison { .. }), "nobody's: {outcomes:?}");
    assert_eq!(titles(s, &one).await.len(), 2);
    assert!(titles(s, &two).await.is_empty());
    assert!(titles(s, &reader("anna", &[])).await.is_empty());
    assert!(w.send(notify("anna", "d").tenant("two").id("e").key("k")).await, "ids and keys are a tenant's own");
    assert_eq!(titles(s, &two).await, ["d"]);
    let shown = page(s, &one).await;
    assert_eq!(polled(s, &two, shown.position).await.0, ["reset"]);
    for id in shown.notifications.iter().map(|one| one.id) {
        assert!(matches!(s.mark(&two, Target::Ids(vec![id]), Mark::Read).await, Err(Error::NotFound(_))));
    }
}
