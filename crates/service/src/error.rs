//! What a use case answers where it cannot do what was asked.

use std::time::Duration;

use crate::chain::Chain;

/// What the caller can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing for this caller.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// It was understood and is refused.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Not now; the same request may go through later.
    #[error("busy")]
    Busy {
        /// How long to wait.
        retry_after: Duration,
    },
    /// It is broken.
    #[error("internal error")]
    Internal(#[source] table::Source),
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A page's cursor is of another inbox, or of another life of it.
    #[error("the cursor is not of this list")]
    BadCursor,
    /// `upTo` names a position that cannot be honoured.
    #[error("the position is not of this inbox")]
    ForeignPosition,
    /// "Seen" is only said of all.
    #[error("only all can be marked seen")]
    SeenIsForAll,
    /// The idempotency key was used for another request.
    #[error("the key was used for another request")]
    IdempotencyMismatch,
    /// The first request with this key is still at work.
    #[error("the first request with this key is still running")]
    IdempotencyRunning,
}

/// How long a client waits after "busy".
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Error {
    pub(crate) const fn busy() -> Self {
        Self::Busy { retry_after: RETRY_AFTER }
    }
}

impl From<table::Error> for Error {
    fn from(error: table::Error) -> Self {
        match error {
            table::Error::Conflict | table::Error::Throttled(_) | table::Error::Hole => Self::busy(),
            table::Error::Corrupt(_) | table::Error::Invalid(_) => Self::Internal(Box::new(error)),
            table::Error::Engine(source) => {
                tracing::warn!(error = %Chain(&*source), "the table could not be used");
                Self::busy()
            }
        }
    }
}
