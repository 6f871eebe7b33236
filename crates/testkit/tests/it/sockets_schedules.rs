//! Any schedule of work, with pushes lost, doubled, late, throttled and cut, and a store in trouble: when all is quiet again, every
//! client on a socket holds exactly what the lists show.

use std::sync::Arc;
use std::time::Duration;

use engine::{Ack, FaultPlan, Visibility};
use inbox::audience::Reader;
use inbox::id::Category;
use inbox::notification::Notification;
use inbox::preferences::Preferences;
use inbox::publication::Publication;
use inbox::task::TaskStatus;
use service::{Entropy, Mark, Outcome, Pace, PushSettings, Service, Target};
use testkit::client::Lists;
use testkit::world::messages;
use testkit::{Chance, Draft, PushFaults, SocketClient, Sockets, World, broadcast, notify, reader, task, withdraw_key};
use tokio::task::JoinSet;

use crate::common::SECOND;

/// How many by default; `BELFRY_SCHEDULES=2000` looks further, `BELFRY_SEED=17` repeats one.
const SCHEDULES: u64 = 25;
const PING: Duration = Duration::from_secs(10);

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    let many = number("BELFRY_SCHEDULES").unwrap_or(SCHEDULES);
    number("BELFRY_SEED").map_or(1..many + 1, |seed| seed..seed + 1)
}

#[test]
fn i11_a_socket_ends_where_the_lists_are_whatever_became_of_its_pushes() {
    let (mut applied, mut resumes) = (0, 0);
    let seeds = seeds();
    let alone = seeds.end - seeds.start == 1;
    for seed in seeds {
        let ran = std::panic::catch_unwind(|| {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(true).build().unwrap();
            runtime.block_on(schedule(seed))
        });
        assert!(ran.is_ok(), "to repeat: BELFRY_SEED={seed}");
        let (some, others) = ran.unwrap();
        (applied, resumes) = (applied + some, resumes + others);
    }
    // A test in which everybody always asks anew would prove nothing of pushes; a single schedule may.
    assert!(alone || applied > resumes, "{applied} pushes applied, {resumes} resumes");
}

async fn schedule(seed: u64) -> (usize, usize) {
    let mut play = Play::begin(seed).await;
    for _ in 0..15 + play.chance.below(25) {
        play.step().await;
    }
    play.end().await
}

struct Play {
    w: World,
    sockets: Sockets,
    chance: Arc<Chance>,
    processes: Vec<Service>,
    clients: Vec<SocketClient>,
    work: JoinSet<()>,
    background: JoinSet<()>,
    published: Vec<Publication>,
    numbers: u64,
}

fn store_in_trouble(chance: &Chance) -> FaultPlan {
    let tenths = |most: u64| f64::from(u32::try_from(chance.below(most + 1)).unwrap()) / 100.0;
    let spread_ms = *chance.pick(&[0, 5, 60, 500]).unwrap();
    let visibility = Visibility { spread_ms, ack: Ack::AfterVisible, stall: tenths(4), stall_ms: 2_500, pending_conflict: tenths(100) };
    FaultPlan {
        conflict: tenths(20),
        throttle: tenths(2),
        delay_ms: if chance.percent(50) { 0..1 + chance.below(40) } else { 0..0 },
        cut_after_commit: tenths(8),
        stale_ms: *chance.pick(&[0, 0, 300, 2_000]).unwrap(),
        visibility: chance.percent(60).then_some(visibility),
        collections_gb: 0,
        seed: chance.u64(),
    }
}

fn pushes_in_trouble(chance: &Chance) -> PushFaults {
    PushFaults {
        lost: chance.below(25),
        doubled: chance.below(20),
        late: chance.below(20),
        throttled: chance.below(10),
        failed: chance.below(10),
        cut: chance.below(6),
        hangs: chance.below(3),
    }
}

impl Play {
    async fn begin(seed: u64) -> Self {
        let (mut w, sockets) = (World::new(seed).await, Sockets::new(seed));
        let processes = vec![w.service.clone(), w.process()];
        let chance = Arc::new(Chance::new(seed ^ 0x50c4));
        let mut background = JoinSet::new();
        for service in &processes {
            sockets.serve(service, PushSettings { shards: 3, ..PushSettings::default() });
            let (sockets, service) = (sockets.clone(), service.clone());
            background.spawn(async move { sockets.work(service, 6 * SECOND, Pace { posts_per_second: 200 }).await });
        }
        // One process lives on after its answers, the other flushes before them.
        let pusher = w.service.clone();
        background.spawn(async move { pusher.run_pusher().await });
        if chance.percent(60) {
            w.engine().faults().set(store_in_trouble(&chance));
        }
        if chance.percent(80) {
            sockets.set_faults(pushes_in_trouble(&chance));
        }
        let (clients, work, published) = (Vec::new(), JoinSet::new(), Vec::new());
        let mut play = Self { w, sockets, chance, processes, clients, work, background, published, numbers: 0 };
        for _ in 0..3 {
            play.join();
        }
        play.w.run_for(2 * SECOND).await;
        play
    }

    fn process(&self) -> Service {
        self.chance.pick(&self.processes).unwrap().clone()
    }

    fn join(&mut self) {
        let who = if self.chance.percent(70) { "anna" } else { "ben" };
        let topics: &[&[&str]] = &[&[], &["ops"], &["ops", "web"]];
        let reader = reader(who, self.chance.pick(topics).unwrap());
        self.clients.push(SocketClient::start(&self.process(), &self.sockets, &reader, PING, self.chance.u64()));
    }

    async fn step(&mut self) {
        match self.chance.below(100) {
            0..45 => self.publish(),
            45..66 => self.mark(),
            66..72 => self.mark_all(),
            72..75 => self.mute(),
            75..81 if self.clients.len() < 6 => self.join(),
            81..87 => {
                let socket = self.chance.pick(&self.clients).unwrap().held().socket.clone();
                socket.inspect(|socket| self.sockets.cut(socket));
            }
            87 if self.chance.percent(40) => {
                self.finish().await;
                self.w.jump(Duration::from_mins(30 + self.chance.below(400))).await;
            }
            88..92 => self.w.run_for(Duration::from_secs(self.chance.below(12))).await,
            _ => {}
        }
        if self.chance.percent(70) {
            testkit::client::pause(&self.chance, Duration::from_millis(800)).await;
        }
    }

    fn draft(&mut self) -> Draft {
        self.numbers += 1;
        let (title, user) = (format!("t{}", self.numbers), if self.chance.percent(75) { "anna" } else { "ben" });
        let channel = *self.chance.pick(&["everyone", "everyone", "ops", "web"]).unwrap();
        let status = *self.chance.pick(&[TaskStatus::Queued, TaskStatus::Running, TaskStatus::Completed]).unwrap();
        let draft = match self.chance.below(20) {
            0..8 => notify(user, &title),
            8..14 => broadcast(channel, &title),
            14..18 => task(user, self.chance.pick(&["t1", "t2"]).unwrap(), status, Some(1.0)),
            18 => withdraw_key(user, "k"),
            _ => withdraw_key(&format!("#{channel}"), "k"),
        };
        let draft = if self.chance.percent(20) { draft.key("k") } else { draft };
        let draft = if self.chance.percent(30) { draft.category(self.chance.pick(&["c1", "c2"]).unwrap()) } else { draft };
        let soon = self.w.now().plus(Duration::from_millis(500 + self.chance.below(20_000)));
        if self.chance.percent(15) { draft.expires(soon) } else { draft }
    }

    fn publish(&mut self) {
        let drafts: Vec<Draft> = (0..=self.chance.below(3)).map(|_| self.draft()).collect();
        let mut rest = self.w.finish(drafts);
        self.published.extend(rest.iter().cloned());
        if self.chance.percent(20) {
            rest.extend(self.chance.pick(&self.published).cloned());
        }
        let service = self.process();
        self.work.spawn(async move {
            while !rest.is_empty() {
                let outcomes = service.deliver(&messages(rest.clone())).await;
                service.flush_pushes().await;
                let left = rest.into_iter().zip(outcomes).filter(|(_, outcome)| *outcome == Outcome::Trouble);
                rest = left.map(|(publication, _)| publication).collect();
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        });
    }

    fn mark(&mut self) {
        let client = self.chance.pick(&self.clients).unwrap();
        let shown: Vec<_> = client.held().model.shown(self.w.now()).iter().map(|one| one.id).collect();
        let ids: Vec<_> = (0..=self.chance.below(2)).filter_map(|_| self.chance.pick(&shown).copied()).collect();
        let marks = [Mark::Read, Mark::Read, Mark::Unread, Mark::Archive, Mark::Restore, Mark::Delete];
        let (who, mark) = (client.reader().clone(), *self.chance.pick(&marks).unwrap());
        self.do_mark(who, Target::Ids(ids), mark);
    }

    fn mark_all(&mut self) {
        let client = self.chance.pick(&self.clients).unwrap();
        let up_to = if self.chance.percent(50) { client.held().position.clone() } else { None };
        let (who, mark) = (client.reader().clone(), *self.chance.pick(&[Mark::Read, Mark::Seen, Mark::Delete]).unwrap());
        self.do_mark(who, Target::All { up_to }, mark);
    }

    fn do_mark(&mut self, who: Reader, target: Target, mark: Mark) {
        let service = self.process();
        self.work.spawn(async move {
            drop(service.mark(&who, target, mark).await);
            service.flush_pushes().await;
        });
    }

    fn mute(&mut self) {
        let all: Vec<Category> = ["c1", "c2"].iter().map(|name| Category::parse(name).unwrap()).collect();
        let muted = all.into_iter().filter(|_| self.chance.percent(40)).collect();
        let (service, who) = (self.process(), self.chance.pick(&self.clients).unwrap().reader().clone());
        self.work.spawn(async move {
            drop(service.set_preferences(&who, Preferences { muted }).await);
            service.flush_pushes().await;
        });
    }

    async fn finish(&mut self) {
        while let Some(done) = self.work.join_next().await {
            done.unwrap();
        }
    }

    /// Quiet: the store heals, pushes stay as they are. Two pings later everybody knows everything.
    async fn end(mut self) -> (usize, usize) {
        self.finish().await;
        self.w.run_for(8 * SECOND).await;
        self.w.engine().faults().heal();
        self.w.run_for(3 * PING).await;
        self.compare().await;
        self.background.abort_all();
        let sum = |count: fn(&SocketClient) -> usize| self.clients.iter().map(count).sum();
        (sum(|client| client.held().applied), sum(|client| client.held().resumes))
    }

    async fn compare(&self) {
        for (number, client) in self.clients.iter().enumerate() {
            let truth = Lists::fetch(&self.w.service, client.reader(), 50).await.unwrap();
            let (held, now) = (client.held(), self.w.now());
            let mut shown: Vec<&Notification> = held.model.shown(now);
            shown.sort_by_key(|one| one.id);
            let mut listed: Vec<&Notification> = truth.notifications.iter().collect();
            listed.sort_by_key(|one| one.id);
            let title = |some: &[&Notification]| some.iter().map(|one| one.content.title.clone()).collect::<Vec<_>>();
            assert_eq!(title(&shown), title(&listed), "client {number}: {:#?}", held.story);
            assert_eq!(shown, listed, "client {number}: {:#?}", held.story);
            let mut tasks = truth.tasks.clone();
            tasks.sort_by(|a, b| a.id.cmp(&b.id));
            assert_eq!(held.model.tasks(now), tasks.iter().collect::<Vec<_>>(), "client {number}: {:#?}", held.story);
        }
    }
}
