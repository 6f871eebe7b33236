//! Programs of this workspace, as `cargo test --workspace` has built them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The program `belfry`.
pub(crate) fn belfry() -> PathBuf {
    find("belfry", false)
}

/// A test program of this package.
pub(crate) fn test_program(package: &str) -> PathBuf {
    find(&format!("{package}/it"), true)
}

/// Asks cargo where it stands. Builds what is missing or old: nothing, where the whole workspace is under test.
fn find(name: &str, test: bool) -> PathBuf {
    static BUILT: OnceLock<BTreeMap<(String, bool), PathBuf>> = OnceLock::new();
    let built = BUILT.get_or_init(build);
    built.get(&(name.to_owned(), test)).unwrap_or_else(|| panic!("cargo built no {name}: {built:?}")).clone()
}

fn build() -> BTreeMap<(String, bool), PathBuf> {
    // The same words as in `cargo xtask test`: other features would build everything once more.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--workspace", "--locked", "--no-run", "--message-format", "json-render-diagnostics"]).current_dir(root());
    let output = cargo.stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "`{cargo:?}` ended with {}", output.status);
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().filter_map(|line| program(&serde_json::from_str(line).ok()?)).collect()
}

fn program(artifact: &Value) -> Option<((String, bool), PathBuf)> {
    let (path, test) = (artifact["executable"].as_str()?, artifact["profile"]["test"].as_bool()?);
    let name = artifact["target"]["name"].as_str()?;
    if !test {
        return Some(((name.to_owned(), false), path.into()));
    }
    let package = Path::new(artifact["manifest_path"].as_str()?).parent()?.file_name()?.to_str()?;
    Some(((format!("{package}/{name}"), true), path.into()))
}
