//! Where the functions stand.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// All functions.
pub(crate) const FUNCTIONS: [&str; 5] = ["api", "stream", "websocket", "deliver", "fanout"];

/// The folder of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The program of this function: a packaged one where the environment names a folder of them, else that of this build.
pub(crate) fn function(name: &str) -> PathBuf {
    std::env::var_os("BELFRY_FUNCTIONS").map_or_else(|| built().join(name), |folder| packaged(&root().join(folder), name))
}

/// `cargo lambda build` calls them by their names, `sam build` by their resources in the template.
fn packaged(folder: &Path, name: &str) -> PathBuf {
    let resource = format!("{}{}Function", name[..1].to_uppercase(), &name[1..]);
    let mut programs = [name, &resource].into_iter().map(|called| folder.join(called).join("bootstrap"));
    programs.find(|program| program.is_file()).unwrap_or_else(|| panic!("no packaged {name} in {}", folder.display()))
}

/// Has cargo build what is missing or old: nothing, where the whole workspace is under test.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // All that `cargo test --workspace` builds, and the programs of packages without tests: other features would build everything once more.
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--workspace", "--bins", "--tests", "--locked", "--message-format", "json-render-diagnostics"]);
        cargo.current_dir(root());
        let output = cargo.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "`{cargo:?}` ended with {}", output.status);
        let lines = String::from_utf8(output.stdout).unwrap();
        let mut paths = lines.lines().filter_map(|line| {
            let artifact: serde_json::Value = serde_json::from_str(line).ok()?;
            let program = artifact["profile"]["test"] == false && FUNCTIONS.contains(&artifact["target"]["name"].as_str()?);
            let path = artifact["executable"].as_str().filter(|_| program)?;
            Some(Path::new(path).parent()?.to_owned())
        });
        paths.next().expect("cargo built no function")
    })
}
