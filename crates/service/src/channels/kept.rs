//! Which copies of channels a process keeps: those that were asked for last, up to a number and a weight.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use inbox::position::Feed;

use super::View;

/// Most copies that are kept, whatever they weigh: an empty one weighs something, too, and whoever asks may name ten topics.
const COPIES: usize = 1_024;

/// The copies of channels that this process was asked for last.
#[derive(Default)]
pub(crate) struct Channels(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    copies: HashMap<Feed, Used>,
    uses: u64,
}

struct Used {
    copy: Arc<Copy>,
    bytes: usize,
    /// Its last use among all uses.
    at: u64,
}

/// A channel's copy, if it was read already. Who still works on one that was let go of keeps it to themselves.
#[derive(Default)]
pub(super) struct Copy {
    view: Mutex<Option<Arc<View>>>,
    changes: AtomicU64,
    pub(super) refreshing: tokio::sync::Mutex<()>,
}

impl Copy {
    pub(super) fn view(&self) -> MutexGuard<'_, Option<Arc<View>>> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn held(&self) -> Option<Arc<View>> {
        self.view().clone()
    }

    /// How often this process changed the channel: a read that another number ends with may be older than a change.
    pub(super) fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    pub(super) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }
}

impl Channels {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The copy of a channel that is asked for.
    pub(super) fn copy(&self, feed: &Feed) -> Arc<Copy> {
        let mut kept = self.kept();
        kept.uses += 1;
        let at = kept.uses;
        let used = kept.copies.entry(feed.clone()).or_insert_with(|| Used { copy: Arc::default(), bytes: 0, at });
        used.at = at;
        let copy = Arc::clone(&used.copy);
        kept.shrink(usize::MAX);
        copy
    }

    /// The copy of a channel, if it is kept: no use of it.
    pub(super) fn known(&self, feed: &Feed) -> Option<Arc<Copy>> {
        self.kept().copies.get(feed).map(|used| Arc::clone(&used.copy))
    }

    /// A copy weighs so many bytes now; the oldest are let go of until all together weigh no more than `most`, or it alone is left.
    pub(super) fn weighs(&self, feed: &Feed, bytes: usize, most: usize) {
        let mut kept = self.kept();
        kept.uses += 1;
        let at = kept.uses;
        if let Some(used) = kept.copies.get_mut(feed) {
            (used.bytes, used.at) = (bytes, at);
        }
        kept.shrink(most);
    }
}

impl Kept {
    fn shrink(&mut self, most: usize) {
        let mut bytes: usize = self.copies.values().map(|used| used.bytes).sum();
        while self.copies.len() > COPIES || (bytes > most && self.copies.len() > 1) {
            let Some(oldest) = self.copies.iter().min_by_key(|(_, used)| used.at).map(|(feed, _)| feed.clone()) else { return };
            bytes -= self.copies.remove(&oldest).map_or(0, |used| used.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use inbox::id::{Channel, Topic};

    use super::*;

    fn feed(number: usize) -> Feed {
        Feed::channel(None, Channel::Topic(Topic::parse(&format!("t{number}")).unwrap()))
    }

    fn kept(channels: &Channels) -> Vec<usize> {
        (0..2 * COPIES).filter(|number| channels.known(&feed(*number)).is_some()).collect()
    }

    #[test]
    fn as_many_copies_are_kept_as_may_and_those_that_are_used_stay() {
        let channels = Channels::default();
        let first = channels.copy(&feed(0));
        for number in 1..COPIES + 10 {
            channels.copy(&feed(number));
            assert!(Arc::ptr_eq(&channels.copy(&feed(0)), &first));
        }
        let stay = std::iter::once(0).chain(11..COPIES + 10).collect::<Vec<_>>();
        assert_eq!(kept(&channels), stay);
    }

    #[test]
    fn what_was_not_used_for_the_longest_time_goes_when_they_weigh_too_much() {
        let channels = Channels::default();
        for number in 0..5 {
            channels.copy(&feed(number));
            channels.weighs(&feed(number), 10, 50);
        }
        channels.copy(&feed(0));
        channels.weighs(&feed(4), 25, 50);
        assert_eq!(kept(&channels), [0, 3, 4]);
        channels.weighs(&feed(3), 60, 50);
        assert_eq!(kept(&channels), [3], "one alone stays, however heavy");
        channels.weighs(&feed(7), 60, 50);
        assert_eq!(kept(&channels), [3], "what was let go of weighs nothing");
    }
}
