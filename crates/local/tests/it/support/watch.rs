//! What takes far too long is ended, so that a test fails instead of waiting for ever.

use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};

use super::PATIENCE;

/// Watches over one process until dropped.
pub(crate) struct Watch(#[expect(dead_code, reason = "dropping it is what it is for")] Sender<()>);

impl Watch {
    pub(crate) fn over(process: u32) -> Self {
        let (release, released) = channel();
        std::thread::spawn(move || {
            if released.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let _ = Command::new("kill").args(["-KILL", &process.to_string()]).status();
            }
        });
        Self(release)
    }
}
