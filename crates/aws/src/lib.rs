//! Belfry on AWS: the cloud's side of each port, and what each function does with its events.
//!
//! A function's main reads its environment ([`config`]), makes its parts (`parts`) and runs a handler. Knows nothing of an engine and
//! nothing of how the use cases do their work.

pub mod clients;
pub mod config;
pub mod jwks;
pub mod rest;
pub mod system;
pub mod telemetry;
