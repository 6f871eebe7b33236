//! What the linters find; it is little, but it is for nothing.

use std::process::Command;

use super::stack::tool;

#[track_caller]
fn clean(command: &mut Command) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", said.join("\n"));
}

#[test]
fn cfn_lint_finds_nothing() {
    clean(tool("cfn-lint").args(["template.yaml", "infra/alarms.yaml", "infra/dashboard.yaml"]));
}

#[test]
fn sam_validate_finds_nothing() {
    // It asks for credentials and uses none.
    clean(tool("sam").args(["validate", "--lint"]).env("AWS_ACCESS_KEY_ID", "none").env("AWS_SECRET_ACCESS_KEY", "none"));
}
