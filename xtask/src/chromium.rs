//! A Chromium for the tests in a browser: the machine's own, or installed where that is ours to do.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::out;

/// Says where it is, and is looked at first.
const NAMED_BY: &str = "BELFRY_CHROMIUM";
/// Its names on the path, the likeliest first.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Where macOS keeps it.
const APPLICATIONS: [&str; 2] =
    ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/// What to do where there is none.
pub(crate) const NEEDED: &str = "The tests in a browser need Chromium or Chrome. On Debian: `apt-get install chromium`; elsewhere, install it, or \
                                 name one that is there in BELFRY_CHROMIUM.";

/// The browser's program. Where there is none and this is root's own machine with apt, it is installed.
///
/// # Errors
/// There is none, and it cannot be installed.
pub(crate) fn find_or_install() -> Result<PathBuf, String> {
    if let Some(found) = find()? {
        return Ok(found);
    }
    if !may_install() {
        return Err(format!("none of {} is on the path", NAMES.join(", ")));
    }
    out::line("there is none; installing the package chromium");
    apt_get(&["update", "-qq"])?;
    apt_get(&["install", "-y", "-qq", "--no-install-recommends", "chromium"])?;
    find()?.ok_or_else(|| "the package chromium was installed, but brought no program of that name".to_owned())
}

fn find() -> Result<Option<PathBuf>, String> {
    if let Some(named) = setting(NAMED_BY) {
        let named = PathBuf::from(named);
        return if named.is_file() { Ok(Some(named)) } else { Err(format!("{NAMED_BY} is {}, which is not there", named.display())) };
    }
    let folders: Vec<PathBuf> = setting("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    let on_path = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    Ok(on_path.chain(APPLICATIONS.iter().map(PathBuf::from)).find(|path| path.is_file()))
}

fn setting(name: &str) -> Option<std::ffi::OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// Root alone installs packages, and only where apt does it.
fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    root && Path::new("/usr/bin/apt-get").is_file()
}

fn apt_get(words: &[&str]) -> Result<(), String> {
    let status = Command::new("apt-get").args(words).env("DEBIAN_FRONTEND", "noninteractive").status();
    let status = status.map_err(|error| format!("apt-get cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`apt-get {}` ended with {status}", words.join(" "))) }
}
