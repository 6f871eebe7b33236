//! What a resume and a ping answer.

use inbox::limits;
use inbox::position::Position;
use service::{After, Error, Resumed, Service};
use testkit::{broadcast, notify, reader};

use crate::common::{SECOND, mute, page, word};
use crate::sockets::{DAY, Place, id};

pub(crate) async fn resume(service: &Service, name: &str, after: Position) -> Resumed {
    service.resume(&id(name), After::Position(after)).await.unwrap()
}

pub(crate) fn words(resumed: &Resumed) -> Vec<String> {
    resumed.steps.iter().flat_map(|step| &step.events).filter_map(word).collect()
}

pub(crate) fn numbers(position: &Position) -> Vec<u64> {
    position.0.iter().map(|segment| segment.n.0).collect()
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_is_not_known_or_whose_time_is_over_is_told_nothing() {
    let p = Place::new(215).await;
    let anna = reader("anna", &[]);
    let unknown = p.w.service.resume(&id("nobody"), After::Now).await;
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
    assert!(matches!(p.w.service.ping(&id("nobody")).await, Err(Error::NotFound(_))));
    assert!(p.w.service.socket_fault(&id("nobody")).await.unwrap());
    // A token that ends sooner than a socket may last ends the socket.
    p.w.service.connect(&id("a1"), &anna, p.w.now().plus(60 * SECOND)).await.unwrap();
    assert!(p.w.service.ping(&id("a1")).await.is_ok());
    p.w.run_for(60 * SECOND).await;
    assert!(matches!(p.w.service.ping(&id("a1")).await, Err(Error::NotFound(_))));
    assert!(matches!(p.w.service.resume(&id("a1"), After::Now).await, Err(Error::NotFound(_))));
    // And one that lasts longer does not.
    p.w.service.connect(&id("a2"), &anna, p.w.now().plus(DAY)).await.unwrap();
    p.w.jump(limits::SOCKET_LIFE).await;
    assert!(matches!(p.w.service.ping(&id("a2")).await, Err(Error::NotFound(_))));
}

#[tokio::test(start_paused = true)]
async fn the_fourth_bad_message_closes() {
    let p = Place::new(216).await;
    let _inbox = p.connect("a1", &reader("anna", &[])).await;
    let mut closes = Vec::new();
    for _ in 0..4 {
        closes.push(p.w.service.socket_fault(&id("a1")).await.unwrap());
    }
    assert_eq!(closes, [false, false, false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_resume_tells_where_each_feed_stands() {
    let p = Place::new(217).await;
    let anna = reader("anna", &["ops"]);
    let _inbox = p.connect("a1", &anna).await;
    let s = &p.w.service;
    let now = s.resume(&id("a1"), After::Now).await.unwrap();
    assert!(now.steps.is_empty() && !now.more);
    p.w.deliver([notify("anna", "one"), broadcast("ops", "two"), broadcast("everyone", "three"), broadcast("web", "not theirs")]).await;
    let resumed = resume(s, "a1", now.position).await;
    assert_eq!(words(&resumed), ["three", "two", "one"]);
    let feeds: Vec<(&str, u64)> = resumed.positions.0.iter().map(|(feed, at)| (feed.name(), at.n.0)).collect();
    assert_eq!(feeds, [("user", 1), ("everyone", 1), ("ops", 1)]);
    assert_eq!(resumed.positions.0.iter().map(|(_, at)| *at).collect::<Vec<_>>(), resumed.position.0);
    let again = resume(s, "a1", resumed.position.clone()).await;
    assert!(again.steps.is_empty());
    assert_eq!(again.position, resumed.position);
    assert_eq!(s.ping(&id("a1")).await.unwrap(), again.positions);
    // What comes first in its feed is not ahead of anything: a foreign cursor, and one that is no cursor, are resets.
    let foreign = page(s, &reader("ben", &["ops"])).await.position;
    assert_eq!(words(&resume(s, "a1", foreign).await), ["reset"]);
    let unreadable = s.resume(&id("a1"), After::Unreadable).await.unwrap();
    assert_eq!((words(&unreadable), numbers(&unreadable.position)), (vec!["reset".to_owned()], vec![1, 1, 1]));
}

#[tokio::test(start_paused = true)]
async fn a_resume_far_behind_is_pages_or_a_reset() {
    let p = Place::new(218).await;
    let anna = reader("anna", &[]);
    let _inbox = p.connect("a1", &anna).await;
    let start = page(&p.w.service, &anna).await.position;
    for commit in 0..250 {
        p.w.run_for(SECOND).await;
        p.w.deliver((0..20).map(|number| notify("anna", &format!("n{}", commit * 20 + number)))).await;
    }
    let mut at = start;
    let mut told = Vec::new();
    let mut pages = 0;
    loop {
        let resumed = resume(&p.w.service, "a1", at).await;
        told.extend(words(&resumed));
        pages += 1;
        at = resumed.position;
        if !resumed.more {
            break;
        }
    }
    assert_eq!(told, (0..5_000).map(|number| format!("n{number}")).collect::<Vec<_>>());
    assert_eq!((pages, numbers(&at)), (10, vec![250, 0]));
    for _ in 0..1_001 {
        p.w.run_for(SECOND).await;
        p.w.send(notify("anna", "more")).await;
    }
    let far = resume(&p.w.service, "a1", at).await;
    assert_eq!(words(&far), ["reset"]);
    assert!(!far.more);
}

#[tokio::test(start_paused = true)]
async fn a_resume_writes_the_row_where_it_is_behind_and_brings_none_back() {
    let p = Place::new(219).await;
    let anna = reader("anna", &[]);
    let _inbox = p.connect("a1", &anna).await;
    let s = &p.w.service;
    let start = page(s, &anna).await.position;
    let before = s.table().meter().used();
    resume(s, "a1", start.clone()).await;
    assert!((s.table().meter().used() - before).write == 0.0);
    // Another process changed them, and pushed to nobody.
    mute(s, &anna, &["news"]).await;
    let resumed = resume(s, "a1", start).await;
    assert_eq!(words(&resumed), ["reset"]);
    let row = s.table().connection(&id("a1"), 1).await.unwrap().unwrap();
    assert_eq!(row.muting.muted.muted.len(), 1);
    p.w.deliver([broadcast("everyone", "hidden").category("news"), broadcast("everyone", "shown")]).await;
    let told = resume(s, "a1", resumed.position).await;
    assert_eq!((words(&told), numbers(&told.position)), (vec!["shown".to_owned()], vec![1, 1]));
    s.disconnect(&id("a1")).await.unwrap();
    assert!(matches!(s.resume(&id("a1"), After::Now).await, Err(Error::NotFound(_))));
    assert_eq!(s.table().connection(&id("a1"), 1).await.unwrap(), None);
}

/// The reset of a later change, told by another process, overtook what this one read.
#[tokio::test(start_paused = true)]
async fn a_resume_leaves_a_row_that_knows_more_as_it_is() {
    let p = Place::new(228).await;
    let (s, anna) = (&p.w.service, reader("anna", &[]));
    let _inbox = p.connect("a1", &anna).await;
    mute(s, &anna, &["news"]).await;
    let start = page(s, &anna).await.position;
    let mut row = s.table().connection(&id("a1"), 1).await.unwrap().unwrap();
    row.muting = s.table().state(&anna.own_feed(), table::Freshness::Consistent).await.unwrap().muting();
    row.muting.n = row.muting.n.next();
    row.muting.muted = inbox::preferences::Preferences::default();
    assert_eq!(s.table().rewrite_connection(&row, 1).await.unwrap(), table::connections::Rewritten::Done);
    assert!(resume(s, "a1", start).await.steps.is_empty());
    assert_eq!(s.table().connection(&id("a1"), 1).await.unwrap(), Some(row));
}

#[tokio::test(start_paused = true)]
async fn what_a_socket_costs() {
    let p = Place::new(220).await;
    let anna = reader("anna", &["ops", "web", "sales"]);
    let s = &p.w.service;
    for channel in ["everyone", "ops", "web", "sales"] {
        p.w.deliver([broadcast(channel, channel)]).await;
    }
    p.w.deliver([notify("anna", "one")]).await;
    let start = page(s, &anna).await.position;
    p.w.run_for(11 * SECOND).await;
    page(s, &anna).await;
    let used = || s.table().meter().used();
    let before = used();
    let _inbox = p.connect("a1", &anna).await;
    let connect = used() - before;
    assert!(connect.write <= 2.0 && connect.read <= 0.5, "{connect:?}");
    let before = used();
    s.ping(&id("a1")).await.unwrap();
    let ping = used() - before;
    assert!(ping.write == 0.0 && ping.read <= 1.5, "{ping:?}");
    let before = used();
    resume(s, "a1", start).await;
    let resumed = used() - before;
    assert!(resumed.write == 0.0 && resumed.read <= 1.0 + 1.0 + 4.0, "{resumed:?}");
}

/// Case 49: the platform cuts a socket that was silent for ten minutes. A ping on the way shows what was missed until then; whatever comes
/// while the line is down comes by the cursor.
#[tokio::test(start_paused = true)]
async fn a_socket_that_was_cut_for_its_silence_resumes_without_loss() {
    let p = Place::new(290).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    let held = p.w.service.resume(&id("a1"), After::Now).await.unwrap().position;
    p.w.run_for(590 * SECOND).await;
    p.sockets.decide(&id("a1"), [testkit::Fate::Lost]);
    p.send([notify("anna", "lost before the ping")]).await;
    let positions = p.w.service.ping(&id("a1")).await.unwrap();
    assert_eq!((positions.0[0].1.n.0, held.0[0].n.0), (1, 0), "the ping shows what was lost");
    p.w.run_for(600 * SECOND).await;
    p.sockets.cut(&id("a1"));
    p.send([notify("anna", "to a closed socket"), broadcast("everyone", "to all")]).await;
    assert!(crate::sockets::arrived(&mut inbox).is_empty());
    let _second = p.connect("a2", &anna).await;
    let resumed = resume(&p.w.service, "a2", held).await;
    assert_eq!(words(&resumed), ["to all", "lost before the ping", "to a closed socket"]);
    assert!(!resumed.more);
}
