//! What ARCHITECTURE.md promises by number, a test holds: `**I3**` there, `fn i3_…` somewhere, and both ways.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

const PROMISED: &str = "ARCHITECTURE.md";

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let promised = promised(tree.text(PROMISED));
    let held = held(tree);
    let bare = promised.iter().filter(|number| !held.contains_key(number));
    let bare = bare.map(|number| format!("{PROMISED}: I{number} has no test whose name begins with i{number}_"));
    let unknown = held.iter().filter(|(number, _)| !promised.contains(number));
    bare.chain(unknown.map(|(number, path)| format!("{path}: a test i{number}_… holds what {PROMISED} does not promise"))).collect()
}

/// The numbers that stand as `**I3**`.
fn promised(text: &str) -> BTreeSet<u32> {
    text.split("**I").skip(1).filter_map(|rest| rest.split("**").next()?.parse().ok()).collect()
}

/// The numbers of tests, each with a file that has one.
fn held(tree: &Tree) -> BTreeMap<u32, &str> {
    let numbers = |text: &str| tests(text).collect::<Vec<_>>();
    tree.ending(".rs").flat_map(|(path, text)| numbers(text).into_iter().map(move |number| (number, path))).collect()
}

/// The numbers of a file's functions `i3_…` that have a test attribute above them.
fn tests(text: &str) -> impl Iterator<Item = u32> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let found: Vec<u32> = lines.iter().enumerate().filter(|(at, _)| is_test(&lines[..*at])).filter_map(|(_, line)| number(line)).collect();
    found.into_iter()
}

fn number(line: &str) -> Option<u32> {
    let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn i")?;
    name.split_once('_')?.0.parse().ok()
}

fn is_test(above: &[&str]) -> bool {
    let attributes = above.iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let mut names = attributes.filter_map(|line| line.split(['(', ']']).next());
    names.any(|name| name.ends_with("test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn promises_and_tests_are_matched_both_ways() {
        let promise = ("ARCHITECTURE.md", "**I1** An event is stored.\n**I2** No number burns.");
        let one = ("tests/it/a.rs", "#[tokio::test(start_paused = true)]\nasync fn i1_stored() {}\nfn i2_helper() {}");
        let three = ("tests/it/b.rs", "  #[test]\n  /// Why.\n  fn i3_more() {}");
        let findings = check(&Tree::of(&[promise, one, three]));
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].contains("I2") && findings[1].contains("i3_"), "{findings:?}");
    }
}
