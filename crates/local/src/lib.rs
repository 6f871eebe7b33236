//! Belfry in one process: the topic, its queue, the store and the server, without an account anywhere.

pub mod bus;
pub mod dead_letters;
pub mod intake;
pub mod ports;
pub mod random;
pub mod sns_api;
pub mod system;
