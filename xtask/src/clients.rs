//! The React client's own checks: Node runs them, cargo only calls.
//!
//! Packages are installed as `package-lock.json` has them, and again when it changes; nothing is skipped because a program is missing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::chromium;
use crate::out;
use crate::step::{root, step};

/// The package, and the other React that its hooks and components are tested with.
const FOLDER: &str = "clients/react";
const OTHER_REACT: &str = "clients/react/test/react-18";
/// An application in Next.js, in which the built package is tried.
const NEXT_APPLICATION: &str = "clients/react/frameworks/next";
/// The oldest that all the tools run on.
const NODE_MAJOR_MIN: u32 = 20;
const NEEDS_NODE: &str = "The tests of clients/react need Node 20 or later with npm, and a way to its packages (`npm view swr version` shows it). \
                          On Debian: `apt-get install nodejs npm`, where that is new enough; elsewhere nodejs.org.";

/// A script of `package.json` or a program of its packages: its name, the words after `npm`, and what to do when it fails.
struct Script {
    name: &'static str,
    words: &'static [&'static str],
    advice: &'static str,
}

const WIRE: Script = Script {
    name: "clients: wire",
    words: &["run", "--silent", "generate", "--", "--check"],
    advice: "`npm run generate` in clients/react writes the types of the wire anew from crates/contract/golden/openapi.json.",
};
const TYPES: Script = Script {
    name: "clients: types",
    words: &["run", "--silent", "types"],
    advice: "Mend what the compiler names: `npm run types` in clients/react.",
};
const UNIT: Script = Script {
    name: "clients: unit tests",
    words: &["run", "--silent", "test"],
    advice: "`npx vitest run --project unit test/PART` in clients/react runs some alone.",
};
const REACT_18: Script = Script {
    name: "clients: hooks and components on React 18",
    words: &["exec", "--", "vitest", "run", "--project", "react18"],
    advice: "`npx vitest run --project react18` in clients/react.",
};
const BUILD: Script = Script {
    name: "clients: build",
    words: &["run", "--silent", "build"],
    advice: "`npm run build` in clients/react builds the package alone.",
};
const SIZE: Script = Script {
    name: "clients: size",
    words: &["run", "--silent", "size"],
    advice: "A page's first load must stay below 12 kB gzipped, and all of it below its ceiling: do it in fewer words, or later (`src/core/line.ts`).",
};
const EXAMPLE: Script = Script {
    name: "clients: example",
    words: &["run", "--silent", "example"],
    advice: "`npm run example` in clients/react builds it alone.",
};
const DASHBOARD: Script = Script {
    name: "clients: dashboard",
    words: &["run", "--silent", "dashboard:check"],
    advice: "`npm run dashboard` in clients/react builds the page anew into crates/local/src/dashboard: commit it with its source.",
};
const BROWSER: Script = Script {
    name: "clients: browser tests",
    words: &["run", "--silent", "browser"],
    advice: "`npx vitest run --project browser browser/FILE` in clients/react runs some alone, against target/debug/belfry.",
};
const NEXT: Script = Script {
    name: "clients: Next.js",
    words: &["exec", "--", "vitest", "run", "--project", "next"],
    advice: "`npx vitest run --project next` in clients/react, against target/debug/belfry and the package as it was built last.",
};

/// Everything that needs neither a server nor a browser.
///
/// # Errors
/// What failed, and what to do.
pub(crate) fn check() -> Result<(), String> {
    step("clients: packages", NEEDS_NODE, || {
        node()?;
        install(FOLDER)?;
        install(OTHER_REACT)?;
        install(NEXT_APPLICATION)
    })?;
    [WIRE, TYPES, UNIT, REACT_18, BUILD, SIZE, EXAMPLE, DASHBOARD].iter().try_for_each(|script| run(script, &[]))
}

/// A real Chromium against the real program, which `cargo test` has built.
///
/// # Errors
/// What failed, and what to do.
pub(crate) fn in_the_browser() -> Result<(), String> {
    let mut browser = PathBuf::new();
    step("clients: browser", chromium::NEEDED, || {
        browser = chromium::find_or_install()?;
        out::line(&format!("it is {}", browser.display()));
        Ok(())
    })?;
    let program = root().join("target/debug").join(format!("belfry{}", std::env::consts::EXE_SUFFIX));
    [BROWSER, NEXT].iter().try_for_each(|script| run(script, &[("BELFRY_BIN", &program), ("BELFRY_CHROMIUM", &browser)]))
}

/// Whether the Node at hand is new enough, and npm is there.
fn node() -> Result<(), String> {
    let said = version_of("node")?;
    let major = said.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE_MAJOR_MIN) {
        return Err(format!("node is {said}"));
    }
    version_of("npm").map(|_| ())
}

fn version_of(program: &str) -> Result<String, String> {
    let output = Command::new(program).arg("--version").output().map_err(|error| format!("{program} cannot be started: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// `npm ci`, unless what is installed came from this very lock file.
fn install(folder: &str) -> Result<(), String> {
    let folder = root().join(folder);
    let lock = folder.join("package-lock.json");
    let wanted = fs::read_to_string(&lock).map_err(|error| format!("{}: {error}", lock.display()))?;
    let stamp = folder.join("node_modules/.belfry-lock");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        out::line(&format!("{}: there already", folder.display()));
        return Ok(());
    }
    out::line(&format!("{}: installing", folder.display()));
    npm(&folder, &["ci", "--loglevel=error", "--no-audit", "--no-fund"], &[])?;
    // Last, so that what was broken off is made anew.
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))
}

fn run(script: &Script, environment: &[(&str, &Path)]) -> Result<(), String> {
    step(script.name, script.advice, || npm(&root().join(FOLDER), script.words, environment))
}

fn npm(folder: &Path, words: &[&str], environment: &[(&str, &Path)]) -> Result<(), String> {
    let mut command = Command::new("npm");
    command.args(words).envs(environment.iter().copied()).current_dir(folder);
    let status = command.status().map_err(|error| format!("npm cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`npm {}` ended with {status}", words.join(" "))) }
}
