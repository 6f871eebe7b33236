//! Waiting for what comes in its own time: another process, a queue.

use std::time::Duration;

/// Far longer than anything here takes; only what hangs reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks again until there is something to see.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        let mut pauses = tokio::time::interval(PAUSE);
        loop {
            pauses.tick().await;
            if let Some(seen) = look().await {
                return seen;
            }
        }
    };
    in_time(what, looking).await
}

/// Fails instead of waiting for ever.
pub(crate) async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}
