//! Batches as SNS and SQS take them: ten entries at most, their bytes limited together, each entry taken or refused by itself.

use std::time::Duration;

use inbox::backoff::Backoff;
use service::{Entropy, PublishError};

/// Entries of one batch (SNS `PublishBatch` and SQS `SendMessageBatch`, API references, 2026).
pub(crate) const ENTRIES: usize = 10;
/// Bytes of one batch (the same): 256 KiB, of which a little is kept back.
pub(crate) const BYTES: usize = 255 * 1_024;
/// How often what was refused is offered.
const ATTEMPTS: u32 = 5;
/// With five offers and four waits between them, 1.5 s for the unluckiest.
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2) };

/// An entry that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) id: usize,
    /// It is wrong: offering it again would change nothing.
    pub(crate) for_good: bool,
}

/// Cuts entries into batches, in order.
pub(crate) fn cut<T>(entries: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let mut batches: Vec<Vec<T>> = Vec::with_capacity(entries.len().div_ceil(ENTRIES));
    let mut held = 0;
    for entry in entries {
        let more = bytes(&entry);
        if let Some(batch) = batches.last_mut().filter(|batch| batch.len() < ENTRIES && held + more <= BYTES) {
            batch.push(entry);
            held += more;
        } else {
            batches.push(vec![entry]);
            held = more;
        }
    }
    batches
}

/// Offers a batch until all of it is taken. Ids are places in the batch.
pub(crate) async fn send<T: Clone, F>(
    batch: Vec<T>,
    entropy: &dyn Entropy,
    offer: impl Fn(Vec<(usize, T)>) -> F,
) -> Result<(), PublishError>
where
    F: Future<Output = Result<Vec<Refused>, PublishError>>,
{
    let mut left: Vec<(usize, T)> = batch.into_iter().enumerate().collect();
    for attempt in 0..ATTEMPTS {
        // Where nobody answered, the client has tried already.
        let refused = offer(left.clone()).await?;
        if refused.iter().any(|one| one.for_good) {
            return Err(PublishError::Failed);
        }
        left.retain(|(id, _)| refused.iter().any(|one| one.id == *id));
        if left.is_empty() {
            return Ok(());
        }
        if attempt + 1 == ATTEMPTS {
            break;
        }
        tokio::time::sleep(BACKOFF.wait(attempt, entropy.u64())).await;
    }
    Err(PublishError::Busy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;
    use testkit::Chance;

    /// Case 57: never eleven, and never more bytes than a batch may have.
    #[test]
    fn batches_keep_to_both_limits() {
        let cut = |sizes: Vec<usize>| cut(sizes, |size| *size).iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(cut(vec![1; 21]), [10, 10, 1]);
        assert_eq!(cut(vec![64 * 1_024; 7]), [3, 3, 1]);
        assert_eq!(cut(vec![300 * 1_024, 1]), [1, 1]);
        assert_eq!(cut(Vec::new()), [0_usize; 0]);
    }

    /// Case 57: only what was refused is offered again.
    #[tokio::test(start_paused = true)]
    async fn a_partial_failure_is_offered_again() {
        let offers = Mutex::new(Vec::new());
        let offer = |entries: Vec<(usize, &'static str)>| {
            let first = offers.lock().unwrap().is_empty();
            offers.lock().unwrap().push(entries.iter().map(|(_, text)| *text).collect::<Vec<_>>());
            async move { Ok(if first { vec![Refused { id: 1, for_good: false }] } else { Vec::new() }) }
        };
        assert_eq!(send(vec!["a", "b", "c"], &Chance::new(1), offer).await, Ok(()));
        assert_eq!(*offers.lock().unwrap(), [vec!["a", "b", "c"], vec!["b"]]);
    }

    #[tokio::test(start_paused = true)]
    async fn offering_ends() {
        let refuse = |for_good| move |_: Vec<(usize, u8)>| async move { Ok(vec![Refused { id: 0, for_good }]) };
        assert_eq!(send(vec![0], &Chance::new(1), refuse(false)).await, Err(PublishError::Busy));
        assert_eq!(send(vec![0], &Chance::new(1), refuse(true)).await, Err(PublishError::Failed));
    }

    struct Fixed;

    impl Entropy for Fixed {
        fn u64(&self) -> u64 {
            50_000
        }
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    /// Five offers with four waits of 50 ms between them, and none after the last.
    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_after_the_last_offer() {
        let refuse = async |_: Vec<(usize, u8)>| Ok(vec![Refused { id: 0, for_good: false }]);
        let offered = tokio::time::timeout(Duration::from_millis(225), send(vec![0], &Fixed, refuse)).await;
        assert_eq!(offered, Ok(Err(PublishError::Busy)));
    }
}
