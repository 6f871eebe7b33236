//! The table over the embedded engine: what is stored, what is found, and what it costs.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attributes;
mod common;
mod connections;
mod stream_slots;
mod trouble;
