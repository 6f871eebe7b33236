//! What functions do with the platform's events, over real parts: the store, the router and the official clients.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod deliver;
mod fanout;
mod logs;
mod pushes;
mod rest;
mod secret;
mod sockets;
mod stream;
mod support;
mod topic;
