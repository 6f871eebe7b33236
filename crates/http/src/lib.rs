//! REST over HTTP: extracts, calls the use case, replies. Knows where it runs as little as the use cases do.
//!
//! [`router::router`] makes one service of an [`app::App`]. Bodies, queries and problems are the `contract`'s; what they
//! bring about is the `service`'s. Here is what lies between: credentials, headers, status codes.
//!
//! ```
//! use belfry_http::origin::Origin;
//!
//! assert_eq!(Origin::parse("HTTPS://App.Example:443").unwrap().as_str(), "https://app.example");
//! assert!(Origin::parse("*").is_err());
//! ```

pub mod app;
pub mod authenticator;
mod body;
mod broadcasts;
pub mod caller;
mod cors;
mod credential;
mod etag;
pub mod failure;
mod layers;
mod meta;
mod notifications;
mod once;
pub mod origin;
mod poll;
mod preferences;
pub mod router;
mod slash;
mod stream;
mod tasks;
mod tickets;
