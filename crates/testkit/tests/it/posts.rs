//! Posts to many sockets at once: so many and no more, and each that fails waits for a time of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use service::PushSettings;
use testkit::{Fate, broadcast, notify, reader};

use crate::common::SECOND;
use crate::fanout::FAST;
use crate::sockets::{Place, id};

const SOCKETS: usize = 40;

/// A world with as many sockets, of one user or of one each.
async fn crowd(seed: u64, in_flight: usize, of_one: bool, fates: &[Fate]) -> (Place, Vec<impl Sized>) {
    let p = Place::with(seed, PushSettings { shards: 1, in_flight, ..PushSettings::default() }).await;
    let mut inboxes = Vec::new();
    for number in 0..SOCKETS {
        let (name, user) = (format!("s{number:02}"), if of_one { "anna".to_owned() } else { format!("u{number}") });
        inboxes.push(p.connect(&name, &reader(&user, &[])).await);
        p.sockets.decide(&id(&name), fates.iter().copied());
    }
    p.w.run_for(SECOND).await;
    (p, inboxes)
}

async fn broadcast_to_all(p: &Place) {
    let jobs = p.jobs([broadcast("everyone", "all")]).await;
    p.run(&jobs[0], 120 * SECOND, FAST).await;
}

#[tokio::test(start_paused = true)]
async fn of_a_broadcast_no_more_posts_are_under_way_than_was_said() {
    for in_flight in [1, 7] {
        let (p, _inboxes) = crowd(250, in_flight, false, &[Fate::Hangs]).await;
        broadcast_to_all(&p).await;
        assert_eq!(p.sockets.most_under_way(), in_flight);
        assert_eq!(p.sockets.posts().iter().filter(|post| post.fate == Fate::Taken).count(), SOCKETS);
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_users_push_no_more_posts_are_under_way_than_was_said() {
    for in_flight in [1, 7] {
        let (p, _inboxes) = crowd(251, in_flight, true, &[Fate::Hangs]).await;
        p.send([notify("anna", "one")]).await;
        assert_eq!(p.sockets.most_under_way(), in_flight);
    }
}

/// The kind of case 62: a gateway that refused many at once would refuse them again if all came back together.
#[tokio::test(start_paused = true)]
async fn sockets_that_failed_together_are_tried_again_at_moments_of_their_own() {
    for of_one in [true, false] {
        let (p, _inboxes) = crowd(252, SOCKETS, of_one, &[Fate::Failed; 2]).await;
        if of_one {
            p.send([notify("anna", "one")]).await;
        } else {
            broadcast_to_all(&p).await;
        }
        let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
        for post in p.sockets.posts() {
            times.entry(post.to.as_str().to_owned()).or_default().push(post.at);
        }
        assert!(times.len() == SOCKETS && times.values().all(|tries| tries.len() == 3), "{times:?}");
        // The ceilings are 100 and 200 ms; with full jitter about half of it is waited. Nor do all that wait first wait as long then.
        for (attempt, ceiling) in [(0, 100), (1, 200)] {
            let waits: Vec<Duration> = times.values().map(|tries| tries[attempt + 1].saturating_sub(tries[attempt])).collect();
            let apart: BTreeSet<u128> = waits.iter().map(Duration::as_millis).collect();
            assert!(apart.len() >= SOCKETS / 2, "all of them wait alike: {waits:?}");
            assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(ceiling + 5)), "{waits:?}");
        }
    }
}
