//! The server as a process: killed, stopped, cut and fed rubbish, with real sockets and the real SNS client.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod durable;
mod jobs;
mod server;
mod streams;
