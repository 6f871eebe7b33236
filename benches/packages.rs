//! Where the functions stand.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the workspace.
///
/// # Panics
/// Never.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace")
}

/// How to find the binary of a function: in the folder that `BELFRY_FUNCTIONS` names, else these are built for release first.
///
/// # Panics
/// They cannot be built.
pub fn find(names: &[&str]) -> impl Fn(&str) -> PathBuf + use<> {
    let packaged = std::env::var_os("BELFRY_FUNCTIONS").map(|folder| root().join(folder));
    if packaged.is_none() {
        let mut cargo = Command::new(env!("CARGO"));
        // In their folder they have a profile of their own.
        cargo.args(["build", "--release"]).args(names.iter().flat_map(|name| ["-p", name])).current_dir(root().join("functions"));
        assert!(cargo.status().expect("cargo").success(), "the functions cannot be built");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    move |name| packaged.as_ref().map_or_else(|| target.join("release").join(name), |folder| folder.join(name).join("bootstrap"))
}
