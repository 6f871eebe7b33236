//! The chores that change or measure something.

use crate::clients;
use crate::out;
use crate::step::{cargo, root, step};

/// Rewrites the goldens from what the code writes now, then tells what the change means.
///
/// # Errors
/// The test fails for another reason.
pub(crate) fn accept_goldens() -> Result<(), String> {
    step("golden", "The goldens are written, but another test of the contract fails.", || {
        cargo(&["test", "-p", "contract", "--locked"], &[("BELFRY_GOLDEN", "accept")])
    })?;
    out::line("`git diff crates/contract/golden` is the change of the contract: say why in the commit.");
    Ok(())
}

/// Builds the release, and tells how large the program is (stripped: the profile does it).
///
/// # Errors
/// It does not build, or its file cannot be read.
pub(crate) fn size() -> Result<(), String> {
    step("release build", "Mend the build.", || cargo(&["build", "--release", "-p", "local", "--bin", "belfry", "--locked"], &[]))?;
    let path = root().join("target/release/belfry");
    let bytes = std::fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
    out::line(&format!("belfry has {} bytes ({} KiB)", bytes, bytes / 1024));
    Ok(())
}

/// Builds the program, and tries the React client and the dashboard on it in a browser.
///
/// # Errors
/// It does not build, or a test fails.
pub(crate) fn browser() -> Result<(), String> {
    step("build", "Mend the build.", || cargo(&["build", "-p", "local", "--bin", "belfry", "--locked"], &[]))?;
    clients::in_the_browser()
}
