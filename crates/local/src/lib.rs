//! Belfry in one process: the topic, its queue, the store and the server, without an account anywhere.

pub mod bus;
pub mod dead_letters;
pub mod dev_secret;
pub mod intake;
pub mod jwks_fetch;
pub mod out;
pub mod ports;
pub mod random;
pub mod settings;
pub mod sns_api;
pub mod system;
