//! What "all" costs, in its two parts: the commit of the watermark, and the counts of the answer where the process has not counted yet.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::position::Position;
use service::{Mark, Service};
use table::Units;
use testkit::units::allowed;
use testkit::{World, broadcast, notify, reader};

use crate::common::{both, find, list, mark, mark_all, page};

const TOPICS: [&str; 3] = ["ops", "web", "sales"];
/// Far beyond where a count stops, and whatever else is cut into portions.
const MANY: u32 = 5_000;
/// Long enough for everything to be settled by age.
const OLD: Duration = Duration::from_secs(11);

/// An inbox with three topics, marks of each kind, and so many unread.
struct Full {
    w: World,
    anna: Reader,
    unread: u32,
}

impl Full {
    async fn new(seed: u64, unread: u32) -> Self {
        let w = World::new(seed).await;
        let anna = reader("anna", &TOPICS);
        list(&w.service, &anna).await;
        for channel in ["everyone"].into_iter().chain(TOPICS) {
            w.deliver((0..5).map(|number| broadcast(channel, &format!("{channel}{number}")))).await;
        }
        mark_all(&w.service, &anna, Mark::Read, None).await;
        for channel in ["everyone"].into_iter().chain(TOPICS) {
            let id = find(&w.service, &anna, &format!("{channel}3")).await;
            mark(&w.service, &anna, [id], Mark::Archive).await;
        }
        for from in (0..unread).step_by(20) {
            w.deliver((from..unread.min(from + 20)).map(|number| notify("anna", &format!("n{number}")))).await;
        }
        Self { w, anna, unread }
    }

    /// A process that has the channels at hand, and has never heard of this reader.
    async fn cold(&mut self) -> Service {
        self.w.run_for(OLD).await;
        let process = self.w.process();
        process.counts(&reader("ben", &TOPICS)).await.unwrap();
        process
    }

    /// Marks all in such a process.
    async fn used_cold(&mut self, how: Mark, up_to: Option<Position>) -> Units {
        let process = self.cold().await;
        let before = process.table().meter().used();
        let marked = mark_all(&process, &self.anna, how, up_to).await;
        let used = process.table().meter().used() - before;
        let left = if how == Mark::Seen { self.unread.min(1_000) } else { 0 };
        assert_eq!(both(marked.counts), (left, 0), "{how:?}");
        used
    }

    /// Marks all as seen where the list has just been shown.
    async fn used_after_a_list(&mut self) -> Units {
        let process = self.cold().await;
        page(&process, &self.anna).await;
        let before = process.table().meter().used();
        mark_all(&process, &self.anna, Mark::Seen, None).await;
        process.table().meter().used() - before
    }

    async fn one_more(&mut self) {
        self.w.send(notify("anna", "one more")).await;
        self.unread += 1;
    }
}

#[track_caller]
fn equal(one: Units, other: Units, what: &str) {
    assert!((one.write - other.write).abs() < 0.01 && (one.read - other.read).abs() < 0.01, "{what}: {one:?} and {other:?}");
}

#[track_caller]
fn within(used: Units, operation: &str, what: &str) {
    let most = allowed(operation);
    assert!(used.write <= most.write && used.read <= most.read, "{what}: {used:?}, allowed are {most:?}");
}

#[tokio::test(start_paused = true)]
async fn the_commit_of_all_costs_the_same_for_one_and_for_many_in_a_process_that_knows_nothing() {
    for (how, seed) in [(Mark::Read, 500), (Mark::Delete, 501)] {
        let (mut few, mut many) = (Full::new(seed, 1).await, Full::new(seed, MANY).await);
        let (one, all) = (few.used_cold(how, None).await, many.used_cold(how, None).await);
        within(one, "mark all", "one");
        equal(one, all, "one and many");
    }
}

#[tokio::test(start_paused = true)]
async fn all_seen_costs_its_commit_and_what_nobody_has_counted_yet() {
    for unread in [1, MANY] {
        let mut full = Full::new(502, unread).await;
        let commit = full.used_after_a_list().await;
        within(commit, "mark all", "the commit alone");
        full.one_more().await;
        let counts = full.used_cold(Mark::Seen, None).await - commit;
        within(counts, "counts of all", "the counts");
    }
}

#[tokio::test(start_paused = true)]
async fn all_up_to_a_place_costs_its_commit_and_what_is_counted_behind_it() {
    for unread in [1, MANY] {
        let mut full = Full::new(503, unread).await;
        let place = page(&full.w.service, &full.anna).await.position;
        let used = full.used_cold(Mark::Read, Some(place)).await;
        let commit = Full::new(503, unread).await.used_cold(Mark::Read, None).await;
        within(commit, "mark all", "the commit alone");
        within(used - commit, "counts of all", "the counts");
    }
}
