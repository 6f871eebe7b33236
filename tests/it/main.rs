//! The whole REST and SSE surface over the real use cases and the embedded engine, from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
mod every_endpoint;
mod inherited;
mod isolation;
mod lists;
mod repeats;
mod sse;
mod support;
mod text;
