//! Whoever missed thousands of notifications gets them a portion at a time: all of them, once, in order.

use inbox::audience::Reader;
use inbox::notification::Notification;
use inbox::position::Position;
use service::{After, Mark, Polled, Service};
use testkit::client::{Lists, with_reader};
use testkit::{Model, World, broadcast, notify, reader};

use crate::common::{SECOND, find, heard, mark, page, stream, word};
use crate::sockets::Place;
use crate::sockets_resume::{resume, words};

/// Documents that are read for one answer, three broadcasts that were at hand, and the counts.
const PORTION: usize = 500 + 3 + 1;

/// So many commits of twenty notifications; their titles.
async fn send(w: &World, commits: u32) -> Vec<String> {
    let mut names = Vec::new();
    for commit in 0..commits {
        let some: Vec<String> = (0..20).map(|number| format!("n{commit}.{number}")).collect();
        w.run_for(SECOND).await;
        w.deliver(some.iter().map(|name| notify("anna", name))).await;
        names.extend(some);
    }
    names
}

#[tokio::test(start_paused = true)]
async fn a_poll_and_a_resume_bring_a_portion_and_say_that_there_is_more() {
    let p = Place::new(310).await;
    let anna = reader("anna", &["ops"]);
    let _inbox = p.connect("a1", &anna).await;
    let (w, s) = (&p.w, &p.w.service);
    let begin = page(s, &anna).await.position;
    let mut names: Vec<String> = (0..3).map(|number| format!("b{number}")).collect();
    for name in &names {
        w.send(broadcast("ops", name)).await;
    }
    names.extend(send(w, 60).await);
    let (mut told, mut at) = (Vec::new(), begin.clone());
    loop {
        let Polled::News { events, position, more } = s.poll(&anna, After::Position(at)).await.unwrap() else { panic!("nothing") };
        assert!(events.len() <= PORTION, "{} events in one answer", events.len());
        told.extend(events.iter().filter_map(word));
        at = position;
        if !more {
            break;
        }
    }
    assert_eq!(told, names);
    let (mut told, mut at) = (Vec::new(), begin);
    loop {
        let resumed = resume(s, "a1", at).await;
        let some = words(&resumed);
        assert!(some.len() <= PORTION, "{} events in one answer", some.len());
        told.extend(some);
        at = resumed.position;
        if !resumed.more {
            break;
        }
    }
    assert_eq!(told, names);
}

#[tokio::test(start_paused = true)]
async fn a_stream_reads_a_portion_and_goes_on_by_itself_with_the_rest() {
    let w = World::new(311).await;
    let (s, anna) = (&w.service, reader("anna", &[]));
    let begin = page(s, &anna).await.position;
    let names = send(&w, 60).await;
    w.run_for(11 * SECOND).await;
    let before = s.table().meter().used();
    let mut late = stream(s, &anna, After::Position(begin)).await;
    let opened = (s.table().meter().used() - before).read;
    assert_eq!(heard(&w, &mut late, SECOND).await, names);
    let all = (s.table().meter().used() - before).read;
    assert!(2.0 * opened < all, "of {all} units {opened} were read before anybody took anything");
    w.send(notify("anna", "at last")).await;
    assert_eq!(heard(&w, &mut late, SECOND).await, ["at last"]);
}

/// One look of a process finds more than a portion: of a feed that it follows already.
#[tokio::test(start_paused = true)]
async fn a_stream_of_a_process_that_fell_behind_goes_on_too() {
    let mut w = World::new(312).await;
    let other = w.process();
    let (s, anna) = (&w.service, reader("anna", &[]));
    let mut open = stream(s, &anna, After::Now).await;
    let names: Vec<String> = (0..450).map(|number| format!("n{number}")).collect();
    for name in &names {
        w.deliver_by(&other, [notify("anna", name)]).await;
    }
    assert_eq!(heard(&w, &mut open, 5 * SECOND).await, names);
}

/// A mark on a broadcast waits for the portion behind the last one of the broadcasts: else these would bring it back unread.
#[tokio::test(start_paused = true)]
async fn a_mark_does_not_come_in_a_portion_before_its_broadcast() {
    let mut w = World::new(313).await;
    let other = w.process();
    let anna = reader("anna", &["ops"]);
    let base = Lists::fetch(&w.service, &anna, 100).await.unwrap();
    for number in 0..300 {
        w.send(broadcast("ops", &format!("b{number}"))).await;
    }
    w.send(notify("anna", "own")).await;
    let ids = [find(&w.service, &anna, "b299").await, find(&w.service, &anna, "b250").await];
    mark(&w.service, &anna, ids, Mark::Read).await;
    w.run_for(SECOND).await;
    let truth = Lists::fetch(&w.service, &anna, 100).await.unwrap().notifications;
    for service in [&w.service, &other] {
        let mut model = Model::default();
        model.refill(base.notifications.clone(), Vec::new());
        let answers = follow(service, &anna, &mut model, base.position.clone(), &w).await;
        assert!(answers > 1);
        let shown: Vec<Notification> = model.shown(w.now()).into_iter().cloned().collect();
        assert_eq!(sorted(shown), sorted(truth.clone()));
    }
}

async fn follow(service: &Service, anna: &Reader, model: &mut Model, mut position: Position, w: &World) -> u32 {
    let mut answers = 0;
    while let Polled::News { events, position: next, more } = service.poll(anna, After::Position(position.clone())).await.unwrap() {
        answers += 1;
        for event in &events {
            assert!(!model.apply(&with_reader(event, anna), w.now()), "a reset");
        }
        position = next;
        if !more {
            break;
        }
    }
    answers
}

fn sorted(mut notifications: Vec<Notification>) -> Vec<Notification> {
    notifications.sort_by_key(|one| one.id);
    notifications
}
