//! Removing in chunks what "delete all" hid. Nobody sees a difference; storage is freed before its expiry would.

use inbox::id::Slot;
use inbox::limits;
use inbox::moment::Moment;
use inbox::position::{Feed, Seq};
use table::Freshness;

use crate::{Error, Service};

/// Documents removed at a time, between which others get their turn.
const CHUNK: u32 = 100;

impl Service {
    /// Has a feed swept some time later: by a queue of jobs where there is one, else by this process.
    pub(crate) fn to_sweep(&self, feed: &Feed) {
        if self.note_sweep(feed) {
            return;
        }
        // The receiver lives as long as the service does; without a sweeper the queue of names stays small.
        if self.inner.swept.send((feed.clone(), self.now())).is_err() {
            tracing::debug!("nobody sweeps");
        }
    }

    /// Removes what was hidden in one feed.
    ///
    /// # Errors
    /// [`Error::Busy`], [`Error::Internal`]; what was removed stays removed, and TTL takes the rest.
    pub async fn sweep(&self, feed: &Feed) -> Result<u32, Error> {
        Ok(self.sweep_until(feed, None).await?.0)
    }

    /// The same, as far as there is time; the second value tells whether all of it is removed.
    pub(crate) async fn sweep_until(&self, feed: &Feed, until: Option<Moment>) -> Result<(u32, bool), Error> {
        let state = self.inner.table.state(feed, Freshness::Consistent).await?;
        let mut removed = 0;
        let mut from = Slot { born: Seq::ZERO, place: 0 };
        while from.born <= state.own.deleted {
            if until.is_some_and(|until| self.now() >= until) {
                return Ok((removed, false));
            }
            let hidden = self.inner.table.hidden(feed, from, state.own.deleted, CHUNK).await?;
            let Some(last) = hidden.last() else { break };
            // Never from the start again: a read that is behind would find what was just removed.
            from = Slot { place: last.place + 1, ..*last };
            self.inner.table.remove(feed, &hidden).await?;
            removed += u32::try_from(hidden.len()).unwrap_or(u32::MAX);
            tokio::task::yield_now().await;
        }
        Ok((removed, true))
    }

    /// Sweeps what is asked for, one feed after another, until the service is dropped. One task of a process runs this.
    pub async fn run_sweeper(&self) {
        let receiver = self.inner.to_sweep.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        let Some(mut receiver) = receiver else { return };
        while let Some((feed, at)) = receiver.recv().await {
            // Whoever looked just before "delete all" still counts on what it hid.
            tokio::time::sleep(at.plus(limits::SETTLE_AGE).since(self.now())).await;
            match self.sweep(&feed).await {
                Ok(removed) => tracing::debug!(removed, "swept"),
                Err(error) => tracing::warn!(error = %crate::chain::Chain(&error), "a sweep stopped; expiry takes the rest"),
            }
        }
    }
}
