//! What a batch left undone: the table asks for a pause without saying so in an error, and so the SDK does not wait.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use inbox::backoff::Backoff;

use crate::Error;

/// How often a batch's rest is asked for again. With the waits below some 3 s for the unluckiest.
const TRIES: u32 = 8;
/// DynamoDB's documentation asks for exponential backoff here (BatchGetItem, API reference, 2026).
const BACKOFF: Backoff = Backoff { base: Duration::from_millis(25), cap: Duration::from_secs(1) };

/// Waits before try `attempt` (0 for the first repetition) of what a batch left undone.
///
/// # Errors
/// [`Error::Throttled`] where it was tried often enough.
pub(crate) async fn pause(attempt: u32) -> Result<(), Error> {
    if attempt >= TRIES {
        return Err(Error::Throttled("a batch was left undone again and again".into()));
    }
    // As with the SDK's own waits, this chance only keeps processes apart: nothing that is stored depends on it.
    tokio::time::sleep(BACKOFF.wait(attempt, RandomState::new().hash_one(attempt))).await;
    Ok(())
}
