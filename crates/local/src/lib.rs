//! Belfry in one process: the topic, its queue, the store and the server, without an account anywhere.

pub mod bus;
pub mod cli;
pub mod compose;
pub mod dead_letters;
pub mod demo;
pub mod dev_secret;
pub mod http1;
pub mod intake;
pub mod jobs;
pub mod out;
pub mod page;
pub mod ports;
mod pushing;
pub mod random;
pub mod server;
pub mod settings;
pub mod signin;
pub mod sigv4;
pub mod sns_api;
pub mod sockets;
pub mod system;
