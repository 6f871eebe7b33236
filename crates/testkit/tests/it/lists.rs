//! Lists: while things arrive and expire, whatever is there throughout is shown once.

use engine::FaultPlan;
use inbox::id::{Category, NotificationId};
use inbox::page::Filter;
use service::{From, Mark, PageAsk};
use testkit::client::walk;
use testkit::{World, broadcast, notify, reader};

use crate::common::{ALL, SECOND, counts, first, list, mark, page};

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
    let whole = s.page(&anna, &first(u32::try_from(walked.len()).unwrap())).await.unwrap();
    assert!(whole.notifications == walked && !whole.has_more, "nothing is behind the last one");
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

/// Case 58 again: what is left out fills more than one read, so a page is empty, and the list goes on all the same.
#[tokio::test(start_paused = true)]
async fn an_empty_page_is_not_the_end() {
    let w = World::new(66).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    w.deliver((0..5).map(|number| notify("anna", &format!("good{number}")).category("c"))).await;
    let long = "m".repeat(4_000);
    for _ in 0..35 {
        w.deliver((0..20).map(|_| notify("anna", "other").category("d").message(&long))).await;
    }
    w.deliver([notify("anna", "newest").category("c")]).await;
    let filter = Filter { category: Some(Category::parse("c").unwrap()), ..ALL };
    let ask = |from| PageAsk { from, limit: 1, filter: filter.clone() };
    let mut page = s.page(&anna, &ask(From::Page(1))).await.unwrap();
    let (mut seen, mut empty) = (Vec::new(), 0);
    for _ in 0..20 {
        seen.extend(page.notifications.iter().map(|one| one.content.title.clone()));
        empty += usize::from(page.notifications.is_empty());
        let Some(next) = page.next else { break };
        page = s.page(&anna, &ask(From::Cursor(next))).await.unwrap();
    }
    assert!(empty > 0, "two megabytes of others in between");
    assert_eq!(seen, ["newest", "good4", "good3", "good2", "good1", "good0"]);
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

/// What waits for nothing else is asked beside it: each answer in turn is some milliseconds of a function, and of somebody's life.
#[tokio::test(start_paused = true)]
async fn a_page_waits_for_few_answers_one_after_the_other() {
    let mut w = World::new(96).await;
    let anna = reader("anna", &["ops", "web", "sales"]);
    for channel in ["everyone", "ops", "web", "sales"] {
        w.deliver([broadcast(channel, channel)]).await;
    }
    w.deliver([notify("anna", "theirs")]).await;
    page(&w.service, &anna).await;
    w.run_for(11 * SECOND).await;
    let fresh = w.process();
    let each = 100;
    w.engine().faults().set(FaultPlan { delay_ms: each..each + 1, seed: 96, ..FaultPlan::default() });
    let mut waited = Vec::new();
    // A process that knows nothing reads each channel's state and then what is live in it, beside the reader's own state; then the
    // marks, what is unread, and the page itself. One that knows the channels does without the first two.
    for _ in 0..2 {
        let began = w.now();
        assert_eq!(page(&fresh, &anna).await.notifications.len(), 5);
        waited.push(w.now().since(began).as_millis() / u128::from(each));
    }
    assert_eq!(waited, [3, 2]);
}
