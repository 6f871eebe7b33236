//! The use cases over the table and the embedded engine: whatever a reader, a job or a stream may see.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::large_futures, reason = "one future at a time")]

mod apply;
mod cases;
mod common;
mod copies;
mod costs;
mod costs_of_all;
mod counts;
mod crossing;
mod expired_journal;
mod fanout;
mod folded;
mod held;
mod hub;
mod jobs;
mod late;
mod lists;
mod log;
mod overtaken;
mod partitions;
mod portions;
mod posts;
mod requests;
mod schedules;
mod smoke;
mod sockets;
mod sockets_costs;
mod sockets_resume;
mod sockets_schedules;
mod sockets_trouble;
mod strangers;
mod trouble;
mod writers;
