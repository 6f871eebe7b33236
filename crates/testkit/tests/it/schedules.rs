//! Any schedule of work and faults: when all is quiet again, whoever followed holds exactly what the lists show.

use std::sync::Arc;
use std::time::Duration;

use engine::{Ack, FaultPlan, Visibility};
use inbox::audience::Reader;
use inbox::id::Category;
use inbox::notification::Notification;
use inbox::page::Filter;
use inbox::preferences::Preferences;
use inbox::publication::Publication;
use inbox::task::TaskStatus;
use service::{Entropy, Mark, Outcome, Service, Settings, Target};
use testkit::client::{Lists, walk};
use testkit::world::messages;
use testkit::{Chance, Client, Draft, Way, World, broadcast, notify, reader, task, withdraw_id, withdraw_key};
use tokio::task::JoinSet;

/// How many by default; `BELFRY_SCHEDULES=2000` looks further.
const SCHEDULES: u64 = 60;

/// The seed to begin with, so that a failure can be repeated: `BELFRY_SEED=17 cargo test -p testkit schedules`.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var_os(name).and_then(|text| text.to_str()?.parse::<u64>().ok());
    let many = number("BELFRY_SCHEDULES").unwrap_or(SCHEDULES);
    number("BELFRY_SEED").map_or(1..many + 1, |seed| seed..seed + 1)
}

#[test]
fn i3_a_cursor_never_passes_an_unshown_change() {
    run(seeds(), 1);
}

#[test]
fn i3_nor_where_channels_stand_in_several_partitions() {
    let seeds = seeds();
    let third = (seeds.end - seeds.start).div_ceil(3);
    run(seeds.start..seeds.start + third, 3);
}

fn run(seeds: impl Iterator<Item = u64>, channel_partitions: u32) {
    for seed in seeds {
        let ran = std::panic::catch_unwind(|| {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_time().start_paused(true).build().unwrap();
            runtime.block_on(schedule(seed, channel_partitions));
        });
        assert!(ran.is_ok(), "to repeat: BELFRY_SEED={seed}");
    }
}

async fn schedule(seed: u64, channel_partitions: u32) {
    let mut play = Play::begin(seed, Settings { channel_partitions, ..Settings::default() }).await;
    let steps = 15 + play.chance.below(25);
    for _ in 0..steps {
        play.step().await;
    }
    play.end().await;
}

struct Play {
    w: World,
    chance: Arc<Chance>,
    processes: Vec<Service>,
    clients: Vec<Client>,
    work: JoinSet<()>,
    /// What was published, so that some of it is published again.
    published: Vec<Publication>,
    numbers: u64,
}

fn plan(chance: &Chance) -> FaultPlan {
    let tenths = |most: u64| f64::from(u32::try_from(chance.below(most + 1)).unwrap()) / 100.0;
    let visibility = Visibility {
        spread_ms: [0, 5, 60, 500, 2_000][usize::try_from(chance.below(5)).unwrap()],
        ack: if chance.percent(50) { Ack::AfterVisible } else { Ack::Immediately },
        stall: tenths(8),
        stall_ms: 2_500,
        pending_conflict: tenths(100),
    };
    FaultPlan {
        conflict: tenths(25),
        throttle: tenths(3),
        delay_ms: if chance.percent(50) { 0..1 + chance.below(60) } else { 0..0 },
        cut_after_commit: tenths(12),
        stale_ms: [0, 0, 300, 3_000][usize::try_from(chance.below(4)).unwrap()],
        visibility: chance.percent(75).then_some(visibility),
        collections_gb: 0,
        seed: chance.u64(),
    }
}

impl Play {
    async fn begin(seed: u64, settings: Settings) -> Self {
        let mut w = World::with(seed, settings).await;
        let other = w.process();
        let chance = Arc::new(Chance::new(seed ^ 0x5eed));
        let processes = vec![w.service.clone(), other];
        if chance.percent(85) {
            w.engine().faults().set(plan(&chance));
        }
        let mut play = Self { w, chance, processes, clients: Vec::new(), work: JoinSet::new(), published: Vec::new(), numbers: 0 };
        play.join();
        play
    }

    fn process(&self) -> Service {
        self.chance.pick(&self.processes).unwrap().clone()
    }

    fn who(&self) -> Reader {
        let topics: &[&[&str]] = &[&[], &["ops"], &["ops", "web"]];
        reader("anna", self.chance.pick(topics).unwrap())
    }

    fn client(&self) -> &Client {
        self.chance.pick(&self.clients).unwrap()
    }

    /// One more client, whose lists are fetched now.
    fn join(&mut self) {
        let way = if self.chance.percent(60) { Way::Stream } else { Way::Poll(Duration::from_millis(150 + self.chance.below(2_000))) };
        self.clients.push(Client::start(&self.process(), &self.who(), way));
    }

    async fn step(&mut self) {
        match self.chance.below(100) {
            0..38 => self.publish(),
            38..62 => self.mark(),
            62..70 => self.mark_all(),
            70..73 => self.mute(),
            73..80 if self.clients.len() < 6 => self.join(),
            80..83 => self.client().renew(&self.who()),
            83..86 => drop(self.w.sweep_ttl()),
            86 if self.chance.percent(30) => {
                // No commit takes days: its entry tells its time as of when it was decided.
                self.finish().await;
                self.w.jump(Duration::from_hours(20 + self.chance.below(170))).await;
            }
            87..90 => self.w.run_for(Duration::from_secs(self.chance.below(12))).await,
            _ => {}
        }
        if self.chance.percent(60) {
            testkit::client::pause(&self.chance, Duration::from_millis(400)).await;
        }
    }

    fn draft(&mut self) -> Draft {
        self.numbers += 1;
        let title = format!("t{}", self.numbers);
        let channel = *self.chance.pick(&["everyone", "ops", "web"]).unwrap();
        let key = *self.chance.pick(&["k1", "k2"]).unwrap();
        let soon = self.w.now().plus(Duration::from_millis(500 + self.chance.below(20_000)));
        let draft = match self.chance.below(20) {
            0..7 => notify("anna", &title),
            7..12 => broadcast(channel, &title),
            12..16 => self.report(),
            16 => withdraw_key("anna", key),
            17 => withdraw_key(&format!("#{channel}"), key),
            18 => self.chance.pick(&self.published).map_or_else(|| notify("anna", &title), |sent| withdraw_id("anna", sent.id.as_str())),
            _ => self
                .chance
                .pick(&self.published)
                .map_or_else(|| notify("anna", &title), |sent| withdraw_id(&format!("#{channel}"), sent.id.as_str())),
        };
        let draft = if self.chance.percent(25) { draft.key(key) } else { draft };
        let draft = if self.chance.percent(30) { draft.category(self.chance.pick(&["c1", "c2"]).unwrap()) } else { draft };
        if self.chance.percent(25) { draft.expires(soon) } else { draft }
    }

    fn report(&self) -> Draft {
        let id = *self.chance.pick(&["t1", "t2", "t3"]).unwrap();
        let status = *self.chance.pick(&[TaskStatus::Queued, TaskStatus::Running, TaskStatus::Running, TaskStatus::Completed]).unwrap();
        task("anna", id, status, Some(f64::from(u32::try_from(self.chance.below(100)).unwrap())))
    }

    /// Publishes some, now and then what was published before; what is not applied is delivered again, as the queue does.
    fn publish(&mut self) {
        let count = 1 + self.chance.below(4);
        let drafts: Vec<Draft> = (0..count).map(|_| self.draft()).collect();
        let mut batch = self.w.finish(drafts);
        self.published.extend(batch.iter().cloned());
        if self.chance.percent(30) {
            batch.extend(self.chance.pick(&self.published).cloned());
        }
        let twice = self.chance.percent(15);
        for _ in 0..=u8::from(twice) {
            let (service, mut rest) = (self.process(), batch.clone());
            self.work.spawn(async move {
                while !rest.is_empty() {
                    let outcomes = service.deliver(&messages(rest.clone())).await;
                    let left = rest.into_iter().zip(outcomes).filter(|(_, outcome)| *outcome == Outcome::Trouble);
                    rest = left.map(|(publication, _)| publication).collect();
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
    }

    fn mark(&mut self) {
        let client = self.client();
        let now = self.w.now();
        let target = if self.chance.percent(12) {
            Target::Category(Category::parse(self.chance.pick(&["c1", "c2"]).unwrap()).unwrap())
        } else {
            let held = client.held();
            let shown: Vec<_> = held.model.shown(now).iter().map(|one| one.id).collect();
            let ids: Vec<_> = (0..=self.chance.below(3)).filter_map(|_| self.chance.pick(&shown).copied()).collect();
            Target::Ids(ids)
        };
        let marks = [Mark::Read, Mark::Read, Mark::Unread, Mark::Archive, Mark::Restore, Mark::Delete];
        let mark = *self.chance.pick(&marks).unwrap();
        self.do_mark(client.reader(), target, mark);
    }

    fn mark_all(&mut self) {
        let up_to = if self.chance.percent(50) { self.client().held().position.clone() } else { None };
        let mark = *self.chance.pick(&[Mark::Read, Mark::Read, Mark::Seen, Mark::Delete]).unwrap();
        self.do_mark(self.client().reader(), Target::All { up_to }, mark);
    }

    /// Marks in the background; trouble is the caller's to see, and not ours here.
    fn do_mark(&mut self, who: Reader, target: Target, mark: Mark) {
        let service = self.process();
        self.work.spawn(async move {
            drop(service.mark(&who, target, mark).await);
        });
    }

    fn mute(&mut self) {
        let all: Vec<Category> = ["c1", "c2"].iter().map(|name| Category::parse(name).unwrap()).collect();
        let muted = all.into_iter().filter(|_| self.chance.percent(40)).collect();
        let (service, who) = (self.process(), self.who());
        self.work.spawn(async move {
            drop(service.set_preferences(&who, Preferences { muted }).await);
        });
    }

    async fn finish(&mut self) {
        while let Some(done) = self.work.join_next().await {
            done.unwrap();
        }
    }

    async fn end(mut self) {
        self.finish().await;
        self.w.run_for(Duration::from_secs(8)).await;
        self.w.engine().faults().heal();
        self.w.run_for(Duration::from_secs(20)).await;
        self.compare().await;
        // What expired goes from the table some day: nobody sees a difference.
        self.w.sweep_ttl();
        self.compare().await;
    }

    async fn compare(&self) {
        for (number, client) in self.clients.iter().enumerate() {
            let who = client.reader();
            let truth = self.truth(&who).await;
            let (held, now) = (client.held(), self.w.now());
            assert_eq!(held.faults, Vec::<String>::new(), "client {number}");
            let mut shown: Vec<&Notification> = held.model.shown(now);
            shown.sort_by_key(|one| one.id);
            let mut listed: Vec<&Notification> = truth.notifications.iter().collect();
            listed.sort_by_key(|one| one.id);
            assert_eq!(brief(&shown), brief(&listed), "client {number}, lists at {:?}: {:#?}", numbers(&truth), held.story);
            assert_eq!(shown, listed, "client {number}");
            let mut tasks = truth.tasks.clone();
            tasks.sort_by(|a, b| a.id.cmp(&b.id));
            assert_eq!(held.model.tasks(now), tasks.iter().collect::<Vec<_>>(), "client {number}: {:#?}", held.story);
        }
    }

    /// What every process and every walk agrees on.
    async fn truth(&self, who: &Reader) -> Lists {
        let lists = Lists::fetch(&self.processes[0], who, 3).await.unwrap();
        let whole = Lists::fetch(&self.processes[1], who, 100).await.unwrap();
        assert_eq!(lists.notifications, whole.notifications);
        assert_eq!(lists.tasks, whole.tasks);
        let unread = lists.notifications.iter().filter(|one| !one.read()).count();
        for process in &self.processes {
            let counts = process.counts(who).await.unwrap().0;
            assert_eq!(usize::try_from(counts.unread).unwrap(), unread, "the count of {who:?}");
            assert!(counts.unseen <= counts.unread);
        }
        let filter = Filter { unread: true, ..Filter::default() };
        assert_eq!(walk(&self.processes[0], who, 2, filter).await.unwrap().0.len(), unread);
        let mut titles: Vec<&str> = lists.notifications.iter().map(|one| one.content.title.as_str()).collect();
        titles.sort_unstable();
        let count = titles.len();
        titles.dedup();
        assert_eq!(titles.len(), count, "an event was applied twice");
        lists
    }
}

fn numbers(lists: &Lists) -> Vec<u64> {
    lists.position.0.iter().map(|segment| segment.n.0).collect()
}

/// Enough to see a difference.
fn brief(some: &[&Notification]) -> Vec<String> {
    let one = |one: &&Notification| {
        let since = one.unread_since.as_ref().map(|since| format!("{}={}", since.feed.as_str(), since.n));
        let (id, slot) = (one.audience.as_str(), one.id.slot);
        format!("{} {id} {}.{} {since:?} {}", one.content.title, slot.born, slot.place, if one.archived { "archived" } else { "" })
    };
    some.iter().map(one).collect()
}
