//! Streams: when they end and why, what waits for them, and that resuming loses nothing.

use std::sync::Arc;
use std::time::Duration;

use inbox::id::ClientId;
use inbox::position::Position;
use inbox::stream::Ending;
use service::{After, Item, OpenStream};
use testkit::client::open;
use testkit::{World, broadcast, notify, reader};

use crate::common::{SECOND, heard, next, stream, word};

#[tokio::test(start_paused = true)]
async fn a_reader_who_takes_nothing_loses_its_stream_and_holds_nobody_back() {
    let w = World::new(10).await;
    let anna = reader("anna", &[]);
    let mut slow = stream(&w.service, &anna, After::Now).await;
    let mut quick = stream(&w.service, &anna, After::Now).await;
    let begin = slow.position().clone();
    let mut took = Vec::new();
    for number in 0..200 {
        w.send(notify("anna", &format!("n{number}"))).await;
        took.extend(heard(&w, &mut quick, Duration::from_millis(50)).await);
    }
    let all: Vec<String> = (0..200).map(|number| format!("n{number}")).collect();
    assert_eq!(took, all);
    assert_eq!(heard(&w, &mut slow, SECOND).await, ["SlowReader"]);
    assert_eq!(slow.position(), &begin);
    let mut resumed = stream(&w.service, &anna, After::Position(begin)).await;
    assert_eq!(heard(&w, &mut resumed, SECOND).await, all);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_stream_does_not_outlive_its_token() {
    let w = World::new(11).await;
    let anna = reader("anna", &[]);
    let ask = OpenStream { token_expires: w.now().plus(5 * SECOND), ..open(&anna, After::Now, &w.service) };
    let mut busy = w.service.open_stream(ask).await.unwrap();
    for number in 0..3 {
        w.send(notify("anna", &format!("n{number}"))).await;
    }
    w.run_for(6 * SECOND).await;
    assert!(matches!(next(&mut busy).await, Some(Item::End(Ending::TokenExpired))));
    assert!(next(&mut busy).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_beats_and_ends_with_its_window_or_its_token() {
    let w = World::new(12).await;
    let anna = reader("anna", &[]);
    let ask = OpenStream { window: 40 * SECOND, ..open(&anna, After::Now, &w.service) };
    let mut idle = w.service.open_stream(ask.clone()).await.unwrap();
    let began = w.now();
    let mut beats = 0;
    let end = loop {
        match next(&mut idle).await {
            Some(Item::Beat) => beats += 1,
            Some(Item::End(why)) => break why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((end, beats), (Ending::Window, 2));
    assert!(w.now().since(began) >= 40 * SECOND && w.now().since(began) < 41 * SECOND);
    let mut short = w.service.open_stream(OpenStream { token_expires: w.now().plus(3 * SECOND), ..ask }).await.unwrap();
    assert_eq!(heard(&w, &mut short, 10 * SECOND).await, ["TokenExpired"]);
}

#[tokio::test(start_paused = true)]
async fn the_newer_stream_of_a_client_ends_the_older_in_any_process() {
    let mut w = World::new(13).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let tab = ClientId::parse("tab-1").unwrap();
    let ask = OpenStream { client: Some(tab), ..open(&anna, After::Now, &w.service) };
    let mut older = w.service.open_stream(ask.clone()).await.unwrap();
    let mut newer = w.service.open_stream(ask.clone()).await.unwrap();
    assert_eq!(heard(&w, &mut older, SECOND).await, ["NewerTwin"]);
    let mut newest = other.open_stream(ask).await.unwrap();
    assert_eq!(heard(&w, &mut newer, 31 * SECOND).await, ["NewerTwin"]);
    assert!(heard(&w, &mut newest, 60 * SECOND).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn i8_a_stream_ends_between_two_groups() {
    let w = World::new(14).await;
    let mut streams = Vec::new();
    for name in ["anna", "ben", "cleo", "dora"] {
        streams.push(stream(&w.service, &reader(name, &[]), After::Now).await);
    }
    w.deliver([notify("anna", "a1"), notify("anna", "a2"), notify("anna", "a3")]).await;
    w.service.hub().shutdown(w.now(), 3 * SECOND, w.chance());
    let refused = w.service.open_stream(open(&reader("eve", &[]), After::Now, &w.service)).await;
    assert!(refused.is_err());
    let began = w.now();
    let mut ends = Vec::new();
    let mut groups = Vec::new();
    for one in &mut streams {
        loop {
            match next(one).await {
                // A group is whole or not there at all, and the position is never inside one.
                Some(Item::Group(group)) => groups.push(group.events.iter().filter_map(word).collect::<Vec<_>>()),
                Some(Item::End(Ending::Shutdown)) => break,
                other => panic!("{other:?}"),
            }
        }
        ends.push(w.now().since(began));
    }
    assert!(groups.iter().all(|group| group == &["a1", "a2", "a3"]), "{groups:?}");
    assert!(w.now().since(began) <= 3 * SECOND);
    // They do not all end at once: some chance is behind it.
    assert!(ends.iter().any(|end| *end > Duration::ZERO), "{ends:?}");
    drop(streams);
    assert_eq!(w.service.hub().open_streams(), 0);
}

#[tokio::test(start_paused = true)]
async fn resuming_from_any_position_loses_nothing_and_repeats_nothing() {
    let mut w = World::new(15).await;
    let other = w.process();
    let anna = reader("anna", &["ops"]);
    let mut position = stream(&w.service, &anna, After::Now).await.position().clone();
    let mut took = Vec::new();
    for number in 0..30 {
        let draft = match number % 3 {
            0 => notify("anna", &format!("n{number}")),
            1 => broadcast("everyone", &format!("n{number}")),
            _ => broadcast("ops", &format!("n{number}")),
        };
        w.send(draft).await;
        if number % 4 == 0 {
            // A stream that is cut after its first item, now in this process, now in the other.
            let service = if number % 8 == 0 { &w.service } else { &other };
            let mut short = stream(service, &anna, After::Position(position.clone())).await;
            let words = tokio::select! {
                Some(Item::Group(group)) = next(&mut short) => group.events.iter().filter_map(word).collect(),
                () = w.run_for(3 * SECOND) => Vec::new(),
            };
            took.extend(words);
            position = short.position().clone();
        }
    }
    let mut last = stream(&other, &anna, After::Position(position)).await;
    took.extend(heard(&w, &mut last, 3 * SECOND).await);
    took.sort_by_key(|word| word[1..].parse::<u32>().unwrap());
    assert_eq!(took, (0..30).map(|number| format!("n{number}")).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_stream_dropped_before_its_first_event_resumes_without_loss() {
    let w = World::new(16).await;
    let anna = reader("anna", &[]);
    let opened = stream(&w.service, &anna, After::Now).await;
    let position = opened.position().clone();
    drop(opened);
    w.deliver([notify("anna", "one"), broadcast("everyone", "two")]).await;
    let mut resumed = stream(&w.service, &anna, After::Position(position)).await;
    let mut words = heard(&w, &mut resumed, SECOND).await;
    words.sort();
    assert_eq!(words, ["one", "two"]);
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_was_not_told_is_told_by_the_next_stream() {
    let w = World::new(17).await;
    let anna = reader("anna", &[]);
    w.send(notify("anna", "one")).await;
    for after in [After::Unreadable, After::Position(Position::default())] {
        let cut = stream(&w.service, &anna, after).await;
        let position = cut.position().clone();
        drop(cut);
        let mut next = stream(&w.service, &anna, After::Position(position)).await;
        assert_eq!(heard(&w, &mut next, SECOND).await, ["reset"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_from_another_process_does_not_look_like_a_slow_reader() {
    let mut w = World::new(18).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let mut quick = stream(&w.service, &anna, After::Now).await;
    heard(&w, &mut quick, 5 * SECOND).await;
    // More than may wait for a stream: within what one look at a feed takes, and beyond it.
    for count in [150, 300] {
        for number in 0..count {
            w.deliver_by(&other, [notify("anna", &format!("n{number}"))]).await;
        }
        let words = heard(&w, &mut quick, 5 * SECOND).await;
        assert_eq!(words, (0..count).map(|number| format!("n{number}")).collect::<Vec<_>>());
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_is_not_polled_holds_nobody_up() {
    let w = World::new(19).await;
    let (anna, ben) = (reader("anna", &[]), reader("ben", &[]));
    w.deliver([notify("anna", "one"), broadcast("everyone", "two")]).await;
    let mut stuck = stream(&w.service, &anna, After::Now).await;
    // Another life of the feeds has every stream look at the store for itself.
    w.engine().client().delete_table().table_name("belfry").send().await.unwrap();
    w.service.table().create_if_missing().await.unwrap();
    w.deliver([broadcast("everyone", "three")]).await;
    w.run_for(3 * SECOND).await;
    w.engine().faults().set(engine::FaultPlan { delay_ms: 50..51, ..engine::FaultPlan::default() });
    // It begins to look, and its transport takes nothing from then on.
    assert!(futures::future::poll_immediate(next(&mut stuck)).await.is_none());
    w.run_for(2 * SECOND).await;
    let listed = tokio::time::timeout(30 * SECOND, crate::common::titles(&w.service, &ben)).await;
    assert_eq!(listed.expect("it waits for the stuck reader"), ["three"]);
    assert!(heard(&w, &mut stuck, SECOND).await.contains(&"reset".to_owned()));
}

/// The timer's look may be served by a replica that lags; who commits meanwhile asks for another that is not.
#[tokio::test(start_paused = true)]
async fn a_commit_is_told_at_once_although_a_look_was_under_way() {
    let settings = service::Settings { ticks: (20 * SECOND, 20 * SECOND), ..service::Settings::default() };
    let w = World::with(401, settings).await;
    let anna = reader("anna", &[]);
    let ask = OpenStream { window: Duration::from_hours(3), ..open(&anna, After::Now, &w.service) };
    let mut open = w.service.open_stream(ask).await.unwrap();
    let faults = w.engine().faults();
    for number in 0..12 {
        // The timer's look at each of the two feeds begins, and takes long.
        faults.set(engine::FaultPlan { delay_ms: 10_000..10_001, ..engine::FaultPlan::default() });
        while faults.counters().delays < 2 {
            w.run_for(SECOND / 10).await;
        }
        faults.set(engine::FaultPlan { stale_ms: 60_000, seed: number, ..engine::FaultPlan::default() });
        let name = format!("n{number}");
        w.send(notify("anna", &name)).await;
        assert_eq!(heard(&w, &mut open, 12 * SECOND).await, [name]);
    }
}

#[tokio::test(start_paused = true)]
async fn another_life_of_a_feed_is_found_without_being_woken() {
    let mut w = World::new(402).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    w.send(notify("anna", "one")).await;
    let mut open = stream(&w.service, &anna, After::Now).await;
    w.engine().client().delete_table().table_name("belfry").send().await.unwrap();
    w.service.table().create_if_missing().await.unwrap();
    w.deliver_by(&other, [notify("anna", "two")]).await;
    assert_eq!(heard(&w, &mut open, 10 * SECOND).await, ["reset"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_read_hangs_ends_on_time() {
    for (token, window, why) in [(20, 40, Ending::TokenExpired), (40, 20, Ending::Window), (40, 40, Ending::Shutdown)] {
        let w = World::new(403).await;
        let anna = reader("anna", &[]);
        let (token_expires, window) = (w.now().plus(token * SECOND), window * SECOND);
        let client = Some(ClientId::parse("tab-1").unwrap());
        let ask = OpenStream { client, token_expires, window, ..open(&anna, After::Now, &w.service) };
        let mut hung = w.service.open_stream(ask).await.unwrap();
        let began = w.now();
        w.engine().faults().set(engine::FaultPlan { delay_ms: 100_000..100_001, ..engine::FaultPlan::default() });
        // It looks for a newer twin, and gets no answer.
        assert!(matches!(next(&mut hung).await, Some(Item::Beat)));
        let stopping = async {
            if why == Ending::Shutdown {
                w.run_for(5 * SECOND).await;
                w.service.hub().shutdown(w.now(), Duration::ZERO, w.chance());
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            item = next(&mut hung) => assert!(matches!(item, Some(Item::End(end)) if end == why), "{item:?}"),
            () = stopping => {}
        }
        let took = w.now().since(began);
        assert!(took >= 20 * SECOND && took < 21 * SECOND, "{why:?} after {took:?}");
    }
}

/// What the streams of equal readers cost: the reads of one, idle and when something comes; and a broadcast is encoded for all at once.
#[tokio::test(start_paused = true)]
async fn fifty_streams_of_equal_readers_cost_the_reads_of_one() {
    let mut costs = Vec::new();
    for count in [1, 50] {
        let w = World::new(404).await;
        let anna = reader("anna", &[]);
        w.deliver([notify("anna", "a"), broadcast("everyone", "b")]).await;
        let mut streams = Vec::new();
        for _ in 0..count {
            streams.push(stream(&w.service, &anna, After::Now).await);
        }
        w.run_for(11 * SECOND).await;
        let used = || w.service.table().meter().used();
        let before = used();
        w.run_for(60 * SECOND).await;
        let idle = used() - before;
        let before = used();
        w.deliver([notify("anna", "own")]).await;
        w.deliver([broadcast("everyone", "all")]).await;
        w.run_for(SECOND / 10).await;
        let told = used() - before;
        let encoded = std::cell::Cell::new(0);
        let mut groups = Vec::new();
        for one in &mut streams {
            let mut of_one = Vec::new();
            while of_one.len() < 2 {
                match next(one).await {
                    Some(Item::Group(group)) => of_one.push(group),
                    Some(Item::Beat) => {}
                    other => panic!("{other:?}"),
                }
            }
            for group in &of_one {
                let words = group.encoded(|events| {
                    encoded.set(encoded.get() + 1);
                    events.iter().filter_map(word).collect::<Vec<_>>()
                });
                assert!(matches!(words.unwrap().as_slice(), [one] if one == "own" || one == "all"), "{words:?}");
            }
            groups.push(of_one);
        }
        assert_eq!(encoded.get(), 2, "once for the notification, once for the broadcast");
        assert!(groups.iter().flatten().all(|one| groups[0].iter().any(|first| Arc::ptr_eq(one, first))));
        costs.push((idle.read, told.read, told.write));
    }
    assert!(costs[0].0 > 0.0 && costs[0].1 > 0.0, "{costs:?}");
    assert_eq!(costs[0], costs[1], "one stream and fifty");
}
