//! The program as a process: started, asked, killed and started again, over real sockets, with a job's real client.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod cli;
mod durable;
mod greeting;
mod jobs;
mod logs;
mod page;
mod slow;
mod sockets;
mod start;
mod stop;
mod stream;
mod support;
mod texts;
