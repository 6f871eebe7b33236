//! Random lives of a channel and of its user: marks say what explicit flags say, to the letter, and stay small.

use std::time::Duration;

use proptest::prelude::*;

use super::VISIT;
use super::world::World;
use crate::limits::LOOKBACK;
use crate::marks::BroadcastAct;
use crate::notification::{Audience, UnreadSince};
use crate::position::Seq;

const ACTS: [BroadcastAct; 5] =
    [BroadcastAct::Read, BroadcastAct::Unread, BroadcastAct::Archive, BroadcastAct::Restore, BroadcastAct::Delete];

/// One thing that happens. Places are picked among those that there are.
#[derive(Clone, Copy, Debug)]
enum Step {
    Broadcast {
        count: u8,
        hours_later: u64,
    },
    /// One goes: evicted if it is the oldest, else expired or withdrawn.
    Gone(prop::sample::Index),
    Act(BroadcastAct, prop::sample::Index),
    /// Up to the present heads, or up to places shown earlier.
    AllRead(Option<(prop::sample::Index, prop::sample::Index)>),
    AllDeleted(Option<(prop::sample::Index, prop::sample::Index)>),
    Refresh,
    Fold,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let up_to = || prop::option::of(any::<(prop::sample::Index, prop::sample::Index)>());
    let step = prop_oneof![
        4 => (0_u8..4, 0_u64..80).prop_map(|(count, hours_later)| Step::Broadcast { count, hours_later }),
        2 => any::<prop::sample::Index>().prop_map(Step::Gone),
        12 => (prop::sample::select(&ACTS[..4]), any::<prop::sample::Index>()).prop_map(|(act, which)| Step::Act(act, which)),
        2 => any::<prop::sample::Index>().prop_map(|which| Step::Act(BroadcastAct::Delete, which)),
        1 => up_to().prop_map(Step::AllRead),
        1 => up_to().prop_map(Step::AllDeleted),
        2 => Just(Step::Refresh),
        4 => Just(Step::Fold),
    ];
    prop::collection::vec(step, 0..50)
}

/// The places of a mark-all: the channel's head and the user's own commit of it, or earlier ones.
fn places(world: &mut World, up_to: Option<(prop::sample::Index, prop::sample::Index)>) -> (Seq, Seq) {
    world.n = world.n.next();
    let below = |head: Seq, index: prop::sample::Index| Seq(index.index(usize::try_from(head.0).unwrap() + 1) as u64);
    up_to.map_or((world.head, world.n), |(channel, own)| (below(world.head, channel), below(world.n, own)))
}

fn happen(world: &mut World, step: Step) -> Result<(), TestCaseError> {
    match step {
        Step::Broadcast { count, hours_later } => {
            world.now = world.now.plus(Duration::from_hours(hours_later));
            world.broadcast(count, LOOKBACK);
        }
        Step::Gone(_) | Step::Act(..) if world.flags.is_empty() => {}
        Step::Gone(which) => {
            let index = which.index(world.flags.len());
            world.flags.remove(index);
        }
        Step::Act(act, which) => {
            let before = world.marks.clone();
            let (told, expected) = world.act(act, which.index(world.flags.len()));
            if expected.is_none() {
                prop_assert_eq!(&world.marks, &before);
            }
            prop_assert_eq!(told, expected);
        }
        Step::AllRead(up_to) => {
            let (channel_to, own_to) = places(world, up_to);
            world.all_read(channel_to, own_to);
        }
        Step::AllDeleted(up_to) => {
            let (channel_to, own_to) = places(world, up_to);
            world.all_deleted(channel_to, own_to);
        }
        Step::Refresh => world.refresh(),
        Step::Fold => world.fold(),
    }
    Ok(())
}

fn exact(world: &World, after: Step) -> Result<(), TestCaseError> {
    for one in &world.flags {
        prop_assert_eq!(world.view(one.live), one.shown(), "{:?} after {:?}", one.live, after);
    }
    Ok(())
}

/// After a fold over all that is live: nothing is held of what is gone, and `read` only where something older was never read.
fn small(world: &World) -> Result<(), TestCaseError> {
    let live: Vec<_> = world.flags.iter().map(|one| one.live.slot).collect();
    let marks = &world.marks;
    for slot in marks.read.iter().chain(marks.unread.keys()).chain(&marks.archived).chain(&marks.deleted) {
        prop_assert!(live.contains(slot), "{:?} is gone", slot);
    }
    let holds = |since: &UnreadSince| since.feed != Audience::User;
    let undone = world.flags.iter().filter(|one| !one.hidden && !one.deleted && one.unread.as_ref().is_some_and(holds));
    let first_undone = undone.map(|one| one.live.slot.born).min();
    let first_read = marks.read.first().map(|slot| slot.born);
    prop_assert!(first_read.is_none() || first_undone.is_some_and(|undone| Some(undone) <= first_read), "{:?}", marks);
    Ok(())
}

proptest! {
    #[test]
    fn marks_say_what_flags_say(visit_hours in 0_u64..600, steps in steps()) {
        let mut world = World::new(VISIT, VISIT.plus(Duration::from_hours(visit_hours)));
        for step in steps {
            happen(&mut world, step)?;
            exact(&world, step)?;
        }
        let before = world.watermarks;
        world.refresh();
        world.fold();
        exact(&world, Step::Fold)?;
        small(&world)?;
        prop_assert!(world.watermarks.read >= before.read);
        prop_assert_eq!((world.watermarks.seen, world.watermarks.deleted), (before.seen, before.deleted));
        let folded = (world.marks.clone(), world.watermarks);
        world.fold();
        prop_assert_eq!((world.marks, world.watermarks), folded);
    }
}
