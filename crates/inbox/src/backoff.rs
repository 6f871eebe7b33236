//! Full jitter: how long to wait before trying again.

use std::time::Duration;

/// A growing wait: between nothing and `base`·2^attempt, at most `cap`.
/// Source of the method: "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("full jitter").
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The longest first wait.
    pub base: Duration,
    /// The longest wait of all.
    pub cap: Duration,
}

impl Backoff {
    /// The wait before try `attempt` (0 for the first repetition), from 64 bits of chance.
    pub fn wait(self, attempt: u32, chance: u64) -> Duration {
        let ceiling = self.base.saturating_mul(2_u32.saturating_pow(attempt)).min(self.cap);
        let micros = u64::try_from(ceiling.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(chance % micros.saturating_add(1))
    }
}

#[cfg(test)]
mod tests;
