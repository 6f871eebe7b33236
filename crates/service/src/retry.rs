//! Trying again after a lost race: with full jitter, never at once, never for ever.

use std::time::Duration;

use inbox::backoff::Backoff;

use crate::chain::Chain;
use crate::{Error, Service};

/// How often a commit is decided anew. With the waits below some 8 s for the unluckiest.
pub(crate) const ATTEMPTS: u32 = 16;

const BACKOFF: Backoff = Backoff { base: Duration::from_millis(5), cap: Duration::from_secs(1) };

/// Why the table could not be used when a commit was last tried: said once, by whoever gives up.
#[derive(Default)]
pub(crate) struct LastFailure(Option<table::Source>);

impl LastFailure {
    pub(crate) fn is(&mut self, source: table::Source) {
        self.0 = Some(source);
    }

    /// What the caller is told after the last try.
    pub(crate) fn give_up(self) -> Error {
        if let Some(source) = self.0 {
            tracing::warn!(error = %Chain(&*source), tries = ATTEMPTS, "a commit is given up");
        } else {
            tracing::warn!(tries = ATTEMPTS, "a commit is given up: others were first, or the table asked for a pause");
        }
        Error::busy()
    }
}

impl Service {
    pub(crate) async fn wait(&self, attempt: u32) {
        tokio::time::sleep(BACKOFF.wait(attempt, self.inner.entropy.u64())).await;
    }
}
