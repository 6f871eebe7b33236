//! Jobs beside each other: out of order, in bursts, and long ones in line.

use engine::FaultPlan;
use service::{Job, Mark, PushSettings};
use testkit::{SocketClient, broadcast, notify, reader};

use crate::common::{SECOND, mark_all, mute, page};
use crate::fanout::FAST;
use crate::sockets::{Place, arrived};

/// The queue hands the third out before the second: whoever got the first knows the rest by then.
#[tokio::test(start_paused = true)]
async fn jobs_out_of_order_are_told_in_order() {
    let mut p = Place::new(247).await;
    let worker = p.w.process();
    p.sockets.serve(&worker, PushSettings { shards: 1, ..PushSettings::default() });
    let client = SocketClient::start(&worker, &p.sockets, &reader("anna", &[]), 20 * SECOND, 1);
    p.w.run_for(SECOND).await;
    let mut jobs = Vec::new();
    for title in ["one", "two", "three"] {
        jobs.extend(p.jobs([broadcast("everyone", title)]).await);
    }
    for job in [&jobs[0], &jobs[2], &jobs[1]] {
        worker.work(job, p.w.now().plus(60 * SECOND), FAST).await.unwrap();
        p.w.run_for(SECOND).await;
    }
    let held = client.held();
    assert_eq!((held.applied, held.ignored, held.resumes), (3, 3, 1), "{:?}", held.story);
}

#[tokio::test(start_paused = true)]
async fn a_job_tells_so_much_of_what_follows_and_each_reader_theirs() {
    let mut p = Place::new(248).await;
    let worker = p.w.process();
    p.sockets.serve(&worker, PushSettings { shards: 1, ..PushSettings::default() });
    mute(&p.w.service, &reader("deaf", &[]), &["news"]).await;
    let (mut all, mut some) = (p.connect("a1", &reader("anna", &[])).await, p.connect("d1", &reader("deaf", &[])).await);
    let mut jobs = Vec::new();
    for number in 0..6 {
        let draft = broadcast("everyone", &format!("b{number}"));
        jobs.extend(p.jobs([if number == 2 { draft.category("news") } else { draft }]).await);
    }
    jobs.retain(|job| matches!(job, Job::Fanout { .. }));
    let done = worker.work(&jobs[1], p.w.now().plus(60 * SECOND), FAST).await.unwrap();
    assert_eq!((done.posted, done.lost, done.handed_on), (7, 0, None));
    assert_eq!(arrived(&mut all), ["everyone 2: b1", "everyone 3: b2", "everyone 4: b3", "everyone 5: b4"]);
    assert_eq!(arrived(&mut some), ["user 1: reset", "everyone 2: b1", "everyone 4: b3", "everyone 5: b4"]);
}

/// Two minutes of sweeping would keep a broadcast waiting as long.
#[tokio::test(start_paused = true)]
async fn a_sweep_removes_many_at_once_and_stands_in_line_again() {
    let p = Place::new(249).await;
    let anna = reader("anna", &[]);
    p.w.deliver((0..600).map(|number| notify("anna", &format!("n{number}")))).await;
    page(&p.w.service, &anna).await;
    mark_all(&p.w.service, &anna, Mark::Delete, None).await;
    p.w.service.flush_pushes().await;
    let mut jobs = p.sockets.take_jobs();
    let slow = FaultPlan { delay_ms: 1_000..1_001, ..FaultPlan::default() };
    p.w.engine().faults().set(slow);
    let (mut runs, mut swept) = (0, 0);
    while let Some(job) = jobs.pop() {
        let began = p.w.now();
        let worked = p.run(&job, 110 * SECOND, FAST).await;
        assert!(p.w.now().since(began) <= 15 * SECOND, "{worked:?}");
        jobs = p.sockets.take_jobs();
        assert_eq!(worked.handed_on.as_ref(), jobs.first());
        (runs, swept) = (runs + 1, swept + worked.swept);
    }
    // Each hundred is one query and four requests; the last run finds nothing left.
    assert_eq!((runs, swept), (4, 600));
}
