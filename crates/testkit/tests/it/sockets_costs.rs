//! What sockets cost without news: the rows of the second table of costs in the data model.

use std::time::Duration;

use inbox::audience::Reader;
use inbox::id::ConnectionId;
use service::After;
use table::Units;
use testkit::units::allowed;
use testkit::{World, broadcast, notify, reader};

use crate::common::{mute, page};

const CHANNELS: f64 = 4.0;

/// A user with three topics, in a process that knows all channels already.
async fn old(seed: u64) -> (World, Reader, ConnectionId) {
    let (w, anna) = (World::new(seed).await, reader("anna", &["ops", "web", "sales"]));
    for channel in ["everyone", "ops", "web", "sales"] {
        w.deliver((0..5).map(|number| broadcast(channel, &format!("{channel}{number}")))).await;
    }
    w.deliver((0..20).map(|number| notify("anna", &format!("n{number}")))).await;
    page(&w.service, &anna).await;
    w.run_for(Duration::from_secs(11)).await;
    (w, anna, ConnectionId::parse("L0SM9cOFvHcCIhw=").unwrap())
}

async fn used<T>(w: &World, act: impl Future<Output = T>) -> (T, Units) {
    let before = w.service.table().meter().used();
    let done = act.await;
    (done, w.service.table().meter().used() - before)
}

#[track_caller]
fn within(used: Units, most: Units) {
    assert!(used.write <= most.write && used.read <= most.read, "{used:?}, allowed are {most:?}");
}

/// One of the first, and as many of the second as there are channels.
fn with_channels(one: &str, each: &str) -> Units {
    let (one, each) = (allowed(one), allowed(each));
    Units { read: CHANNELS.mul_add(each.read, one.read), write: CHANNELS.mul_add(each.write, one.write) }
}

#[tokio::test(start_paused = true)]
async fn a_socket_comes_and_goes() {
    let (w, anna, id) = old(260).await;
    let expires = w.now().plus(Duration::from_hours(1));
    within(used(&w, async { w.service.connect(&id, &anna, expires).await.unwrap() }).await.1, allowed("connect or end of a socket"));
    within(used(&w, async { w.service.socket_fault(&id).await.unwrap() }).await.1, allowed("bad message of a socket"));
    within(used(&w, async { w.service.disconnect(&id).await.unwrap() }).await.1, allowed("connect or end of a socket"));
}

#[tokio::test(start_paused = true)]
async fn a_socket_without_news() {
    let (w, anna, id) = old(261).await;
    w.service.connect(&id, &anna, w.now().plus(Duration::from_hours(1))).await.unwrap();
    let place = page(&w.service, &anna).await.position;
    w.run_for(Duration::from_secs(11)).await;
    within(used(&w, async { w.service.ping(&id).await.unwrap() }).await.1, with_channels("ping", "refresh of one channel"));
    w.run_for(Duration::from_secs(11)).await;
    let resumed = async || w.service.resume(&id, After::Position(place.clone())).await.unwrap();
    let (answer, cost) = used(&w, resumed()).await;
    assert!(answer.steps.is_empty());
    within(cost, with_channels("resume without news", "resume, each channel"));
    mute(&w.service, &anna, &["news"]).await;
    w.run_for(Duration::from_secs(11)).await;
    let (answer, cost) = used(&w, resumed()).await;
    assert_eq!(answer.steps[0].events, [inbox::event::Event::Reset]);
    within(cost, with_channels("resume after a change of what is muted", "the same, each channel"));
}
