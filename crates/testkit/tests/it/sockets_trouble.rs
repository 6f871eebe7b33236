//! Pushes in trouble: lost, doubled, late, refused, cut and never answered. The next number, a ping or a resume makes it good.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::ConnectionId;
use inbox::limits;
use service::PushSettings;
use testkit::{Fate, SocketClient, World, notify, reader};

use crate::common::{SECOND, list, page};
use crate::sockets::{Place, arrived, id};
use crate::sockets_resume::{numbers, resume, words};

/// A client on a socket, caught up.
async fn client(p: &Place, who: &Reader) -> (SocketClient, ConnectionId) {
    let client = SocketClient::start(&p.w.service, &p.sockets, who, 20 * SECOND, 9);
    p.w.run_for(Duration::from_millis(100)).await;
    let socket = client.held().socket.clone().unwrap();
    (client, socket)
}

/// How many pushes it applied, and how often it asked.
fn tally(client: &SocketClient) -> (usize, usize) {
    let held = client.held();
    (held.applied, held.resumes)
}

fn knows(client: &SocketClient, w: &World) -> Vec<String> {
    client.held().model.shown(w.now()).iter().map(|one| one.content.title.clone()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_lost_push_is_noticed_by_the_next_number() {
    let p = Place::new(207).await;
    let anna = reader("anna", &[]);
    let (client, socket) = client(&p, &anna).await;
    p.send([notify("anna", "one")]).await;
    p.w.run_for(Duration::from_millis(10)).await;
    assert_eq!(tally(&client), (1, 1));
    p.sockets.decide(&socket, [Fate::Lost]);
    p.send([notify("anna", "two")]).await;
    p.w.run_for(Duration::from_millis(10)).await;
    assert_eq!(knows(&client, &p.w), ["one"]);
    p.send([notify("anna", "three")]).await;
    p.w.run_for(Duration::from_millis(10)).await;
    assert_eq!(knows(&client, &p.w), ["one", "two", "three"]);
    assert_eq!(tally(&client), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_lost_push_before_a_quiet_spell_is_noticed_by_ping() {
    let p = Place::new(208).await;
    let anna = reader("anna", &[]);
    let (client, socket) = client(&p, &anna).await;
    p.sockets.decide(&socket, [Fate::Lost]);
    p.send([notify("anna", "one")]).await;
    p.w.run_for(10 * SECOND).await;
    assert!(knows(&client, &p.w).is_empty());
    p.w.run_for(11 * SECOND).await;
    assert_eq!(knows(&client, &p.w), ["one"]);
    assert_eq!(tally(&client), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn doubled_and_late_pushes_change_nothing() {
    let p = Place::new(209).await;
    let anna = reader("anna", &[]);
    let (client, socket) = client(&p, &anna).await;
    p.sockets.decide(&socket, [Fate::Doubled, Fate::Late(SECOND), Fate::Taken]);
    for title in ["one", "two", "three"] {
        p.send([notify("anna", title)]).await;
    }
    p.w.run_for(2 * SECOND).await;
    assert_eq!(knows(&client, &p.w), ["one", "two", "three"]);
    let held = client.held();
    // "three" came before "two" and sent it to the store; the second "one" and the late "two" were known.
    assert_eq!((held.applied, held.ignored, held.resumes, held.model.events), (1, 2, 2, 2 + 3), "{:?}", held.story);
}

#[tokio::test(start_paused = true)]
async fn trouble_with_the_way_out_loses_nothing() {
    for (number, fates) in [
        vec![Fate::Throttled, Fate::Throttled],
        vec![Fate::Failed, Fate::Failed, Fate::Failed],
        vec![Fate::Cut],
        vec![Fate::Hangs],
        vec![Fate::Throttled, Fate::Failed, Fate::Cut, Fate::Throttled],
    ]
    .into_iter()
    .enumerate()
    {
        let settings = PushSettings { shards: 1, flush_within: 20 * SECOND, ..PushSettings::default() };
        let p = Place::with(210, settings).await;
        let anna = reader("anna", &[]);
        let (client, socket) = client(&p, &anna).await;
        p.sockets.decide(&socket, fates.clone());
        p.send([notify("anna", "one")]).await;
        p.w.run_for(Duration::from_millis(10)).await;
        assert_eq!(knows(&client, &p.w), ["one"], "{fates:?}");
        assert_eq!(tally(&client), (1, 1), "{fates:?}");
        assert_eq!(p.sockets.posts().len(), fates.len() + 1, "case {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_is_given_up_and_found_by_ping() {
    let p = Place::new(211).await;
    let anna = reader("anna", &[]);
    let (client, socket) = client(&p, &anna).await;
    p.sockets.decide(&socket, [Fate::Throttled; 5]);
    p.send([notify("anna", "one"), notify("anna", "two")]).await;
    assert_eq!(p.sockets.posts().len(), 5);
    p.w.run_for(21 * SECOND).await;
    assert_eq!(knows(&client, &p.w), ["one", "two"]);
    assert_eq!(client.held().applied, 0);
}

#[tokio::test(start_paused = true)]
async fn nobody_who_commits_waits_for_a_dead_socket() {
    let p = Place::new(212).await;
    let (anna, ben) = (reader("anna", &[]), reader("ben", &[]));
    let (_dead, mut inbox) = (p.connect("a1", &anna).await, p.connect("b1", &ben).await);
    p.sockets.decide(&id("a1"), [Fate::Hangs; 20]);
    let outcomes = p.w.deliver([notify("anna", "one"), notify("ben", "two")]).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, service::Outcome::Applied { changed: true })));
    let began = p.w.now();
    p.w.service.flush_pushes().await;
    assert_eq!(p.w.now().since(began), 3 * SECOND);
    assert_eq!(arrived(&mut inbox), ["user 1: two"]);
    assert_eq!(list(&p.w.service, &anna).await.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_a_notice_and_comes_by_resume() {
    let p = Place::new(213).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    let start = page(&p.w.service, &anna).await.position;
    let long = "m".repeat(limits::MESSAGE_CHARS * 2);
    p.send((0..20).map(|number| notify("anna", &format!("n{number}")).message(&long))).await;
    assert_eq!(arrived(&mut inbox), ["user 1!"]);
    let resumed = resume(&p.w.service, "a1", start).await;
    assert_eq!(words(&resumed).len(), 20);
    assert_eq!(numbers(&resumed.position), [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_cannot_be_read_back_is_a_notice() {
    use engine::{Ack, FaultPlan, Visibility};
    let p = Place::with(214, PushSettings { shards: 1, flush_within: 20 * SECOND, ..PushSettings::default() }).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.w.run_for(SECOND).await;
    let visibility = Visibility { spread_ms: 3_000, ack: Ack::Immediately, stall: 0.0, stall_ms: 0, pending_conflict: 0.0 };
    p.w.engine().faults().set(FaultPlan { visibility: Some(visibility), seed: 3, ..FaultPlan::default() });
    p.send((0..5).map(|number| notify("anna", &format!("n{number}")))).await;
    p.w.engine().faults().heal();
    assert_eq!(arrived(&mut inbox), ["user 1!"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_delivered_again_is_pushed_again() {
    let p = Place::new(223).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    // The process that stored it stopped before it pushed.
    let event = || notify("anna", "one").id("e1");
    let mut w = p.w;
    let stopped = w.process();
    w.deliver_by(&stopped, [event()]).await;
    assert!(!w.send(event()).await);
    w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 1: one"]);
}
