//! The real clock and the real chance: what a main owns, and nobody else.

use std::time::{SystemTime, UNIX_EPOCH};

use inbox::moment::Moment;
use rand::RngCore as _;
use service::{Clock, Entropy};

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock that is injected")]
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Moment::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The thread's generator, seeded by the operating system: good enough for secrets.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the chance that is injected")]
    fn u64(&self) -> u64 {
        rand::rng().next_u64()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the chance that is injected")]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
