//! Belfry on AWS: the cloud's side of each port, and what each function does with its events.
//!
//! A function's main reads its environment ([`config`]), makes its [`parts`] and runs a handler: [`rest`], [`websocket`], [`sqs`] or [`fanout`].
//! Knows no engine, and nothing of how the use cases do their work.
//!
//! ```
//! use aws::config::{Stream, Vars};
//!
//! let vars: Vars = [("BELFRY_TABLE", "belfry"), ("BELFRY_HEARTBEAT_S", "0")].map(|(name, value)| (name.into(), value.into())).into_iter().collect();
//! let problems = Stream::read(&vars).unwrap_err().to_string();
//! assert!(problems.starts_with("2 settings need attention: BELFRY_JWKS_URL or BELFRY_JWT_SECRET_ARN"));
//! ```

mod batch;
pub mod clients;
pub mod config;
pub mod dead_letters;
pub mod encode;
pub mod fanout;
pub mod jobs;
pub mod jwks;
pub mod parts;
pub mod push;
pub mod rest;
pub mod run;
pub mod secret;
pub mod sns;
pub mod sqs;
pub mod system;
pub mod telemetry;
pub mod websocket;
