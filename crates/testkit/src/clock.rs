//! A clock that follows tokio's: where that is paused, time passes only while somebody waits.

use inbox::moment::Moment;
use service::Clock;

/// When every world begins: 2026-03-01T12:00:00Z.
pub const BEGIN: Moment = Moment::from_seconds(1_772_366_400);

/// Begins at [`BEGIN`] and goes on with tokio's time.
#[derive(Clone, Copy, Debug)]
pub struct StoppedClock {
    origin: tokio::time::Instant,
}

impl StoppedClock {
    /// A clock that shows [`BEGIN`] now.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the clock that is injected; it follows tokio's paused time")]
        let origin = tokio::time::Instant::now();
        Self { origin }
    }
}

impl Clock for StoppedClock {
    fn now(&self) -> Moment {
        BEGIN.plus(self.origin.elapsed())
    }
}
