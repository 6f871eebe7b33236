//! Costs are part of the contract: each row of the table in the data model, in units of the table. What is allowed stands in
//! `units.json`, from which `cargo xtask cost` makes its bills.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::NotificationId;
use inbox::task::TaskStatus;
use service::{After, Mark, Target};
use table::Units;
use testkit::units::allowed;
use testkit::{World, broadcast, notify, reader, task};

use crate::common::{SECOND, both, find, first, list, mark, mark_all, page, stream};

/// An inbox as the table supposes it: a state with 3 topics and some marks, warm copies of all channels, nothing young.
struct Old {
    w: World,
    anna: Reader,
}

/// Long enough for everything to be settled by age, short enough for the copies to be refreshed once more.
const OLD: Duration = Duration::from_secs(11);

impl Old {
    async fn new(seed: u64) -> Self {
        let w = World::new(seed).await;
        let anna = reader("anna", &["ops", "web", "sales"]);
        list(&w.service, &anna).await;
        for channel in ["everyone", "ops", "web", "sales"] {
            w.deliver((0..5).map(|number| broadcast(channel, &format!("{channel}{number}")))).await;
        }
        w.deliver((0..20).map(|number| notify("anna", &format!("n{number}")))).await;
        let shown = list(&w.service, &anna).await;
        let ids: Vec<NotificationId> = shown.iter().filter(|one| one.content.title.ends_with('1')).map(|one| one.id).collect();
        mark(&w.service, &anna, ids, Mark::Read).await;
        Self { w, anna }
    }

    /// Lets everything grow old and the copies be fresh.
    async fn settle(&self) {
        self.w.run_for(OLD).await;
        page(&self.w.service, &self.anna).await;
    }

    /// What an act uses.
    async fn used<T>(&self, act: impl Future<Output = T>) -> (T, Units) {
        self.settle().await;
        let before = self.w.service.table().meter().used();
        let done = act.await;
        (done, self.w.service.table().meter().used() - before)
    }
}

#[track_caller]
fn within(used: Units, most: Units, what: &str) {
    assert!(used.write <= most.write && used.read <= most.read, "{what}: {used:?}, allowed are {most:?}");
}

/// One of the first, and four channels' worth of the second.
fn with_four(one: Units, of_channel: Units) -> Units {
    Units { read: 4.0_f64.mul_add(of_channel.read, one.read), write: 4.0_f64.mul_add(of_channel.write, one.write) }
}

#[tokio::test(start_paused = true)]
async fn a_notification() {
    let old = Old::new(80).await;
    let (_, used) = old.used(old.w.send(notify("anna", "alone").message(&"m".repeat(300)))).await;
    within(used, allowed("create"), "one alone");
    let (_, keyed) = old.used(old.w.send(notify("anna", "alone").key("k"))).await;
    within(keyed, allowed("create with a key"), "one with a key");
    let one = old.used(old.w.deliver([notify("anna", "a")])).await.1;
    let twenty = old.used(old.w.deliver((0..20).map(|_| notify("anna", "a")))).await.1;
    let each = (twenty.write - one.write) / 19.0;
    assert!(each <= allowed("create one more in the same commit").write, "each further one: {each}");
    assert!(twenty.read <= allowed("create").read);
}

#[tokio::test(start_paused = true)]
async fn a_broadcast() {
    let old = Old::new(81).await;
    let (_, used) = old.used(old.w.send(broadcast("ops", "all"))).await;
    within(used, allowed("broadcast"), "a broadcast");
}

#[tokio::test(start_paused = true)]
async fn a_broadcast_at_the_cap() {
    let w = World::new(82).await;
    for _ in 0..50 {
        w.deliver((0..20).map(|number| broadcast("ops", &format!("{number}")))).await;
    }
    w.run_for(OLD).await;
    list(&w.service, &reader("anna", &["ops"])).await;
    let before = w.service.table().meter().used();
    w.send(broadcast("ops", "one more")).await;
    within(w.service.table().meter().used() - before, allowed("broadcast at the cap"), "a broadcast at the cap");
}

#[tokio::test(start_paused = true)]
async fn marks() {
    let old = Old::new(83).await;
    let s = &old.w.service;
    let own = find(s, &old.anna, "n2").await;
    within(old.used(mark(s, &old.anna, [own], Mark::Read)).await.1, allowed("mark one"), "mark one read");
    within(old.used(mark(s, &old.anna, [own], Mark::Delete)).await.1, allowed("mark one"), "delete one");
    let other = find(s, &old.anna, "n3").await;
    within(old.used(mark(s, &old.anna, [other], Mark::Delete)).await.1, allowed("mark one"), "delete one unread");
    let all = find(s, &old.anna, "ops3").await;
    within(old.used(mark(s, &old.anna, [all], Mark::Read)).await.1, allowed("mark one broadcast"), "mark one broadcast");
    within(old.used(mark(s, &old.anna, [all], Mark::Delete)).await.1, allowed("mark one broadcast"), "delete one broadcast");
}

#[tokio::test(start_paused = true)]
async fn marks_of_all() {
    let old = Old::new(84).await;
    let s = &old.w.service;
    let (seen, used) = old.used(mark_all(s, &old.anna, Mark::Seen, None)).await;
    assert_eq!(seen.counts.unseen, 0);
    within(used, allowed("mark all"), "all seen");
    old.w.deliver([notify("anna", "one more")]).await;
    old.w.run_for(OLD).await;
    s.counts(&reader("ben", &["ops", "web", "sales"])).await.unwrap();
    let before = s.table().meter().used();
    mark_all(s, &old.anna, Mark::Seen, None).await;
    within(s.table().meter().used() - before, allowed("mark all"), "all seen by whom this process knows nothing of");
    let (read, used) = old.used(mark_all(s, &old.anna, Mark::Read, None)).await;
    assert_eq!(both(read.counts), (0, 0));
    within(used, allowed("mark all"), "all read");
    for _ in 0..60 {
        old.w.deliver((0..20).map(|_| notify("anna", "many"))).await;
    }
    // More than a count tells: what was counted for the list is not counted again.
    let (seen, used) = old.used(mark_all(s, &old.anna, Mark::Seen, None)).await;
    assert_eq!(both(seen.counts), (1_000, 0));
    within(used, allowed("mark all"), "all of 1,200 seen");
    within(old.used(mark_all(s, &old.anna, Mark::Read, None)).await.1, allowed("mark all"), "all of 1,200 read");
    within(old.used(mark_all(s, &old.anna, Mark::Delete, None)).await.1, allowed("mark all"), "all deleted");
    for _ in 0..60 {
        old.w.deliver((0..20).map(|_| notify("anna", "many more"))).await;
    }
    let (gone, used) = old.used(mark_all(s, &old.anna, Mark::Delete, None)).await;
    assert_eq!((both(gone.counts), list(s, &old.anna).await.len()), ((0, 0), 0));
    within(used, allowed("mark all"), "all of 1,200 unread deleted");
}

#[tokio::test(start_paused = true)]
async fn a_task() {
    let old = Old::new(85).await;
    let report = |progress| task("anna", "t", TaskStatus::Running, Some(progress));
    within(old.used(old.w.send(report(1.0))).await.1, allowed("first report of a task"), "a task's first report");
    within(old.used(old.w.send(report(2.0))).await.1, allowed("report of a task"), "a task's update");
    old.w.jump(Duration::from_hours(29 * 24)).await;
    within(old.used(old.w.send(report(3.0))).await.1, allowed("report of a task"), "a task's update, late");
    old.w.jump(Duration::from_hours(3 * 24)).await;
    within(old.used(old.w.send(report(4.0))).await.1, allowed("first report of a task"), "a task's update that moves its name's expiry");
}

#[tokio::test(start_paused = true)]
async fn a_page_of_fifty() {
    let old = Old::new(86).await;
    for _ in 0..4 {
        old.w.deliver((0..20).map(|_| notify("anna", "many").message(&"m".repeat(250)))).await;
    }
    mark_all(&old.w.service, &old.anna, Mark::Read, None).await;
    old.w.deliver((0..20).map(|_| notify("anna", "unread").message(&"m".repeat(250)))).await;
    let (page, used) = old.used(old.w.service.page(&old.anna, &first(50))).await;
    assert_eq!(page.unwrap().notifications.len(), 50);
    within(used, allowed("page of 50"), "a page of 50");
}

#[tokio::test(start_paused = true)]
async fn nothing_new() {
    let old = Old::new(87).await;
    let s = &old.w.service;
    old.settle().await;
    let position = page(s, &old.anna).await.position;
    let (_, used) = old.used(s.poll(&old.anna, After::Position(position.clone()))).await;
    within(used, allowed("unchanged poll"), "an unchanged poll");
    old.w.run_for(2 * SECOND).await;
    let before = s.table().meter().used();
    s.poll(&old.anna, After::Position(position.clone())).await.unwrap();
    let most = with_four(allowed("unchanged poll"), allowed("refresh of one channel"));
    within(s.table().meter().used() - before, most, "an unchanged poll with four old copies");
    let version = page(s, &old.anna).await.version;
    let (same, used) = old.used(s.unchanged(&old.anna, &version)).await;
    assert!(same.unwrap());
    let most = with_four(allowed("conditional GET"), allowed("conditional GET, each channel"));
    within(used, most, "a conditional GET over four channels");
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream() {
    let w = World::new(88).await;
    let anna = reader("anna", &[]);
    w.deliver([notify("anna", "a"), broadcast("everyone", "b")]).await;
    let mut open = stream(&w.service, &anna, After::Now).await;
    crate::common::heard(&w, &mut open, Duration::from_mins(1)).await;
    let before = w.service.table().meter().used();
    crate::common::heard(&w, &mut open, Duration::from_mins(1)).await;
    let used = w.service.table().meter().used() - before;
    // A look each 0.75 s, 80 a minute of its own; each second one finds the channel's copy older than a second, 40 a minute. Half a unit each.
    within(used, allowed("idle minute of a stream"), "an idle minute");
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_brings_one_change() {
    let mut w = World::new(89).await;
    let other = w.process();
    let anna = reader("anna", &[]);
    w.deliver([notify("anna", "a"), broadcast("everyone", "b")]).await;
    list(&w.service, &anna).await;
    w.run_for(OLD).await;
    let position = page(&w.service, &anna).await.position;
    w.deliver_by(&other, [notify("anna", "new")]).await;
    let before = w.service.table().meter().used();
    w.service.poll(&anna, After::Position(position)).await.unwrap();
    within(w.service.table().meter().used() - before, allowed("tick that brings a change"), "one change");
    let id = find(&w.service, &anna, "new").await;
    w.run_for(OLD).await;
    let position = page(&w.service, &anna).await.position;
    other.mark(&anna, Target::Ids(vec![id]), Mark::Read).await.unwrap();
    let before = w.service.table().meter().used();
    w.service.poll(&anna, After::Position(position)).await.unwrap();
    within(w.service.table().meter().used() - before, allowed("tick that brings a change"), "one mark");
}

#[tokio::test(start_paused = true)]
async fn an_idle_stream_of_three_topics() {
    let Old { w, anna } = Old::new(94).await;
    let mut open = stream(&w.service, &anna, After::Now).await;
    crate::common::heard(&w, &mut open, Duration::from_mins(1)).await;
    let before = w.service.table().meter().used();
    crate::common::heard(&w, &mut open, Duration::from_mins(1)).await;
    // What one without topics uses, and as many ticks of each topic's channel: 40 a minute at most.
    let one = allowed("idle minute of a stream");
    let most = Units { read: 120.0_f64.mul_add(allowed("refresh of one channel").read, one.read), ..one };
    within(w.service.table().meter().used() - before, most, "an idle minute");
}

#[tokio::test(start_paused = true)]
async fn a_tick_that_brings_one_change_to_a_reader_of_three_topics() {
    let Old { mut w, anna } = Old::new(95).await;
    let other = w.process();
    w.run_for(OLD).await;
    let position = page(&w.service, &anna).await.position;
    w.deliver_by(&other, [notify("anna", "new")]).await;
    let before = w.service.table().meter().used();
    w.service.poll(&anna, After::Position(position)).await.unwrap();
    within(w.service.table().meter().used() - before, allowed("tick that brings a change"), "one change");
}

/// Who works on another project every week has marked hundreds of topics after some years. What they marked there has expired by then.
#[tokio::test(start_paused = true)]
async fn topics_of_long_ago_cost_nothing() {
    const WEEK: Duration = Duration::from_hours(7 * 24);
    let w = World::new(89).await;
    let of_week = |week: u32| format!("{}-{week}", "project".repeat(8));
    for week in 0..100 {
        let anna = reader("anna", &[&of_week(week)]);
        w.deliver([broadcast(&of_week(week), "begins"), notify("anna", "welcome")]).await;
        list(&w.service, &anna).await;
        mark_all(&w.service, &anna, Mark::Read, None).await;
        w.jump(WEEK).await;
    }
    // Of the last twelve weeks something is there still, and it is as read as it was.
    let topics: Vec<String> = (95..100).map(of_week).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    let back = reader("anna", &topics);
    let shown = list(&w.service, &back).await;
    assert_eq!(
        shown.iter().filter(|one| one.content.title == "begins").map(inbox::notification::Notification::read).collect::<Vec<_>>(),
        [true; 5]
    );
    w.send(notify("anna", "new")).await;
    w.run_for(OLD).await;
    let before = w.service.table().meter().used();
    mark_all(&w.service, &back, Mark::Read, None).await;
    let used = w.service.table().meter().used() - before;
    // The state with a dozen topics of 60 letters is above one kilobyte, and of two.
    assert!(used.write <= allowed("mark all").write + 4.0, "{used:?}");
}
