//! What truly has two implementations: time, chance, and where publications go.

use futures::future::BoxFuture;
use inbox::moment::Moment;
use inbox::publication::Publication;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// Chance.
pub trait Entropy: Send + Sync {
    /// 64 bits of it.
    fn u64(&self) -> u64;
    /// Fills `bytes` with it.
    fn fill(&self, bytes: &mut [u8]);
}

/// Takes publications to `deliver`: a topic and a queue on AWS, a channel in one process.
pub trait Publish: Send + Sync {
    /// Hands them over, all or none; `Ok` once they will not be lost.
    fn publish(&self, publications: Vec<Publication>) -> BoxFuture<'_, Result<(), PublishError>>;
}

/// Why publications were not taken; they may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// More waits already than may wait.
    #[error("too many events are waiting")]
    Busy,
    /// They could not be stored.
    #[error("the events could not be handed over")]
    Failed,
}
