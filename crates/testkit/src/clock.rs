//! A clock that follows tokio's: where that is paused, time passes only while somebody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use inbox::moment::Moment;
use service::Clock;

/// When every world begins: 2026-03-01T12:00:00Z.
pub const BEGIN: Moment = Moment::from_seconds(1_772_366_400);

/// How often the clock may be looked at while it stands still. The busiest test needs a tenth of it; who looks more often goes round in
/// a circle without waiting, and under paused time that would be for ever.
const LOOKS_MAX: u64 = 100_000;

/// Begins at [`BEGIN`] and goes on with tokio's time.
#[derive(Clone, Debug)]
pub struct StoppedClock {
    origin: tokio::time::Instant,
    seed: u64,
    looks: Arc<Looks>,
}

/// How often somebody looked since time last moved.
#[derive(Debug, Default)]
struct Looks {
    at: AtomicI64,
    count: AtomicU64,
}

impl StoppedClock {
    /// A clock that shows [`BEGIN`] now. The seed is told where a test does not end.
    pub fn start(seed: u64) -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that is injected; it follows tokio's paused time")]
        let origin = tokio::time::Instant::now();
        Self { origin, seed, looks: Arc::default() }
    }
}

impl Clock for StoppedClock {
    /// # Panics
    /// Where time stands still although everybody is busy: the test would never end.
    fn now(&self) -> Moment {
        let now = BEGIN.plus(self.origin.elapsed());
        if self.looks.at.swap(now.millis(), Ordering::Relaxed) != now.millis() {
            self.looks.count.store(0, Ordering::Relaxed);
        }
        let looks = self.looks.count.fetch_add(1, Ordering::Relaxed);
        assert!(looks < LOOKS_MAX, "seed {}: {looks} looks at the clock, and it does not move: somebody never waits", self.seed);
        now
    }
}
