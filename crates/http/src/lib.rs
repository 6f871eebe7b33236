//! REST over HTTP: extracts, calls the use case, replies. Knows where it runs as little as the use cases do.

pub mod app;
pub mod authenticator;
mod body;
pub mod caller;
mod cors;
mod credential;
mod etag;
pub mod failure;
mod layers;
mod once;
pub mod origin;
mod slash;
