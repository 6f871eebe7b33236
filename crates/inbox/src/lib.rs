//! The domain: what a notification, a task, a feed and a place in it are, and what may become of them.
//!
//! Values and decisions only. Knows nobody: no I/O, no async, no clock, no randomness, no JSON, no AWS.
//! A value that exists is valid: everything is parsed once, where it comes in.
//!
//! ```
//! use inbox::id::UserId;
//! assert!(UserId::parse("anna").is_ok());
//! assert!(UserId::parse("").is_err());
//! ```

pub mod audience;
pub mod backoff;
pub mod event;
pub mod id;
pub mod job;
pub mod journal;
pub mod limits;
pub mod marks;
pub mod moment;
pub mod notification;
pub mod page;
pub mod position;
pub mod preferences;
pub mod publication;
pub mod stream;
pub mod task;
