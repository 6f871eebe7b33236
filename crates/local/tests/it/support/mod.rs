//! A server of a test's own: its folder, its process, and whoever talks to it.

mod home;
mod http;
mod listener;
mod server;
mod sns;
mod socket;
mod watch;

use std::time::Duration;

pub(crate) use home::Home;
pub(crate) use listener::Listener;
pub(crate) use server::Server;
pub(crate) use sns::{TOPIC, code, entry, number, text};
pub(crate) use socket::{Socket, titles};
pub(crate) use watch::Watch;

/// Far longer than anything here takes; only what hangs reaches it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
