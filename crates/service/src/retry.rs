//! Trying again after a lost race: with full jitter, never at once, never for ever.

use std::time::Duration;

use inbox::backoff::Backoff;

use crate::Service;

/// How often a commit is decided anew. With the waits below some 8 s for the unluckiest.
pub(crate) const ATTEMPTS: u32 = 16;

const BACKOFF: Backoff = Backoff { base: Duration::from_millis(5), cap: Duration::from_secs(1) };

impl Service {
    pub(crate) async fn wait(&self, attempt: u32) {
        tokio::time::sleep(BACKOFF.wait(attempt, self.inner.entropy.u64())).await;
    }
}
