//! The engine under a test: a new embedded one, unless the environment names another.

use engine::Engine;

use crate::second_engine;

/// What a test is told that needs the embedded engine's faults or sweep, and runs on another.
pub const EMBEDDED_ALONE: &str = "only the embedded engine has faults and sweeps on demand";

/// An empty database.
#[derive(Debug)]
pub struct Store {
    engine: Engine,
    client: aws_sdk_dynamodb::Client,
    embedded: bool,
}

impl Store {
    /// One that nobody else uses.
    ///
    /// # Panics
    /// Where the engine cannot be set up.
    #[expect(clippy::unwrap_used, reason = "without an engine there is no test")]
    #[expect(clippy::new_without_default, reason = "it is a new database each time, and no value")]
    pub fn new() -> Self {
        let engine = Engine::in_memory().unwrap();
        let other = second_engine::client();
        let embedded = other.is_none();
        Self { client: other.unwrap_or_else(|| engine.client()), engine, embedded }
    }

    /// A client of it.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        self.client.clone()
    }

    /// The embedded engine.
    ///
    /// # Panics
    /// With [`EMBEDDED_ALONE`] where it is another one.
    pub fn engine(&self) -> &Engine {
        assert!(self.embedded, "{EMBEDDED_ALONE}");
        &self.engine
    }
}
