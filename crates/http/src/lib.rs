//! REST over HTTP: extracts, calls the use case, replies. Knows where it runs as little as the use cases do.

pub mod authenticator;
mod credential;
pub mod origin;
mod slash;
