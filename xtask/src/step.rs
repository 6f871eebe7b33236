//! One step of a chore: what runs, how long it took, and what to do when it fails.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::out;

/// The workspace's folder.
pub(crate) fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map_or_else(|| xtask.clone(), PathBuf::from)
}

/// Runs something under its name, and tells how long it took. `advice` says what to do when it fails.
///
/// # Errors
/// The step's name and the advice.
pub(crate) fn step(name: &str, advice: &str, run: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    out::line(&format!("\n== {name}"));
    let begun = now();
    let done = run();
    let took = seconds(begun.elapsed());
    match done {
        Ok(()) => {
            out::line(&format!("== {name}: good after {took}"));
            Ok(())
        }
        Err(why) => Err(format!("{name} failed after {took}: {why}\n{advice}")),
    }
}

/// Runs cargo with these arguments, its output going where ours goes.
///
/// # Errors
/// How it ended, when not well.
pub(crate) fn cargo(arguments: &[&str], environment: &[(&str, &str)]) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command.args(arguments).envs(environment.iter().copied()).current_dir(root());
    let status = command.status().map_err(|error| format!("cargo cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` ended with {status}", arguments.join(" "))) }
}

/// What cargo prints on standard output.
///
/// # Errors
/// What it says, when it fails.
pub(crate) fn cargo_output(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("cargo").args(arguments).current_dir(root()).output();
    let output = output.map_err(|error| format!("cargo cannot be started: {error}"))?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| format!("`cargo {}`: {error}", arguments.join(" ")))
    } else {
        Err(format!("`cargo {}`: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }
}

#[expect(clippy::disallowed_methods, reason = "a stopwatch of this program's own; nothing depends on what it says")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// As a person says it.
pub(crate) fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}
