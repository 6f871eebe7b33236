//! Open sockets: what is pushed to whom, and what that costs.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::event::Event;
use inbox::id::ConnectionId;
use inbox::limits;
use service::{After, Error, Mark, PushSettings, Settings, Target};
use testkit::sockets::Told;
use testkit::{Fate, Sockets, World, broadcast, notify, reader};
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
    pub(crate) async fn send(&self, drafts: impl IntoIterator<Item = testkit::Draft>) {
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
    assert_eq!(row.muting.muted.muted.iter().map(inbox::id::Category::as_str).collect::<Vec<_>>(), ["news"]);
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
    p.w.run_for(limits::SOCKET_OPENING).await;
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

/// The gateway answers for a socket that is still being let in as for one that is closed.
#[tokio::test(start_paused = true)]
async fn a_socket_that_is_not_open_yet_keeps_its_row() {
    let p = Place::new(207).await;
    let anna = reader("anna", &[]);
    let mut inbox = p.connect("a1", &anna).await;
    p.sockets.decide(&id("a1"), [Fate::Gone]);
    p.send([notify("anna", "one")]).await;
    assert!(arrived(&mut inbox).is_empty());
    let resumed = p.w.service.resume(&id("a1"), service::After::Now).await.unwrap();
    assert_eq!(resumed.positions.0[0].1.n, inbox::position::Seq(1));
    p.send([notify("anna", "two")]).await;
    assert_eq!(arrived(&mut inbox), ["user 2: two"]);
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
