//! The whole REST and SSE surface over the real use cases and the embedded engine, from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod auth;
mod broadcasts;
mod cors;
mod etag;
mod every_endpoint;
mod idempotency;
mod inherited;
mod isolation;
mod notifications;
mod paging;
mod poll;
mod preferences;
mod resume;
mod sse;
mod support;
mod tasks;
mod template;
mod text;
mod tickets;
mod trouble;
