//! The engine under a test: a new embedded one, unless the environment names another.

use engine::Engine;

use crate::second_engine;

/// An empty database.
#[derive(Debug)]
pub struct Store(Engine);

impl Store {
    /// One that nobody else uses.
    ///
    /// # Panics
    /// Where the engine cannot be set up.
    #[expect(clippy::unwrap_used, reason = "without an engine there is no test")]
    #[expect(clippy::new_without_default, reason = "it is a new database each time, and no value")]
    pub fn new() -> Self {
        Self(second_engine::engine().unwrap_or_else(|| Engine::in_memory().unwrap()))
    }

    /// A client of it.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        self.0.client()
    }

    /// The engine, for its faults and its sweep.
    pub fn engine(&self) -> &Engine {
        &self.0
    }
}
