//! Inputs and sequences that broke systems like ours.

use std::time::Duration;

use inbox::id::{Category, NotificationId};
use inbox::page::Filter;
use inbox::position::Position;
use service::{After, Error, From, Mark, PageAsk, Polled, Refusal, Service, Target};
use testkit::client::{Lists, walk};
use testkit::{Client, Way, World, broadcast, notify, reader};

use crate::common::{ALL, SECOND, both, counts, find, first, heard, list, mark, mark_all, page, stream, titles, word};

async fn polled(service: &Service, who: &inbox::audience::Reader, after: Position) -> (Vec<String>, Option<Position>) {
    match service.poll(who, After::Position(after)).await.unwrap() {
        Polled::Nothing => (Vec::new(), None),
        Polled::News { events, position, .. } => (events.iter().filter_map(word).collect(), Some(position)),
    }
}

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

async fn walk_cursor(service: &Service, who: &inbox::audience::Reader) -> inbox::page::PageCursor {
    service.deliver(&[]).await;
    let position = page(service, who).await;
    let one = &position.notifications[0];
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
    let of = |tenant: &str| inbox::audience::Reader { tenant: Some(inbox::id::Tenant::parse(tenant).unwrap()), ..reader("anna", &[]) };
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

/// Case 9.
#[tokio::test(start_paused = true)]
async fn another_life_of_a_feed_is_a_reset_and_not_a_sequel() {
    let mut w = World::new(51).await;
    let anna = reader("anna", &[]);
    for number in 0..5 {
        w.send(notify("anna", &format!("old{number}"))).await;
    }
    let held = page(&w.service, &anna).await;
    let restored = w.process_of("g2");
    let (words, fresh) = polled(&restored, &anna, held.position.clone()).await;
    assert_eq!(words, ["reset"]);
    assert_eq!(polled(&restored, &anna, fresh.unwrap()).await.0, Vec::<String>::new());
    let foreign = restored.mark(&anna, Target::Ids(vec![held.notifications[0].id]), Mark::Read).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))));
    // The database file is removed while streams are open; the feed begins again and passes where the client stood.
    let client = Client::start(&w.service, &anna, Way::Stream);
    let poller = Client::start(&w.service, &anna, Way::Poll(SECOND));
    w.run_for(2 * SECOND).await;
    w.engine().client().delete_table().table_name("belfry").send().await.unwrap();
    w.service.table().create_if_missing().await.unwrap();
    for number in 0..8 {
        w.send(notify("anna", &format!("new{number}"))).await;
    }
    w.run_for(10 * SECOND).await;
    for one in [&client, &poller] {
        let held = one.held();
        let mut shown: Vec<String> = held.model.shown(w.now()).iter().map(|one| one.content.title.clone()).collect();
        shown.sort();
        assert_eq!(shown, (0..8).map(|number| format!("new{number}")).collect::<Vec<_>>(), "{:#?}", held.story);
        assert!(held.resets > 0);
    }
}

/// Case 12.
#[tokio::test(start_paused = true)]
async fn a_client_that_was_away_for_a_day_gets_bounded_pages_or_a_reset() {
    let w = World::new(52).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.send(notify("anna", "before")).await;
    let mut position = page(s, &anna).await.position;
    let old = position.clone();
    for number in 0..1_000 {
        w.send(notify("anna", &format!("n{number}"))).await;
    }
    let mut took = Vec::new();
    let mut answers = 0;
    loop {
        match s.poll(&anna, After::Position(position.clone())).await.unwrap() {
            Polled::Nothing => break,
            Polled::News { events, position: next, more } => {
                assert!(events.len() <= 201, "{} events in one answer", events.len());
                took.extend(events.iter().filter_map(word));
                position = next;
                answers += 1;
                if !more {
                    break;
                }
            }
        }
    }
    assert_eq!(took, (0..1_000).map(|number| format!("n{number}")).collect::<Vec<_>>());
    assert_eq!(answers, 5);
    w.send(notify("anna", "one too many")).await;
    assert_eq!(polled(s, &anna, old.clone()).await.0, ["reset"]);
    let mut late = stream(s, &anna, After::Position(old)).await;
    assert_eq!(heard(&w, &mut late, SECOND).await, ["reset"]);
}

#[tokio::test(start_paused = true)]
async fn a_cursor_of_last_week_is_good_while_nothing_came_and_a_reset_after() {
    let w = World::new(53).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.send(notify("anna", "before")).await;
    let position = page(s, &anna).await.position;
    w.jump(Duration::from_hours(8 * 24)).await;
    w.sweep_ttl();
    assert_eq!(polled(s, &anna, position.clone()).await, (Vec::new(), None));
    w.send(notify("anna", "now")).await;
    assert_eq!(polled(s, &anna, position).await.0, ["reset"]);
}

/// Case 31 and, with another process, its kind: a mark meets a copy of a channel that is older than what the client was shown.
#[tokio::test(start_paused = true)]
async fn a_mark_of_a_broadcast_that_this_process_has_not_met_is_made() {
    let mut w = World::new(54).await;
    let other = w.process();
    let anna = reader("anna", &["ops"]);
    w.send(broadcast("everyone", "first")).await;
    for service in [&w.service, &other] {
        list(service, &anna).await;
    }
    // The other process has copies of both channels, a moment old; of `ops` one from before its first broadcast.
    w.deliver([broadcast("everyone", "second"), broadcast("ops", "third")]).await;
    let shown = page(&w.service, &anna).await;
    let ids: Vec<NotificationId> = shown.notifications.iter().map(|one| one.id).collect();
    let up_to = Target::All { up_to: Some(shown.position.clone()) };
    assert_eq!(both(other.mark(&anna, up_to, Mark::Seen).await.unwrap().counts), (3, 0));
    let marked = mark(&other, &anna, ids, Mark::Read).await;
    assert_eq!((marked.changed, both(marked.counts)), (Some(3), (0, 0)));
    assert_eq!(counts(&w.service, &anna).await, (0, 0));
}

#[tokio::test(start_paused = true)]
async fn marks_in_a_channel_that_this_process_thinks_unborn_are_not_forgotten() {
    let mut w = World::new(65).await;
    let other = w.process();
    let anna = reader("anna", &["ops"]);
    for service in [&w.service, &other] {
        list(service, &anna).await;
    }
    let begin = page(&other, &anna).await.position;
    w.deliver([broadcast("ops", "away"), broadcast("ops", "gone"), broadcast("ops", "new")]).await;
    mark(&w.service, &anna, [find(&w.service, &anna, "away").await], Mark::Archive).await;
    mark(&w.service, &anna, [find(&w.service, &anna, "gone").await], Mark::Delete).await;
    let shown = page(&other, &anna).await;
    assert_eq!(both(shown.counts), (1, 1));
    let truth = Lists::fetch(&w.service, &anna, 10).await.unwrap().notifications;
    assert_eq!(Lists::fetch(&other, &anna, 10).await.unwrap().notifications, truth);
    let client = Client::start(&other, &anna, Way::Poll(SECOND));
    let Polled::News { events, .. } = other.poll(&anna, After::Position(begin)).await.unwrap() else { panic!("news") };
    assert!(events.iter().any(|event| matches!(event, inbox::event::Event::Notification(one) if one.archived)), "{events:?}");
    w.run_for(5 * SECOND).await;
    assert_eq!(client.held().model.shown(w.now()).len(), truth.len());
    assert_eq!(client.held().model.unread(w.now()), 1);
}

/// The kind of case 30: what is removed behind a list's back must not hold lists up.
#[tokio::test(start_paused = true)]
async fn a_list_right_after_delete_all_does_not_wait_for_what_was_swept() {
    let w = World::new(55).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.deliver([notify("anna", "a"), notify("anna", "b")]).await;
    let position = page(s, &anna).await.position;
    w.send(notify("anna", "c")).await;
    mark_all(s, &anna, Mark::Delete, None).await;
    // The sweeper of the process may run, and another one at once.
    w.run_for(Duration::from_millis(100)).await;
    s.sweep(&anna.own_feed()).await.unwrap();
    let before = w.now();
    assert!(titles(s, &anna).await.is_empty());
    assert_eq!(counts(s, &anna).await, (0, 0));
    let (words, _) = polled(s, &anna, position).await;
    assert_eq!(words.last().map(String::as_str), Some("Deleted"), "{words:?}");
    assert_eq!(w.now(), before, "somebody waited");
}

#[tokio::test(start_paused = true)]
async fn what_delete_all_hid_is_removed_some_time_later() {
    let w = World::new(56).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    for block in 0..15 {
        w.deliver((0..20).map(|number| notify("anna", &format!("{block}.{number}")))).await;
    }
    mark_all(s, &anna, Mark::Delete, None).await;
    w.send(notify("anna", "later")).await;
    w.run_for(Duration::from_mins(2)).await;
    assert_eq!(s.sweep(&anna.own_feed()).await.unwrap(), 0, "the process's own sweeper was here before");
    assert_eq!(titles(s, &anna).await, ["later"]);
}

/// Case 32.
#[tokio::test(start_paused = true)]
async fn a_walk_with_cursors_shows_each_once_while_others_arrive() {
    let w = World::new(57).await;
    let (s, anna) = (&w.service, reader("anna", &["ops"]));
    list(s, &anna).await;
    let soon = w.now().plus(2 * SECOND);
    // All in one millisecond, in three feeds.
    let mut drafts = Vec::new();
    for number in 0..30 {
        let name = format!("n{number}");
        let draft = match number % 3 {
            0 => notify("anna", &name),
            1 => broadcast("everyone", &name),
            _ => broadcast("ops", &name),
        };
        drafts.push(if number % 5 == 0 { draft.expires(soon) } else { draft });
    }
    w.deliver(drafts).await;
    for limit in [1, 2, 7, 29, 30, 31] {
        let mut seen = Vec::new();
        let mut from = From::Page(1);
        let mut step = 0;
        loop {
            let page = s.page(&anna, &PageAsk { from, ..first(limit) }).await.unwrap();
            seen.extend(page.notifications.iter().map(|one| one.content.title.clone()).filter(|title| title.starts_with('n')));
            step += 1;
            if step < 5 {
                w.deliver([notify("anna", "x"), broadcast("ops", "y")]).await;
            }
            if step == 2 && limit == 7 {
                w.run_for(2 * SECOND).await;
                w.sweep_ttl();
            }
            assert_eq!(page.has_more, page.next.is_some());
            let Some(next) = page.next else { break };
            from = From::Cursor(next);
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "a repetition with {limit} on a page");
        let stays = |number: &u32| !number.is_multiple_of(5);
        let missing: Vec<u32> = (0..30).filter(stays).filter(|number| !seen.contains(&format!("n{number}"))).collect();
        assert!(missing.is_empty(), "with {limit} on a page {missing:?} are missing");
    }
    // Numbered pages and a walk agree where nothing happens in between.
    let walked = walk(s, &anna, 9, ALL).await.unwrap().0;
    let mut paged = Vec::new();
    for number in 1.. {
        let page = s.page(&anna, &PageAsk { from: From::Page(number), ..first(9) }).await.unwrap();
        paged.extend(page.notifications);
        if !page.has_more {
            break;
        }
    }
    assert_eq!(walked, paged);
    let beyond = s.page(&anna, &PageAsk { from: From::Page(100), ..first(9) }).await.unwrap();
    assert!(beyond.notifications.is_empty() && !beyond.has_more);
}

/// Case 58.
#[tokio::test(start_paused = true)]
async fn expired_ones_before_good_ones_do_not_end_a_list() {
    let w = World::new(58).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    let soon = w.now().plus(SECOND);
    for block in 0..3 {
        w.deliver((0..20).map(|number| notify("anna", &format!("good{block}.{number}")).category("c"))).await;
    }
    for _ in 0..3 {
        w.deliver((0..20).map(|_| notify("anna", "gone").expires(soon))).await;
    }
    w.deliver((0..20).map(|_| notify("anna", "other").category("d"))).await;
    w.run_for(SECOND).await;
    let shown = s.page(&anna, &first(50)).await.unwrap();
    assert!(shown.notifications.len() == 50 && shown.has_more);
    assert_eq!(walk(s, &anna, 50, ALL).await.unwrap().0.len(), 80);
    let filter = Filter { category: Some(Category::parse("c").unwrap()), ..ALL };
    assert_eq!(walk(s, &anna, 50, filter).await.unwrap().0.len(), 60);
}

/// Case 61.
#[tokio::test(start_paused = true)]
async fn every_second_of_a_thousand_live_broadcasts_is_read() {
    let w = World::new(59).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    for block in 0..51 {
        w.deliver((0..20).map(|number| broadcast("everyone", &format!("{block}.{number}")))).await;
    }
    let all: Vec<NotificationId> = walk(s, &anna, 100, ALL).await.unwrap().0.iter().map(|one| one.id).collect();
    assert_eq!(all.len(), 1_000, "the oldest were evicted");
    let half: Vec<NotificationId> = all.iter().copied().step_by(2).collect();
    for some in half.chunks(100) {
        mark(s, &anna, some.iter().copied(), Mark::Read).await;
    }
    let shown = walk(s, &anna, 100, ALL).await.unwrap().0;
    assert!(shown.iter().all(|one| one.read() == half.contains(&one.id)));
    assert_eq!(counts(s, &anna).await, (500, 500));
    // Small: less than ten kilobytes, so less than ten units a write of it, doubled by the transaction.
    let before = s.table().meter().used();
    mark(s, &anna, [all[1]], Mark::Read).await;
    let used = s.table().meter().used() - before;
    assert!(used.write <= 24.0, "{used:?}");
    let rest: Vec<NotificationId> = all.iter().copied().skip(1).step_by(2).collect();
    for some in rest.chunks(100) {
        mark(s, &anna, some.iter().copied(), Mark::Read).await;
    }
    assert_eq!(counts(s, &anna).await, (0, 0));
    let before = s.table().meter().used();
    mark(s, &anna, [all[0]], Mark::Unread).await;
    let used = s.table().meter().used() - before;
    assert!(used.write <= 6.0, "folded, they cost nothing: {used:?}");
    assert_eq!(counts(s, &anna).await, (1, 1));
}

/// Case 72.
#[tokio::test(start_paused = true)]
async fn what_one_process_stores_a_stream_of_another_brings() {
    let mut w = World::new(60).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let mut there = stream(&other, &anna, After::Now).await;
    w.run_for(Duration::from_mins(1)).await;
    w.deliver([notify("anna", "one"), broadcast("everyone", "two")]).await;
    let mut words = heard(&w, &mut there, 3 * SECOND).await;
    words.sort();
    assert_eq!(words, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn ids_that_were_never_given_are_unknown_and_those_that_are_gone_change_nothing() {
    let w = World::new(61).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.send(notify("anna", "one")).await;
    let id = find(s, &anna, "one").await;
    let ahead = NotificationId { slot: inbox::id::Slot { born: inbox::position::Seq(99), place: 0 }, ..id };
    assert!(matches!(s.mark(&anna, Target::Ids(vec![id, ahead]), Mark::Read).await, Err(Error::NotFound(_))));
    assert_eq!(counts(s, &anna).await, (1, 1), "the whole request was refused");
    assert_eq!(mark(s, &anna, [id, id], Mark::Delete).await.changed, Some(1));
    for how in [Mark::Delete, Mark::Read, Mark::Unread, Mark::Archive] {
        assert_eq!(mark(s, &anna, [id], how).await.changed, Some(0), "{how:?}");
    }
    assert!(matches!(s.mark(&anna, Target::Ids(vec![id]), Mark::Seen).await, Err(Error::Refused(Refusal::SeenIsForAll))));
}

#[tokio::test(start_paused = true)]
async fn delete_all_up_to_spares_what_came_later_and_what_was_marked_since_reads_alike_everywhere() {
    let w = World::new(62).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    let before_broadcast = page(s, &anna).await.position;
    w.send(broadcast("everyone", "kept")).await;
    w.send(notify("anna", "gone")).await;
    let kept = find(s, &anna, "kept").await;
    mark(s, &anna, [kept], Mark::Read).await;
    mark(s, &anna, [kept], Mark::Unread).await;
    // A position that is ahead in the user's own feed and behind in the channel's, as a stream may hold it.
    let mut position = page(s, &anna).await.position;
    position.0[1] = before_broadcast.0[1];
    w.send(notify("anna", "later")).await;
    let marked = mark_all(s, &anna, Mark::Delete, Some(position)).await;
    w.run_for(SECOND).await;
    assert_eq!(both(marked.counts), counts(s, &anna).await);
    let fresh = Lists::fetch(s, &anna, 10).await.unwrap().notifications;
    let mut titles: Vec<&str> = fresh.iter().map(|one| one.content.title.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["kept", "later"]);
    let held = client.held();
    for one in &fresh {
        assert!(held.model.shown(w.now()).contains(&one), "{one:?} {:#?}", held.model.shown(w.now()));
    }
}

#[tokio::test(start_paused = true)]
async fn i7_text_comes_out_byte_for_byte() {
    let w = World::new(63).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    list(s, &anna).await;
    let text = "a\r\n\u{2028}\u{fffe}\u{202e}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} \"\\ \u{0}\n\n";
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    w.deliver([notify("anna", text).message(text), broadcast("everyone", text).message(text)]).await;
    w.run_for(SECOND).await;
    for one in list(s, &anna).await {
        assert_eq!((one.content.title.as_str(), one.content.message.as_str()), (text, text));
    }
    let held = client.held();
    assert!(held.model.shown(w.now()).iter().all(|one| one.content.title == text) && held.model.shown(w.now()).len() == 2);
}

#[tokio::test(start_paused = true)]
async fn i10_reading_writes_nothing_but_the_first_visit() {
    let w = World::new(64).await;
    let (s, anna) = (&w.service, reader("anna", &["ops"]));
    w.deliver([notify("anna", "a"), broadcast("everyone", "b")]).await;
    let meter = s.table().meter();
    let before = meter.used();
    let position = page(s, &anna).await.position;
    assert!((meter.used() - before).write <= 2.0, "one unit a channel: {:?}", meter.used() - before);
    let before = meter.used();
    page(s, &anna).await;
    counts(s, &anna).await;
    let (_, version) = s.counts(&anna).await.unwrap();
    s.unchanged(&anna, &version).await.unwrap();
    s.preferences(&anna).await.unwrap();
    polled(s, &anna, position.clone()).await;
    let mut open = stream(s, &anna, After::Position(position)).await;
    heard(&w, &mut open, Duration::from_mins(2)).await;
    assert!((meter.used() - before).write.abs() < 0.001, "{:?}", meter.used() - before);
}
