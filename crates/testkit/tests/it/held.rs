//! Commits that are seen item by item: whatever order they come in, nothing is passed and nothing is hidden.

use std::time::Duration;

use engine::Forced;
use inbox::audience::Reader;
use inbox::event::{Counts, Event};
use inbox::id::{Channel, EventId, EventKey, NotificationId, Slot, TaskId};
use inbox::limits;
use inbox::notification::Notification;
use inbox::position::{Feed, Position, Seq};
use inbox::task::{Task, TaskStatus};
use service::{After, Mark, Polled, Service, Target, TaskAsk, TaskFrom, Version};
use table::{Freshness, key};
use testkit::client::Lists;
use testkit::{Client, Model, Way, World, broadcast, notify, reader, task, withdraw_key};

use crate::common::{SECOND, find, list, mark, mark_all, mute, page};

/// What the held commit does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// A new notification under a key, which deletes the one before.
    Replace,
    /// A mark on a notification.
    Read,
    /// A notification is deleted.
    Delete,
    /// A mark on a broadcast.
    ReadBroadcast,
    /// A read notification is unread again.
    Unread,
    /// A notification is put away.
    Archive,
    /// It comes back from there.
    Restore,
    /// All read.
    ReadAll,
    /// All deleted.
    DeleteAll,
    /// A task's first report.
    Task,
    /// A category is muted.
    Mute,
    /// A broadcast that replaces one.
    Broadcast,
    /// A withdrawal.
    Withdraw,
    /// A broadcast is withdrawn.
    WithdrawBroadcast,
    /// A notification, and another commit behind it that is not held.
    Overtaken,
}

const TASKS: TaskAsk = TaskAsk { from: TaskFrom::Page(1), limit: 10 };

/// Items that come to be seen together.
type Unit = Vec<(String, String)>;

impl Act {
    fn feed(self, anna: &Reader) -> Feed {
        if self.is_of_channel() { anna.channel_feed(&Channel::Everyone) } else { anna.own_feed() }
    }

    fn is_of_channel(self) -> bool {
        matches!(self, Self::Broadcast | Self::WithdrawBroadcast)
    }

    /// What the other notification was before.
    fn before(self) -> Option<Mark> {
        if self == Self::Restore { Some(Mark::Archive) } else { (self == Self::Unread).then_some(Mark::Read) }
    }

    async fn run(self, w: &World, anna: &Reader, own: NotificationId) {
        let s = &w.service;
        let (target, how) = match self {
            Self::Replace => return drop(w.deliver([notify("anna", "new").key("k").id("e")]).await),
            Self::Broadcast => return drop(w.deliver([broadcast("everyone", "new").key("k").id("e")]).await),
            Self::Withdraw => return drop(w.deliver([withdraw_key("anna", "k").at(w.now().plus(SECOND))]).await),
            Self::Overtaken => {
                w.deliver([notify("anna", "new").id("e")]).await;
                // No writer builds on a number that it does not see, so the counter is seen first in every order.
                assert!(w.engine().faults().reveal(&key::feed(&self.feed(anna)), key::STATE));
                assert!(w.send(notify("anna", "newer")).await);
                return;
            }
            Self::WithdrawBroadcast => return drop(w.deliver([withdraw_key("#everyone", "k").at(w.now().plus(SECOND))]).await),
            Self::Task => return drop(w.deliver([task("anna", "t", TaskStatus::Running, Some(1.0))]).await),
            Self::Mute => return mute(s, anna, &["news"]).await,
            Self::ReadAll | Self::DeleteAll => {
                mark_all(s, anna, if self == Self::ReadAll { Mark::Read } else { Mark::Delete }, None).await;
                return;
            }
            Self::Read => (own, Mark::Read),
            Self::Delete => (own, Mark::Delete),
            Self::Unread => (own, Mark::Unread),
            Self::Archive => (own, Mark::Archive),
            Self::Restore => (own, Mark::Restore),
            Self::ReadBroadcast => (find(s, anna, "all").await, Mark::Read),
        };
        w.engine().faults().next_transaction(Forced::Hold);
        s.mark(anna, Target::Ids(vec![target]), how).await.unwrap();
    }

    /// Whether the act itself forces its commit to be held, since it reads before.
    fn holds_itself(self) -> bool {
        matches!(self, Self::Read | Self::Delete | Self::Unread | Self::Archive | Self::Restore | Self::ReadBroadcast)
    }

    /// What its commit `n` writes, besides the state and the entry. The notification under the key was born in commit 1, the
    /// other in commit 1, too, in this order.
    fn writes(self, n: Seq) -> Vec<Unit> {
        let (keyed, other, new) = (Slot { born: Seq(1), place: 0 }, Slot { born: Seq(1), place: 1 }, Slot { born: n, place: 0 });
        let under = key::event_key(&EventKey::parse("k").unwrap());
        let identity = key::event(&EventId::parse("e").unwrap());
        let units: Vec<Vec<String>> = match self {
            // No reader looks at names, so they come with something else.
            Self::Replace | Self::Broadcast => vec![vec![key::notification(keyed), under], vec![key::notification(new), identity]],
            Self::Read | Self::Delete | Self::Unread | Self::Archive | Self::Restore => vec![vec![key::notification(other)]],
            Self::ReadBroadcast => vec![vec![key::marks(&Channel::Everyone)]],
            Self::ReadAll | Self::DeleteAll | Self::Mute => Vec::new(),
            Self::Task => vec![vec![key::task(new), key::task_name(&TaskId::parse("t").unwrap())]],
            Self::Withdraw | Self::WithdrawBroadcast => vec![vec![key::notification(keyed), under]],
            Self::Overtaken => vec![vec![key::notification(new), identity]],
        };
        units.into_iter().map(|sks| sks.into_iter().map(|sk| (String::new(), sk)).collect()).collect()
    }

    fn units(self, anna: &Reader, n: Seq) -> Vec<Unit> {
        let pk = key::feed(&self.feed(anna));
        let mut units = vec![vec![(String::new(), key::entry(n))]];
        if self != Self::Overtaken {
            units.push(vec![(String::new(), key::STATE.to_owned())]);
        }
        units.extend(self.writes(n));
        for item in units.iter_mut().flatten() {
            item.0.clone_from(&pk);
        }
        units
    }
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let longer = |shorter: Vec<usize>| {
        (0..count).map(move |place| {
            let mut order = shorter.clone();
            order.insert(place, count - 1);
            order
        })
    };
    orders(count - 1).into_iter().flat_map(longer).collect()
}

/// What somebody read at some moment while the commit was half visible.
enum Glimpse {
    Listed(Lists),
    Polled(Vec<Event>, Position),
    Counted(Counts, Version),
    Paged(Vec<Notification>, Version),
    Tasked(Vec<Task>, Version),
}

/// Reads everything now, in the background: a read may wait until it can believe what it sees.
fn glance(service: &Service, anna: &Reader, begin: &Position, glimpses: &mut tokio::task::JoinSet<Glimpse>) {
    let (s, who) = (service.clone(), anna.clone());
    glimpses.spawn(async move { Glimpse::Listed(Lists::fetch(&s, &who, 10).await.unwrap()) });
    let (s, who, begin) = (service.clone(), anna.clone(), begin.clone());
    glimpses.spawn(async move {
        match s.poll(&who, After::Position(begin.clone())).await.unwrap() {
            Polled::Nothing => Glimpse::Polled(Vec::new(), begin),
            Polled::News { events, position, .. } => Glimpse::Polled(events, position),
        }
    });
    let (s, who) = (service.clone(), anna.clone());
    glimpses.spawn(async move {
        let (counts, version) = s.counts(&who).await.unwrap();
        Glimpse::Counted(counts, version)
    });
    let (s, who) = (service.clone(), anna.clone());
    glimpses.spawn(async move {
        let page = page(&s, &who).await;
        Glimpse::Paged(page.notifications, page.version)
    });
    let (s, who) = (service.clone(), anna.clone());
    glimpses.spawn(async move {
        let page = s.tasks(&who, &TASKS).await.unwrap();
        Glimpse::Tasked(page.tasks, page.version)
    });
}

async fn every_order(act: Act) {
    let count = act.units(&reader("anna", &[]), Seq(2)).len();
    for order in orders(count) {
        one_order(act, &order, SECOND).await;
        if act == Act::Overtaken {
            // The missing number then lies at the border of what is settled by age.
            one_order(act, &order, limits::SETTLE_AGE + SECOND).await;
        }
    }
}

/// `age` is that of what was committed before.
async fn one_order(act: Act, order: &[usize], age: Duration) {
    let mut w = World::new(90).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    list(&w.service, &anna).await;
    w.deliver([
        notify("anna", "keyed").key("k"),
        notify("anna", "own"),
        broadcast("everyone", "keyed all").key("k"),
        broadcast("everyone", "all").category("news"),
    ])
    .await;
    let own = find(&w.service, &anna, "own").await;
    if let Some(before) = act.before() {
        mark(&w.service, &anna, [own], before).await;
    }
    let ways = [(&w.service, Way::Stream), (&other, Way::Stream), (&other, Way::Poll(Duration::from_millis(20)))];
    let clients: Vec<Client> = ways.into_iter().map(|(service, way)| Client::start(service, &anna, way)).collect();
    w.run_for(age).await;
    let base = Lists::fetch(&other, &anna, 10).await.unwrap();
    let version = other.counts(&anna).await.unwrap().1;
    let n = w.service.table().state(&act.feed(&anna), Freshness::Consistent).await.unwrap().n.next();
    if !act.holds_itself() {
        w.engine().faults().next_transaction(Forced::Hold);
    }
    act.run(&w, &anna, own).await;
    let units = act.units(&anna, n);
    let mut glimpses = tokio::task::JoinSet::new();
    for place in order {
        for service in [&w.service, &other] {
            glance(service, &anna, &base.position, &mut glimpses);
        }
        if act.is_of_channel() {
            // A process that begins in the middle of it reads the channel whole.
            glance(&w.process(), &anna, &base.position, &mut glimpses);
        }
        // Long enough for each reader to look at the store again: a copy of a channel is good for a second.
        w.run_for(if act.is_of_channel() { SECOND } else { Duration::ZERO } + Duration::from_millis(200)).await;
        for (pk, sk) in &units[*place] {
            assert!(w.engine().faults().reveal(pk, sk), "{act:?} does not write {pk} {sk}");
        }
    }
    assert_eq!(w.engine().faults().pending(), 0, "{act:?} writes more than this test knows");
    glance(&other, &anna, &base.position, &mut glimpses);
    w.run_for(3 * SECOND).await;
    let lists = Lists::fetch(&w.service, &anna, 10).await.unwrap();
    let truth = (sorted(lists.notifications), lists.tasks);
    let about = format!("{act:?} in the order {order:?}, after {age:?}");
    for (number, client) in clients.iter().enumerate() {
        let held = client.held();
        assert_eq!(shown(&held.model, &w), truth, "{about}, client {number}: {:#?}", held.story);
        // What is muted is left out of lists that are fetched again.
        assert_eq!(held.resets, usize::from(act == Act::Mute), "{about}");
    }
    assert!(!other.unchanged(&anna, &version).await.unwrap(), "{about}");
    let (counts, latest) = other.counts(&anna).await.unwrap();
    let (listed, tasks) = (page(&other, &anna).await, other.tasks(&anna, &TASKS).await.unwrap());
    assert_eq!((listed.version.digest, tasks.version.digest), (latest.digest, latest.digest), "{about}");
    while let Some(glimpse) = glimpses.join_next().await {
        match glimpse.unwrap() {
            Glimpse::Listed(lists) => {
                let mut model = Model::default();
                model.refill(lists.notifications, lists.tasks);
                follow(act, &other, &anna, &mut model, lists.position, &w).await;
                assert_eq!(shown(&model, &w), truth, "{about}: a list hid something");
            }
            Glimpse::Polled(events, position) => {
                let mut model = Model::default();
                model.refill(base.notifications.clone(), Vec::new());
                apply(act, &other, &mut model, &events, &anna, &w).await;
                follow(act, &other, &anna, &mut model, position, &w).await;
                assert_eq!(shown(&model, &w), truth, "{about}: a poll passed something");
            }
            Glimpse::Counted(told, seen) => {
                assert!(seen.digest != latest.digest || told == counts, "{about}: {told:?} is labelled as the latest");
            }
            Glimpse::Paged(told, seen) => {
                assert!(seen.digest != latest.digest || told == listed.notifications, "{about}: {told:?} is labelled as the latest");
            }
            Glimpse::Tasked(told, seen) => {
                assert!(seen.digest != latest.digest || told == tasks.tasks, "{about}: {told:?} is labelled as the latest");
            }
        }
    }
}

async fn apply(act: Act, service: &Service, model: &mut Model, events: &[Event], anna: &Reader, w: &World) {
    for event in events {
        if model.apply(&testkit::client::with_reader(event, anna), w.now()) {
            assert_eq!(act, Act::Mute, "a reset");
            let lists = Lists::fetch(service, anna, 10).await.unwrap();
            model.refill(lists.notifications, lists.tasks);
        }
    }
}

async fn follow(act: Act, service: &Service, anna: &Reader, model: &mut Model, mut position: Position, w: &World) {
    while let Polled::News { events, position: next, .. } = service.poll(anna, After::Position(position)).await.unwrap() {
        apply(act, service, model, &events, anna, w).await;
        position = next;
    }
}

fn sorted(mut notifications: Vec<Notification>) -> Vec<Notification> {
    notifications.sort_by_key(|one| one.id);
    notifications
}

fn shown(model: &Model, w: &World) -> (Vec<Notification>, Vec<Task>) {
    (model.shown(w.now()).into_iter().cloned().collect(), model.tasks(w.now()).into_iter().cloned().collect())
}

macro_rules! each_order {
    ($($name:ident: $act:ident),* $(,)?) => {
        $(
            #[tokio::test(start_paused = true)]
            async fn $name() {
                every_order(Act::$act).await;
            }
        )*
    };
}

each_order! {
    a_replacement: Replace,
    a_read_mark: Read,
    a_deletion: Delete,
    a_broadcast_that_is_read: ReadBroadcast,
    a_mark_that_is_taken_back: Unread,
    a_notification_that_is_put_away: Archive,
    a_notification_that_comes_back: Restore,
    all_read: ReadAll,
    all_deleted: DeleteAll,
    a_task_report: Task,
    a_category_that_is_muted: Mute,
    a_broadcast_that_replaces: Broadcast,
    a_withdrawal: Withdraw,
    a_broadcast_that_is_withdrawn: WithdrawBroadcast,
    i3_a_commit_that_is_overtaken: Overtaken,
}
