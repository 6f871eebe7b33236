//! Inputs and sequences that broke systems like ours.

use std::time::Duration;

use inbox::id::NotificationId;
use service::{After, Error, Mark, OpenStream, Polled, Refusal, Target};
use testkit::client::{Lists, open};
use testkit::texts::TEXTS;
use testkit::{Client, Way, World, broadcast, notify, reader};

use crate::common::{SECOND, both, counts, find, heard, list, mark, mark_all, page, polled, stream, titles, word};

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
    marks_above_a_copy(World::new(65).await, 0).await;
}

#[tokio::test(start_paused = true)]
async fn marks_above_this_process_s_copy_of_a_channel_are_not_forgotten() {
    let w = World::new(68).await;
    w.send(broadcast("ops", "old")).await;
    marks_above_a_copy(w, 1).await;
}

async fn marks_above_a_copy(mut w: World, old: u32) {
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
    assert_eq!(both(shown.counts), (1 + old, 1 + old));
    let truth = Lists::fetch(&w.service, &anna, 10).await.unwrap().notifications;
    assert_eq!(Lists::fetch(&other, &anna, 10).await.unwrap().notifications, truth);
    let client = Client::start(&other, &anna, Way::Poll(SECOND));
    let Polled::News { events, .. } = other.poll(&anna, After::Position(begin)).await.unwrap() else { panic!("news") };
    assert!(events.iter().any(|event| matches!(event, inbox::event::Event::Notification(one) if one.archived)), "{events:?}");
    w.run_for(5 * SECOND).await;
    assert_eq!(client.held().model.shown(w.now()).len(), truth.len());
    assert_eq!(client.held().model.unread(w.now()), usize::try_from(1 + old).unwrap());
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

/// Case 44, where nobody wakes the stream: however long it was idle, and whenever between two of its looks.
#[tokio::test(start_paused = true)]
async fn one_event_after_a_silence_comes_within_a_second_from_another_process() {
    let mut w = World::new(44).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let ask = OpenStream { window: Duration::from_hours(1), ..open(&anna, After::Now, &w.service) };
    let mut there = other.open_stream(ask).await.unwrap();
    for number in 0..40 {
        let silence = 10 * SECOND + Duration::from_millis(37 * number);
        assert_eq!(heard(&w, &mut there, silence).await, Vec::<String>::new());
        let name = format!("n{number}");
        w.send(notify("anna", &name)).await;
        assert_eq!(heard(&w, &mut there, SECOND).await, [name]);
        // A channel is looked at once a second by all streams of a process together, so this may be two looks of a stream away.
        assert_eq!(heard(&w, &mut there, silence).await, Vec::<String>::new());
        let name = format!("b{number}");
        w.send(broadcast("everyone", &name)).await;
        assert_eq!(heard(&w, &mut there, 2 * SECOND).await, [name]);
    }
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
    let client = Client::start(s, &anna, Way::Stream);
    w.run_for(SECOND).await;
    for text in TEXTS {
        w.deliver([notify("anna", text).message(text), broadcast("everyone", text).message(text)]).await;
    }
    w.run_for(SECOND).await;
    let mut sent: Vec<(&str, &str)> = TEXTS.iter().flat_map(|text| [(*text, *text); 2]).collect();
    sent.sort_unstable();
    let listed = list(s, &anna).await;
    let held = client.held();
    for shown in [listed.iter().collect(), held.model.shown(w.now())] {
        let mut told: Vec<_> = shown.iter().map(|one| (one.content.title.as_str(), one.content.message.as_str())).collect();
        told.sort_unstable();
        assert_eq!(told, sent);
    }
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

#[tokio::test(start_paused = true)]
async fn a_read_that_is_older_than_the_cursor_is_nothing_new_and_no_reset() {
    let mut w = World::new(67).await;
    let other = w.process();
    let anna = reader("anna", &["ops"]);
    list(&other, &anna).await;
    w.engine().faults().set(engine::FaultPlan { stale_ms: 3_000, seed: 67, ..engine::FaultPlan::default() });
    for number in 0..20 {
        w.deliver([notify("anna", &format!("n{number}")), broadcast("ops", &format!("b{number}"))]).await;
        let position = page(&w.service, &anna).await.position;
        assert_eq!(polled(&other, &anna, position.clone()).await, (Vec::new(), None));
        let mut open = stream(&other, &anna, After::Position(position)).await;
        assert!(heard(&w, &mut open, SECOND).await.is_empty());
    }
    assert!(w.engine().faults().counters().stale_reads > 0);
}
