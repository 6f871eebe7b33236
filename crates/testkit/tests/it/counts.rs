//! The counts, right after whatever may move them. `i6`: they are what the list shows.

use std::time::Duration;

use engine::Forced;
use inbox::page::Filter;
use service::{Mark, Target};
use testkit::client::walk;
use testkit::{Client, Way, World, broadcast, notify, reader};

use crate::common::{ALL, SECOND, both, counts, find, list, mark, mark_all, mute, page, titles};

#[tokio::test(start_paused = true)]
async fn i6_unread_counts_equal_the_list() {
    let w = World::new(20).await;
    let (s, anna) = (&w.service, reader("anna", &["ops"]));
    list(s, &anna).await;
    w.deliver([notify("anna", "a"), notify("anna", "b"), notify("anna", "c"), broadcast("everyone", "d"), broadcast("ops", "e")]).await;
    assert_eq!(counts(s, &anna).await, (5, 5));
    for (title, how) in
        [("a", Mark::Read), ("d", Mark::Read), ("b", Mark::Archive), ("e", Mark::Delete), ("a", Mark::Unread), ("d", Mark::Unread)]
    {
        let id = find(s, &anna, title).await;
        let marked = mark(s, &anna, [id], how).await;
        let shown = page(s, &anna).await;
        let unread = shown.notifications.iter().filter(|one| !one.read()).count();
        assert_eq!(usize::try_from(shown.counts.unread).unwrap(), unread, "{title} {how:?}");
        assert_eq!(marked.counts, shown.counts, "{title} {how:?}");
        let filter = Filter { unread: true, ..ALL };
        assert_eq!(walk(s, &anna, 2, filter).await.unwrap().0.len(), unread);
    }
    assert_eq!(counts(s, &anna).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn what_expires_is_gone_at_once_from_list_count_and_version() {
    let w = World::new(21).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    let soon = w.now().plus(SECOND);
    w.deliver([notify("anna", "short").expires(soon), broadcast("everyone", "brief").expires(soon), notify("anna", "long")]).await;
    let client = Client::start(s, &anna, Way::Stream);
    let before = page(s, &anna).await;
    assert_eq!(both(before.counts), (3, 3));
    assert!(s.unchanged(&anna, &before.version).await.unwrap());
    w.run_for(SECOND).await;
    assert!(!s.unchanged(&anna, &before.version).await.unwrap());
    let after = page(s, &anna).await;
    assert_eq!((both(after.counts), after.notifications.len()), ((1, 1), 1));
    assert_eq!(counts(s, &anna).await, (1, 1));
    assert_eq!(client.held().model.unread(w.now()), 1);
}

#[tokio::test(start_paused = true)]
async fn an_arrival_during_mark_all_stays_unread() {
    let w = World::new(22).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.deliver([notify("anna", "a"), notify("anna", "b")]).await;
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    // The mark is decided first, yet loses its race: the arrival is committed before it is tried again.
    w.engine().faults().next_transaction(Forced::Reasons(vec!["TransactionConflict"]));
    let up_to = page(s, &anna).await.position;
    let (marked, arrived) = tokio::join!(mark_all(s, &anna, Mark::Read, Some(up_to)), async {
        tokio::task::yield_now().await;
        w.send(notify("anna", "late")).await
    });
    assert!(arrived);
    assert!(marked.counts.unread <= 1);
    w.run_for(SECOND).await;
    assert_eq!(counts(s, &anna).await, (1, 1));
    assert_eq!(client.held().model.unread(w.now()), 1);
    let unread: Vec<String> = list(s, &anna).await.iter().filter(|one| !one.read()).map(|one| one.content.title.clone()).collect();
    assert_eq!(unread, ["late"]);
}

#[tokio::test(start_paused = true)]
async fn one_marked_unread_under_the_watermark_counts_again() {
    let w = World::new(23).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    w.deliver([notify("anna", "own"), notify("anna", "other"), broadcast("everyone", "all")]).await;
    let client = Client::start(s, &anna, Way::Poll(Duration::from_millis(100)));
    assert_eq!(both(mark_all(s, &anna, Mark::Read, None).await.counts), (0, 0));
    let (own, all) = (find(s, &anna, "own").await, find(s, &anna, "all").await);
    assert_eq!(both(mark(s, &anna, [own], Mark::Unread).await.counts), (1, 1));
    assert_eq!(both(mark(s, &anna, [all], Mark::Unread).await.counts), (2, 2));
    assert_eq!(counts(s, &anna).await, (2, 2));
    w.run_for(SECOND).await;
    assert_eq!(client.held().model.unread(w.now()), 2);
    assert_eq!(both(mark_all(s, &anna, Mark::Seen, None).await.counts), (2, 0));
    assert_eq!(counts(s, &anna).await, (2, 0));
    assert_eq!(both(mark_all(s, &anna, Mark::Read, None).await.counts), (0, 0));
    assert_eq!(counts(s, &anna).await, (0, 0));
    w.run_for(SECOND).await;
    assert_eq!(client.held().model.unread(w.now()), 0);
}

#[tokio::test(start_paused = true)]
async fn the_archive_holds_what_was_read_and_gives_it_back_read() {
    let w = World::new(24).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    w.deliver([notify("anna", "own"), broadcast("everyone", "all")]).await;
    let ids = [find(s, &anna, "own").await, find(s, &anna, "all").await];
    let away = mark(s, &anna, ids, Mark::Archive).await;
    assert_eq!((away.changed, both(away.counts)), (Some(2), (0, 0)));
    assert!(titles(s, &anna).await.is_empty());
    let archived = walk(s, &anna, 10, Filter { archived: true, ..ALL }).await.unwrap().0;
    assert!(archived.len() == 2 && archived.iter().all(|one| one.read() && one.archived));
    let back = mark(s, &anna, ids, Mark::Restore).await;
    assert_eq!((back.changed, both(back.counts)), (Some(2), (0, 0)));
    assert!(list(s, &anna).await.iter().all(|one| one.read() && !one.archived));
    mark(s, &anna, ids, Mark::Archive).await;
    assert_eq!(both(mark(s, &anna, ids, Mark::Unread).await.counts), (2, 2));
    assert_eq!(titles(s, &anna).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn muted_broadcasts_hide_and_come_back_and_muted_notifications_are_never_stored() {
    let w = World::new(25).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    w.deliver([notify("anna", "old").category("c"), broadcast("everyone", "first").category("c")]).await;
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    mute(s, &anna, &["c"]).await;
    assert!(!w.send(notify("anna", "never").category("c")).await);
    w.send(broadcast("everyone", "hidden").category("c")).await;
    w.run_for(2 * SECOND).await;
    assert_eq!(titles(s, &anna).await, ["old"]);
    assert_eq!(counts(s, &anna).await, (1, 1));
    assert_eq!(client.held().model.unread(w.now()), 1);
    mute(s, &anna, &[]).await;
    w.run_for(2 * SECOND).await;
    assert_eq!(counts(s, &anna).await, (3, 3));
    assert_eq!(client.held().model.unread(w.now()), 3);
    assert_eq!(client.held().resets, 2);
}

#[tokio::test(start_paused = true)]
async fn a_key_replaced_after_delete_all_counts_once() {
    let w = World::new(26).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.send(notify("anna", "one").key("k")).await;
    assert_eq!(both(mark_all(s, &anna, Mark::Delete, None).await.counts), (0, 0));
    assert_eq!(counts(s, &anna).await, (0, 0));
    assert!(w.send(notify("anna", "two").key("k")).await);
    assert_eq!(counts(s, &anna).await, (1, 1));
    assert!(w.send(notify("anna", "three").key("k")).await);
    assert_eq!(counts(s, &anna).await, (1, 1));
    assert_eq!(titles(s, &anna).await, ["three"]);
}

#[tokio::test(start_paused = true)]
async fn all_read_and_one_unread_again_within_one_read_of_the_journal() {
    let w = World::new(27).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    w.deliver([notify("anna", "a"), notify("anna", "b"), broadcast("everyone", "c")]).await;
    // Polls so seldom that it finds all of it in one answer.
    let client = Client::start(s, &anna, Way::Poll(10 * SECOND));
    w.run_for(SECOND).await;
    let ids = [find(s, &anna, "a").await, find(s, &anna, "c").await];
    mark_all(s, &anna, Mark::Read, None).await;
    mark(s, &anna, ids, Mark::Unread).await;
    w.run_for(10 * SECOND).await;
    assert_eq!(client.held().model.unread(w.now()), 2);
    assert_eq!(client.held().model.told.map(both), Some((2, 2)));
}

#[tokio::test(start_paused = true)]
async fn a_count_stops_at_a_thousand_and_says_what_is_left_after_a_thousand_marks() {
    let w = World::new(28).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    for block in 0..75 {
        w.deliver((0..20).map(|number| notify("anna", &format!("{block}.{number}")).category(if block < 50 { "c" } else { "d" }))).await;
    }
    assert_eq!(counts(s, &anna).await, (1_000, 1_000));
    // Of what stands at the cap nothing is subtracted: nobody knows how many there are.
    let one = list(s, &anna).await[0].id;
    assert_eq!(both(mark(s, &anna, [one], Mark::Read).await.counts), (1_000, 1_000));
    assert_eq!(both(mark(s, &anna, [one], Mark::Unread).await.counts), (1_000, 1_000));
    let category = inbox::id::Category::parse("c").unwrap();
    let marked = s.mark(&anna, Target::Category(category.clone()), Mark::Read).await.unwrap();
    assert_eq!((marked.changed, marked.more), (Some(1_000), false));
    assert_eq!(both(marked.counts), (500, 500));
    assert_eq!(counts(s, &anna).await, (500, 500));
    let again = s.mark(&anna, Target::Category(category), Mark::Read).await.unwrap();
    assert_eq!((again.changed, both(again.counts)), (Some(0), (500, 500)));
}

#[tokio::test(start_paused = true)]
async fn one_of_three_is_read_while_another_arrives() {
    let w = World::new(29).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.deliver([notify("anna", "a"), notify("anna", "b"), notify("anna", "c")]).await;
    let clients = [Client::start(s, &anna, Way::Stream), Client::start(s, &anna, Way::Poll(SECOND))];
    let id = find(s, &anna, "a").await;
    tokio::join!(mark(s, &anna, [id], Mark::Read), w.send(notify("anna", "d")));
    w.run_for(3 * SECOND).await;
    assert_eq!(counts(s, &anna).await, (3, 3));
    for client in &clients {
        assert_eq!(client.held().model.unread(w.now()), 3);
        assert_eq!(client.held().model.told.map_or(3, |told| told.unread), 3);
    }
    let (one, two) = tokio::join!(mark(s, &anna, [id], Mark::Read), mark(s, &anna, [id], Mark::Read));
    assert_eq!((one.changed, two.changed), (Some(0), Some(0)));
    assert_eq!(counts(s, &anna).await, (3, 3));
}

#[tokio::test(start_paused = true)]
async fn broadcasts_read_and_deleted_one_by_one() {
    let mut w = World::new(30).await;
    let other = w.process();
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    w.deliver((0..6).map(|number| broadcast("everyone", &format!("b{number}")))).await;
    for (number, how, left) in
        [(0, Mark::Read, 5), (3, Mark::Delete, 4), (1, Mark::Delete, 3), (2, Mark::Read, 2), (5, Mark::Read, 1), (4, Mark::Read, 0)]
    {
        let id = find(s, &anna, &format!("b{number}")).await;
        assert_eq!(both(mark(&other, &anna, [id], how).await.counts), (left, left));
        assert_eq!(counts(s, &anna).await, (left, left));
    }
    assert_eq!(titles(s, &anna).await.len(), 4);
}

/// Case 28: from two tabs at once, in two processes.
#[tokio::test(start_paused = true)]
async fn one_is_marked_in_two_tabs_at_once() {
    let mut w = World::new(31).await;
    let other = w.process();
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.deliver([notify("anna", "a"), notify("anna", "b"), broadcast("everyone", "c"), broadcast("everyone", "d")]).await;
    let clients = [Client::start(s, &anna, Way::Stream), Client::start(&other, &anna, Way::Poll(SECOND))];
    for (title, how, left) in [("a", Mark::Read, 3), ("c", Mark::Read, 2), ("b", Mark::Delete, 1), ("d", Mark::Delete, 0)] {
        let id = find(s, &anna, title).await;
        let (here, there) = tokio::join!(mark(s, &anna, [id], how), mark(&other, &anna, [id], how));
        assert_eq!(here.changed.zip(there.changed).map(|(here, there)| here + there), Some(1), "one of the two changed it");
        assert_eq!((both(here.counts), both(there.counts)), ((left, left), (left, left)), "{title}");
        w.run_for(3 * SECOND).await;
        for client in &clients {
            assert_eq!(client.held().model.unread(w.now()), usize::try_from(left).unwrap(), "{title}");
        }
    }
    assert_eq!(counts(s, &anna).await, (0, 0));
}

/// However large the inbox is, one request reads some MB of it.
#[tokio::test(start_paused = true)]
async fn a_mark_of_a_category_reads_no_more_than_a_page() {
    let w = World::new(35).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    let category = inbox::id::Category::parse("c").unwrap();
    let long = "m".repeat(16_000);
    w.send(notify("anna", "old").category("c")).await;
    for _ in 0..55 {
        w.deliver((0..20).map(|_| notify("anna", "other").message(&long))).await;
    }
    w.send(notify("anna", "new").category("c")).await;
    w.run_for(11 * SECOND).await;
    let marked = s.mark(&anna, Target::Category(category.clone()), Mark::Delete).await.unwrap();
    assert_eq!((marked.changed, marked.more), (Some(1), true));
    let again = s.mark(&anna, Target::Category(category), Mark::Delete).await.unwrap();
    assert_eq!((again.changed, again.more), (Some(0), false), "the same again would find nothing again");
}
