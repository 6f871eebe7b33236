//! What can go wrong with the engine itself. What `DynamoDB` would answer with an error reaches the caller through the SDK instead.

use std::path::PathBuf;

use dynoxide::DynoxideError;

/// The engine could not be opened, or failed beneath a call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The path is not UTF-8.
    #[error("the path {} is not UTF-8", path.display())]
    Path {
        /// As it was given.
        path: PathBuf,
    },
    /// The file cannot be opened, or holds something else.
    #[error("the database {} cannot be opened", path.display())]
    Open {
        /// As it was given, or `:memory:`.
        path: PathBuf,
        /// The engine's own account.
        #[source]
        source: DynoxideError,
    },
    /// The database failed in the middle of the work.
    #[error("the embedded engine failed")]
    Engine(#[from] DynoxideError),
}
