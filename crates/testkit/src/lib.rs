//! A world for tests: an engine in memory, time that stands still until it is waited for, chance from a seed, any number of
//! processes over one table, and clients that follow an inbox as the contract tells them to. And, for programs that run as processes,
//! [`site`], [`lambda`] and [`cloud`]: what stands in for the platform, on loopback and in real time.

pub mod chance;
pub mod client;
pub mod clock;
pub mod cloud;
pub mod lambda;
mod loopback;
pub mod model;
pub mod publication;
pub mod second_engine;
pub mod site;
pub mod socket_client;
pub mod sockets;
pub mod store;
pub mod texts;
mod thread_log;
pub mod units;
pub mod world;

pub use chance::Chance;
pub use client::{Client, Way};
pub use clock::StoppedClock;
pub use model::Model;
pub use publication::{Draft, broadcast, notify, task, withdraw_id, withdraw_key};
pub use socket_client::SocketClient;
pub use sockets::{Fate, PushFaults, Sockets};
pub use store::Store;
pub use thread_log::log_to;
pub use world::{World, reader};
