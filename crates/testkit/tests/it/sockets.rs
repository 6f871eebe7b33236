//! Open sockets: what is pushed to whom, what a resume and a ping answer, and what trouble with a push costs.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::event::Event;
use inbox::id::ConnectionId;
use inbox::limits;
use inbox::position::Position;
use service::{After, Error, Mark, PushSettings, Resumed, Service, Settings, Target};
use testkit::sockets::Told;
use testkit::{Fate, SocketClient, Sockets, World, broadcast, notify, reader};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::common::{SECOND, find, list, mark, mark_all, mute, page, stream, word};

/// A world whose first process pushes.
pub(crate) struct Place {
    pub(crate) w: World,
    pub(crate) sockets: Sockets,
}

pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) fn id(name: &str) -> ConnectionId {
    ConnectionId::parse(name).unwrap()
}

impl Place {
    pub(crate) async fn new(seed: u64) -> Self {
        Self::with(seed, PushSettings { shards: 1, ..PushSettings::default() }).await
    }

    pub(crate) async fn with(seed: u64, settings: PushSettings) -> Self {
        let (w, sockets) = (World::new(seed).await, Sockets::new(seed));
        sockets.serve(&w.service, settings);
        Self { w, sockets }
    }

    pub(crate) async fn connect(&self, name: &str, who: &Reader) -> UnboundedReceiver<Told> {
        let inbox = self.sockets.open(&id(name));
        self.w.service.connect(&id(name), who, self.w.now().plus(DAY)).await.unwrap();
        inbox
    }

    /// Delivers a batch and pushes it.
    async fn send(&self, drafts: impl IntoIterator<Item = testkit::Draft>) {
        self.w.deliver(drafts).await;
        self.w.service.flush_pushes().await;
    }
}

/// What arrived: each as its feed, its number and its words; a notice has none and says so.
pub(crate) fn arrived(inbox: &mut UnboundedReceiver<Told>) -> Vec<String> {
    std::iter::from_fn(|| inbox.try_recv().ok()).map(|told| said(&told)).collect()
}

fn said(told: &Told) -> String {
    match told {
        Told::Push { feed, n, events, .. } => {
            let words: Vec<String> = events.iter().filter_map(word).collect();
            format!("{feed} {n}: {}", words.join(", "))
        }
        Told::Notice { feed, n } => format!("{feed} {n}!"),
    }
}

async fn resume(service: &Service, name: &str, after: Position) -> Resumed {
    service.resume(&id(name), After::Position(after)).await.unwrap()
}

fn words(resumed: &Resumed) -> Vec<String> {
    resumed.steps.iter().flat_map(|step| &step.events).filter_map(word).collect()
}

fn numbers(position: &Position) -> Vec<u64> {
    position.0.iter().map(|segment| segment.n.0).collect()
}

#[tokio::test(start_paused = true)]
async fn a_commit_goes_to_every_socket_of_its_user_and_to_nobody_else() {
    let p = Place::new(200).await;
    let (anna, ops, ben) = (reader("anna", &[]), reader("anna", &["ops"]), reader("ben", &[]));
    p.w.send(broadcast("ops", "for ops")).await;
    p.w.service.flush_pushes().await;
    let mut tabs = [p.connect("a1", &anna).await, p.connect("a2", &anna).await];
    let (mut with_topic, mut foreign) = (p.connect("a3", &ops).await, p.connect("b1", &ben).await);
    p.send([notify("anna", "one")]).await;
    let counts = |told: &Told| match told {
        Told::Push { events, .. } => events.last().cloned(),
        Told::Notice { .. } => None,
    };
    for tab in &mut tabs {
        let told = tab.try_recv().unwrap();
        assert_eq!(said(&told), "user 1: one");
        assert!(matches!(counts(&told), Some(Event::Inbox(counts)) if counts.unread == 1), "{told:?}");
    }
    // Their token names a topic with one more unread, so their counts are others.
    let told = with_topic.try_recv().unwrap();
    assert!(matches!(counts(&told), Some(Event::Inbox(counts)) if counts.unread == 2), "{told:?}");
    assert!(arrived(&mut foreign).is_empty());
    p.w.service.flush_pushes().await;
    assert_eq!(p.sockets.posts().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn whatever_commits_is_pushed_in_order() {
    let p = Place::new(201).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.send((0..45).map(|number| notify("anna", &format!("n{number}")))).await;
    let first = arrived(&mut inbox);
    let heads: Vec<&str> = first.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(heads, ["user 1", "user 2", "user 3"]);
    let one = find(&p.w.service, &anna, "n7").await;
    mark(&p.w.service, &anna, [one], Mark::Read).await;
    mark_all(&p.w.service, &anna, Mark::Seen, None).await;
    mark_all(&p.w.service, &anna, Mark::Read, None).await;
    p.w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 4: n7", "user 5: ", "user 6: Read"]);
    p.w.service.disconnect(&id("a1")).await.unwrap();
    p.send([notify("anna", "late")]).await;
    assert!(arrived(&mut inbox).is_empty());
}

#[tokio::test(start_paused = true)]
async fn changed_preferences_are_a_reset_and_rewrite_the_rows() {
    let p = Place::new(202).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    mute(&p.w.service, &anna, &["news"]).await;
    p.w.service.flush_pushes().await;
    assert_eq!(arrived(&mut inbox), ["user 1: reset"]);
    let row = p.w.service.table().connection(&id("a1"), 1).await.unwrap().unwrap();
    assert_eq!(row.muted.muted.iter().map(inbox::id::Category::as_str).collect::<Vec<_>>(), ["news"]);
}

#[tokio::test(start_paused = true)]
async fn a_user_without_sockets_costs_half_a_unit() {
    let silent = World::new(203).await;
    let p = Place::new(203).await;
    let anna = reader("anna", &["ops", "web"]);
    list(&p.w.service, &anna).await;
    list(&silent.service, &anna).await;
    silent.deliver([notify("anna", "one")]).await;
    silent.service.flush_pushes().await;
    p.send([notify("anna", "one")]).await;
    let (without, with) = (silent.service.table().meter().used(), p.w.service.table().meter().used());
    assert!((with.read - without.read - 0.5).abs() < 1e-9, "{without:?}, {with:?}");
    assert!((with.write - without.write).abs() < 1e-9, "{without:?}, {with:?}");
}

#[tokio::test(start_paused = true)]
async fn a_push_reads_what_one_tick_reads() {
    let p = Place::new(204).await;
    let anna = reader("anna", &["ops", "web"]);
    list(&p.w.service, &anna).await;
    let mut inboxes = Vec::new();
    for number in 0..10 {
        inboxes.push(p.connect(&format!("a{number}"), &anna).await);
    }
    p.w.run_for(11 * SECOND).await;
    page(&p.w.service, &anna).await;
    p.w.deliver([notify("anna", "one")]).await;
    let before = p.w.service.table().meter().used();
    p.w.service.flush_pushes().await;
    let used = p.w.service.table().meter().used() - before;
    let most = testkit::units::allowed("push of a change to ten sockets");
    assert!(used.read <= most.read && used.write <= most.write, "{used:?}");
    assert!(inboxes.iter_mut().all(|inbox| arrived(inbox) == ["user 1: one"]));
}

#[tokio::test(start_paused = true)]
async fn a_closed_socket_loses_its_row_and_nobody_else_anything() {
    let p = Place::new(205).await;
    let anna = reader("anna", &[]);
    let mut inboxes = Vec::new();
    for number in 0..10 {
        inboxes.push(p.connect(&format!("a{number}"), &anna).await);
    }
    p.sockets.cut(&id("a2"));
    p.send([notify("anna", "one")]).await;
    for (number, inbox) in inboxes.iter_mut().enumerate() {
        let expected: &[&str] = if number == 2 { &[] } else { &["user 1: one"] };
        assert_eq!(arrived(inbox), expected, "socket {number}");
    }
    assert_eq!(p.w.service.table().connection(&id("a2"), 1).await.unwrap(), None);
    p.send([notify("anna", "two")]).await;
    assert_eq!(p.sockets.posts().len(), 10 + 9);
}

#[tokio::test(start_paused = true)]
async fn five_hundred_stale_rows_are_bounded_work_and_the_living_come_first() {
    let p = Place::new(206).await;
    let anna = reader("anna", &[]);
    for number in 0..500 {
        p.w.service.connect(&id(&format!("dead{number}")), &anna, p.w.now().plus(DAY)).await.unwrap();
    }
    p.w.run_for(60 * SECOND).await;
    let mut living = [p.connect("a1", &anna).await, p.connect("a2", &anna).await];
    p.send([notify("anna", "one")]).await;
    assert!(living.iter_mut().all(|inbox| arrived(inbox) == ["user 1: one"]));
    let posts = p.sockets.posts();
    assert_eq!(posts.len(), limits::PUSHES_PER_USER);
    assert!(posts[..2].iter().all(|post| ["a1", "a2"].contains(&post.to.as_str())), "{:?}", &posts[..2]);
    for _ in 0..6 {
        p.send([notify("anna", "more")]).await;
    }
    // Each of the dead was met once.
    assert_eq!(p.sockets.posts().len(), 500 + 7 * 2);
    // Those whose time is over are not even read.
    for number in 0..500 {
        p.w.service.connect(&id(&format!("old{number}")), &anna, p.w.now().plus(SECOND)).await.unwrap();
    }
    p.w.run_for(11 * SECOND).await;
    p.w.service.disconnect(&id("a1")).await.unwrap();
    p.w.service.disconnect(&id("a2")).await.unwrap();
    p.w.deliver([notify("anna", "last")]).await;
    let before = p.w.service.table().meter().used();
    p.w.service.flush_pushes().await;
    let used = p.w.service.table().meter().used() - before;
    let most = testkit::units::allowed("commit that nobody is pushed");
    assert!(used.read <= most.read && used.write <= most.write, "{used:?}");
}

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
    assert_eq!((pages, numbers(&at)), (2, vec![250, 0]));
    for _ in 0..1_001 {
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
    assert_eq!(row.muted.muted.len(), 1);
    p.w.deliver([broadcast("everyone", "hidden").category("news"), broadcast("everyone", "shown")]).await;
    let told = resume(s, "a1", resumed.position).await;
    assert_eq!((words(&told), numbers(&told.position)), (vec!["shown".to_owned()], vec![1, 1]));
    s.disconnect(&id("a1")).await.unwrap();
    assert!(matches!(s.resume(&id("a1"), After::Now).await, Err(Error::NotFound(_))));
    assert_eq!(s.table().connection(&id("a1"), 1).await.unwrap(), None);
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

#[tokio::test(start_paused = true)]
async fn one_process_pushes_in_the_background() {
    let p = Place::new(221).await;
    let (anna, ben) = (reader("anna", &[]), reader("ben", &[]));
    let pusher = p.w.service.clone();
    let task = tokio::spawn(async move { pusher.run_pusher().await });
    let (_dead, mut inbox) = (p.connect("a1", &anna).await, p.connect("b1", &ben).await);
    p.sockets.decide(&id("a1"), [Fate::Hangs; 100]);
    p.w.deliver([notify("anna", "one"), notify("anna", "two")]).await;
    for title in ["one", "two", "three"] {
        p.w.send(notify("ben", title)).await;
        p.w.service.flush_pushes().await;
        p.w.run_for(Duration::from_millis(5)).await;
    }
    assert_eq!(arrived(&mut inbox), ["user 1: one", "user 2: two", "user 3: three"]);
    p.w.service.mark(&ben, Target::All { up_to: None }, Mark::Read).await.unwrap();
    p.w.run_for(Duration::from_millis(5)).await;
    assert_eq!(arrived(&mut inbox), ["user 4: Read"]);
    task.abort();
}

#[tokio::test(start_paused = true)]
async fn streams_are_counted_in_all_processes() {
    let settings = Settings { streams_everywhere_max: Some(2), ..Settings::default() };
    let mut w = World::with(222, settings).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    let first = stream(&w.service, &anna, After::Now).await;
    let mut second = stream(&other, &anna, After::Now).await;
    let full = w.service.open_stream(testkit::client::open(&anna, After::Now, &w.service)).await;
    assert!(matches!(full, Err(Error::Busy { .. })));
    drop(first);
    w.run_for(Duration::from_millis(100)).await;
    let third = stream(&w.service, &anna, After::Now).await;
    assert!(other.open_stream(testkit::client::open(&anna, After::Now, &other)).await.is_err());
    // A stream that ends has given its slot back before it says so.
    w.run_for(Duration::from_mins(15)).await;
    while let Some(item) = crate::common::next(&mut second).await {
        if matches!(item, service::Item::End(_)) {
            break;
        }
    }
    stream(&other, &anna, After::Now).await;
    drop((second, third));
}
