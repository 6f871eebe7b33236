//! Broadcasts to sockets: jobs a shard, paced, handed on where they were; nobody skipped, nobody twice.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::FaultPlan;
use inbox::limits;
use inbox::position::{Feed, Seq};
use service::{Error, Job, Mark, Pace, PushSettings, Worked};
use testkit::{Fate, SocketClient, broadcast, notify, reader};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::common::{SECOND, list, mark_all, mute, page};
use crate::sockets::{DAY, Place, arrived, id};

pub(crate) const FAST: Pace = Pace { posts_per_second: 10_000 };

impl Place {
    /// Broadcasts, and takes the jobs that come of it.
    pub(crate) async fn jobs(&self, drafts: impl IntoIterator<Item = testkit::Draft>) -> Vec<Job> {
        self.w.deliver(drafts).await;
        self.w.service.flush_pushes().await;
        self.sockets.take_jobs()
    }

    pub(crate) async fn run(&self, job: &Job, span: Duration, pace: Pace) -> Worked {
        self.w.service.work(job, self.w.now().plus(span), pace).await.unwrap()
    }

    /// Sockets of as many users, in the order of their keys.
    async fn crowd(&self, count: usize) -> Vec<UnboundedReceiver<testkit::sockets::Told>> {
        let mut inboxes = Vec::with_capacity(count);
        for number in 0..count {
            inboxes.push(self.connect(&format!("s{number:04}"), &reader(&format!("u{number}"), &[])).await);
        }
        inboxes
    }

    /// How often a message arrived, by socket.
    fn taken(&self) -> BTreeMap<String, usize> {
        let mut taken = BTreeMap::new();
        for post in self.sockets.posts().iter().filter(|post| post.fate == Fate::Taken) {
            *taken.entry(post.to.as_str().to_owned()).or_default() += 1;
        }
        taken
    }
}

fn start(job: &Job) -> Option<&str> {
    match job {
        Job::Fanout { start, .. } => start.as_ref().map(inbox::id::ConnectionId::as_str),
        Job::Sweep { .. } => None,
    }
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_is_one_job_a_shard_and_reaches_whom_it_is_for() {
    let p = Place::with(230, PushSettings { shards: 4, ..PushSettings::default() }).await;
    let s = &p.w.service;
    mute(s, &reader("deaf", &[]), &["news"]).await;
    s.flush_pushes().await;
    let (ops, plain) = (reader("anna", &["ops", "web"]), reader("ben", &["web"]));
    let mut anna = [p.connect("a1", &ops).await, p.connect("a2", &ops).await, p.connect("a3", &ops).await];
    let (mut ben, mut deaf) = (p.connect("b1", &plain).await, p.connect("d1", &reader("deaf", &["ops"])).await);
    let mut late = p.sockets.open(&id("l1"));
    s.connect(&id("l1"), &ops, p.w.now().plus(SECOND)).await.unwrap();
    p.w.run_for(2 * SECOND).await;
    let jobs = p.jobs([broadcast("ops", "disk full").category("news")]).await;
    let shards: Vec<u32> = jobs.iter().filter_map(|job| if let Job::Fanout { shard, .. } = job { Some(*shard) } else { None }).collect();
    assert_eq!(shards, [0, 1, 2, 3]);
    let mut posted = 0;
    for job in &jobs {
        let worked = p.run(job, 60 * SECOND, FAST).await;
        assert_eq!(worked.handed_on, None);
        posted += worked.posted;
    }
    assert_eq!(posted, 3);
    for inbox in &mut anna {
        assert_eq!(arrived(inbox), ["ops 1: disk full"]);
    }
    assert!(arrived(&mut ben).is_empty() && arrived(&mut deaf).is_empty() && arrived(&mut late).is_empty());
    // The events were encoded once, not once a socket.
    assert_eq!(p.sockets.encoded(), 1);
    let jobs = p.jobs([broadcast("ops", "of all kinds"), broadcast("ops", "news").category("news")]).await;
    for job in &jobs {
        p.run(job, 60 * SECOND, FAST).await;
    }
    assert_eq!(arrived(&mut deaf), ["ops 2: of all kinds"]);
    assert_eq!(arrived(&mut anna[0]), ["ops 2: of all kinds, news"]);
}

#[tokio::test(start_paused = true)]
async fn tenants_hear_of_their_own_channels_alone() {
    let settings = service::Settings { tenants: true, ..service::Settings::default() };
    let (w, sockets) = (testkit::World::with(231, settings).await, testkit::Sockets::new(231));
    sockets.serve(&w.service, PushSettings { shards: 1, ..PushSettings::default() });
    let tenant = |name: &str| Some(inbox::id::Tenant::parse(name).unwrap());
    let user = |name: &str| inbox::audience::Reader::new(tenant(name), inbox::id::UserId::parse("anna").unwrap(), Vec::new());
    let p = Place { w, sockets };
    let (mut red, mut blue) = (p.connect("r1", &user("red")).await, p.connect("b1", &user("blue")).await);
    let jobs = p.jobs([broadcast("everyone", "all").tenant("red"), notify("anna", "one").tenant("blue")]).await;
    for job in &jobs {
        p.run(job, 60 * SECOND, FAST).await;
    }
    assert_eq!(arrived(&mut red), ["everyone 1: all"]);
    assert_eq!(arrived(&mut blue), ["user 1: one"]);
}

#[tokio::test(start_paused = true)]
async fn closed_sockets_go_and_trouble_is_tried_again() {
    let p = Place::new(232).await;
    let mut inboxes = p.crowd(10).await;
    p.w.run_for(inbox::limits::SOCKET_OPENING).await;
    p.sockets.cut(&id("s0002"));
    p.sockets.decide(&id("s0004"), [Fate::Throttled, Fate::Failed]);
    p.sockets.decide(&id("s0005"), [Fate::Hangs]);
    p.sockets.decide(&id("s0006"), [Fate::Failed; 5]);
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let worked = p.run(&jobs[0], 60 * SECOND, FAST).await;
    assert_eq!(worked, Worked { posted: 8, gone: 1, retried: 2 + 1 + 4, lost: 1, ..Worked::default() });
    assert_eq!(p.w.service.table().connection(&id("s0002"), 1).await.unwrap(), None);
    for (number, inbox) in inboxes.iter_mut().enumerate() {
        let expected: &[&str] = if [2, 6].contains(&number) { &[] } else { &["everyone 1: all"] };
        assert_eq!(arrived(inbox), expected, "socket {number}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_pace_is_kept() {
    let p = Place::new(233).await;
    let _inboxes = p.crowd(300).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let began = p.w.now();
    p.run(&jobs[0], 60 * SECOND, Pace { posts_per_second: 50 }).await;
    let took = p.w.now().since(began);
    assert!(took > 5_900 * Duration::from_millis(1) && took < 6_500 * Duration::from_millis(1), "{took:?}");
    let times: Vec<Duration> = p.sockets.posts().iter().map(|post| post.at).collect();
    for second in times.windows(51) {
        let span = second[50].abs_diff(second[0]);
        assert!(span >= Duration::from_millis(990), "51 posts in {span:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn throttling_slows_the_pace_down_and_not_for_ever() {
    let p = Place::new(234).await;
    let _inboxes = p.crowd(200).await;
    for number in 0..20 {
        p.sockets.decide(&id(&format!("s{number:04}")), [Fate::Throttled]);
    }
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let began = p.w.now();
    let worked = p.run(&jobs[0], 60 * SECOND, Pace { posts_per_second: 100 }).await;
    assert_eq!((worked.posted, worked.retried, worked.lost), (200, 20, 0));
    let took = p.w.now().since(began);
    assert!(took > 3 * SECOND && took < 9 * SECOND, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_is_out_of_time_hands_on_where_it_was() {
    let p = Place::new(235).await;
    let _inboxes = p.crowd(250).await;
    let mut jobs = p.jobs([broadcast("everyone", "all")]).await;
    let (mut runs, mut posted) = (0, 0);
    while let Some(job) = jobs.pop() {
        let until = p.w.now().plus(5 * SECOND);
        let worked = p.w.service.work(&job, until, Pace { posts_per_second: 20 }).await.unwrap();
        assert!(p.w.now() <= until);
        posted += worked.posted;
        runs += 1;
        jobs = p.sockets.take_jobs();
        assert_eq!(worked.handed_on.as_ref(), jobs.first());
        if let Some(rest) = &worked.handed_on {
            // Exactly behind the last that was served.
            assert_eq!(start(rest), Some(format!("s{:04}", posted - 1).as_str()));
        }
    }
    // Three of five seconds are spent on posts, since none begins that might end too late.
    assert_eq!((runs, posted), (5, 250));
    let taken = p.taken();
    assert_eq!(taken.len(), 250);
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn out_of_time_amid_trouble_nobody_is_skipped() {
    let p = Place::new(236).await;
    let _inboxes = p.crowd(120).await;
    p.sockets.decide(&id("s0050"), [Fate::Hangs; 2]);
    p.sockets.decide(&id("s0055"), [Fate::Throttled; 4]);
    let mut jobs = p.jobs([broadcast("everyone", "all")]).await;
    let mut runs = 0;
    while let Some(job) = jobs.pop() {
        p.run(&job, 9 * SECOND, Pace { posts_per_second: 10 }).await;
        jobs = p.sockets.take_jobs();
        runs += 1;
        assert!(runs < 20);
    }
    let taken = p.taken();
    assert_eq!(taken.len(), 120, "{runs} runs");
    // A socket in trouble may have others that were served beside it be served again; they know by the number.
    assert!(taken.values().all(|times| *times <= 3), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn one_socket_that_is_never_served_does_not_hold_up_the_others() {
    let p = Place::new(237).await;
    let _inboxes = p.crowd(20).await;
    p.sockets.decide(&id("s0000"), [Fate::Hangs; 1_000]);
    let mut jobs = p.jobs([broadcast("everyone", "all")]).await;
    let (mut runs, mut lost) = (0, 0);
    while let Some(job) = jobs.pop() {
        // Time for one try, and for no second.
        lost += p.run(&job, 3 * SECOND, FAST).await.lost;
        jobs = p.sockets.take_jobs();
        runs += 1;
        assert!(runs < 5);
    }
    assert_eq!(p.taken().len(), 19);
    assert_eq!(lost, 1);
}

#[tokio::test(start_paused = true)]
async fn without_any_time_the_job_goes_back_as_it_is() {
    let p = Place::new(238).await;
    let _inboxes = p.crowd(3).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let worked = p.run(&jobs[0], SECOND, FAST).await;
    assert_eq!(worked.handed_on.as_ref(), jobs.first());
    assert_eq!(p.sockets.take_jobs(), jobs);
    assert!(p.taken().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_handed_on_stays_with_the_queue() {
    let p = Place::new(239).await;
    let _inboxes = p.crowd(100).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    p.sockets.refuse_jobs(100);
    let worked = p.w.service.work(&jobs[0], p.w.now().plus(3 * SECOND), Pace { posts_per_second: 20 }).await;
    assert!(matches!(worked, Err(Error::Busy { .. })), "{worked:?}");
}

#[tokio::test(start_paused = true)]
async fn a_table_in_trouble_loses_no_part_of_a_job() {
    let p = Place::new(240).await;
    let _inboxes = p.crowd(350).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let (service, until) = (p.w.service.clone(), p.w.now().plus(60 * SECOND));
    let job = jobs[0].clone();
    let run = tokio::spawn(async move { service.work(&job, until, Pace { posts_per_second: 50 }).await });
    p.w.run_for(SECOND).await;
    p.w.engine().faults().set(FaultPlan { throttle: 1.0, ..FaultPlan::default() });
    let worked = run.await.unwrap().unwrap();
    assert!(worked.posted >= 100 && worked.posted < 350, "{worked:?}");
    let again = p.w.service.work(&jobs[0], p.w.now().plus(60 * SECOND), FAST).await;
    assert!(matches!(again, Err(Error::Busy { .. })), "{again:?}");
    p.w.engine().faults().heal();
    let rest = p.sockets.take_jobs();
    assert_eq!(rest.as_slice(), worked.handed_on.as_slice());
    p.run(&rest[0], 60 * SECOND, FAST).await;
    let taken = p.taken();
    assert_eq!(taken.len(), 350);
    assert!(taken.values().all(|times| *times == 1), "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_comes_twice_is_shown_once() {
    let p = Place::new(241).await;
    let anna = reader("anna", &[]);
    let client = SocketClient::start(&p.w.service, &p.sockets, &anna, 20 * SECOND, 1);
    p.w.run_for(SECOND).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    for _ in 0..3 {
        p.run(&jobs[0], 60 * SECOND, FAST).await;
    }
    p.w.run_for(SECOND).await;
    let held = client.held();
    assert_eq!((held.applied, held.ignored, held.model.events), (1, 2, 1), "{:?}", held.story);
}

#[tokio::test(start_paused = true)]
async fn what_is_muted_leaves_a_hole_that_shows_nothing() {
    let p = Place::new(242).await;
    let anna = reader("anna", &[]);
    let client = SocketClient::start(&p.w.service, &p.sockets, &anna, 20 * SECOND, 1);
    p.w.run_for(SECOND).await;
    mute(&p.w.service, &anna, &["news"]).await;
    p.w.service.flush_pushes().await;
    p.w.run_for(SECOND).await;
    for drafts in [[broadcast("everyone", "hidden").category("news")], [broadcast("everyone", "shown")]] {
        for job in p.jobs(drafts).await {
            p.run(&job, 60 * SECOND, FAST).await;
        }
    }
    p.w.run_for(SECOND).await;
    let held = client.held();
    let shown: Vec<&str> = held.model.shown(p.w.now()).iter().map(|one| one.content.title.as_str()).collect();
    assert_eq!((shown, held.resets), (vec!["shown"], 1), "{:?}", held.story);
}

/// An eventual read of a shard shows rows as they were: a broadcast would still be pushed to whoever muted it long before.
#[tokio::test(start_paused = true)]
async fn what_was_muted_before_a_broadcast_is_pushed_to_none_however_old_other_reads_are() {
    let p = Place::new(247).await;
    let (s, anna) = (&p.w.service, reader("anna", &[]));
    let _inbox = p.connect("a1", &anna).await;
    let start = s.resume(&id("a1"), service::After::Now).await.unwrap().position;
    p.w.engine().faults().set(FaultPlan { stale_ms: 600_000, seed: 247, ..FaultPlan::default() });
    mute(s, &anna, &["news"]).await;
    s.flush_pushes().await;
    s.resume(&id("a1"), service::After::Position(start)).await.unwrap();
    let before = p.sockets.posts().len();
    for number in 0..10 {
        for job in p.jobs([broadcast("everyone", &format!("hidden {number}")).category("news")]).await {
            p.run(&job, 60 * SECOND, FAST).await;
        }
    }
    let posts: Vec<_> = p.sockets.posts().split_off(before);
    assert!(posts.is_empty(), "{posts:?}");
    let Some(job) = p.jobs([broadcast("everyone", "shown").category("tips")]).await.pop() else { panic!("a job") };
    assert_eq!(p.run(&job, 60 * SECOND, FAST).await.posted, 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_of_another_life_or_of_old_is_told_as_far_as_it_can_be() {
    let p = Place::new(243).await;
    let mut inboxes = p.crowd(1).await;
    let feed = Feed::channel(None, inbox::id::Channel::Everyone);
    let job = |n| Job::Fanout { feed: feed.clone(), n: Seq(n), shard: 0, start: None };
    assert_eq!(p.run(&job(7), 60 * SECOND, FAST).await, Worked::default());
    for number in 0..3 {
        p.w.deliver([broadcast("everyone", &format!("b{number}"))]).await;
    }
    p.run(&job(2), 60 * SECOND, FAST).await;
    assert_eq!(arrived(&mut inboxes[0]), ["everyone 2: b1"]);
    assert_eq!(p.run(&job(9), 60 * SECOND, FAST).await, Worked::default());
    // Its journal is gone: its number is all there is to tell.
    p.w.jump(limits::JOURNAL_LIFE + DAY).await;
    p.w.sweep_ttl();
    p.connect("s9999", &reader("late", &[])).await;
    let mut other = p.connect("s9998", &reader("later", &[])).await;
    let old = testkit::Sockets::clone(&p.sockets);
    let mut p = p;
    let fresh = p.w.process();
    old.serve(&fresh, PushSettings { shards: 1, ..PushSettings::default() });
    fresh.work(&job(2), p.w.now().plus(60 * SECOND), FAST).await.unwrap();
    assert_eq!(arrived(&mut other), ["everyone 2!"]);
}

#[tokio::test(start_paused = true)]
async fn jobs_that_the_queue_refuses_are_offered_again() {
    let p = Place::new(244).await;
    let _inboxes = p.crowd(1).await;
    p.sockets.refuse_jobs(3);
    assert_eq!(p.jobs([broadcast("everyone", "all")]).await.len(), 1);
    p.sockets.refuse_jobs(1_000);
    let began = p.w.now();
    assert!(p.jobs([broadcast("everyone", "more")]).await.is_empty());
    assert!(p.w.now().since(began) <= 3 * SECOND);
    assert_eq!(list(&p.w.service, &reader("anna", &[])).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_shard_of_a_hundred_is_some_units() {
    let p = Place::new(245).await;
    let _inboxes = p.crowd(100).await;
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    let before = p.w.service.table().meter().used();
    p.run(&jobs[0], 60 * SECOND, FAST).await;
    let used = p.w.service.table().meter().used() - before;
    let most = testkit::units::allowed("broadcast to a shard of 100 sockets");
    assert!(used.write <= most.write && used.read <= most.read, "{used:?}");
}

#[tokio::test(start_paused = true)]
async fn what_delete_all_hid_is_swept_by_a_job() {
    let p = Place::new(246).await;
    let anna = reader("anna", &[]);
    p.w.deliver((0..250).map(|number| notify("anna", &format!("n{number}")))).await;
    page(&p.w.service, &anna).await;
    mark_all(&p.w.service, &anna, Mark::Delete, None).await;
    p.w.service.flush_pushes().await;
    let jobs = p.sockets.take_jobs();
    assert_eq!(jobs, [Job::Sweep { feed: anna.own_feed() }]);
    let none = p.run(&jobs[0], Duration::ZERO, FAST).await;
    assert_eq!((none.swept, none.handed_on.as_ref()), (0, jobs.first()));
    assert_eq!(p.sockets.take_jobs(), jobs);
    assert_eq!(p.run(&jobs[0], 60 * SECOND, FAST).await.swept, 250);
    assert_eq!(p.run(&jobs[0], 60 * SECOND, FAST).await.swept, 0);
}
