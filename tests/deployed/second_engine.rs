//! The store's suite and the use cases once more, on an engine that has nothing in common with the embedded one.
//!
//! Their own programs run, as built for this run of the tests, with every store of theirs on the emulator's DynamoDB, and the faults before
//! it. What they show on both is a property of the code and not a quirk of one engine. Where items are to be seen one by one, or late,
//! embedded copies are read that follow the emulator: it would show neither. Exceptions, all of them, are in [`EXCEPTIONS`].

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use testkit::second_engine::VARIABLE;

use crate::built::test_program;
use crate::stack::Emulator;

/// Tests of the use cases that the other engine cannot pass, each with its reason. One that passes stands here no more: that these fail also
/// shows that it is the other engine which is asked.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "copies::copies_that_weigh_too_much_together_are_let_go_of_and_read_anew",
    "it tells by its cost what a query reads, and queries cost the same there, whatever they read",
)];

#[tokio::test]
async fn the_store_s_suite_passes_on_a_second_engine() {
    check("table", 21, &[]).await;
}

#[tokio::test]
async fn the_use_cases_pass_on_a_second_engine() {
    check("testkit", 170, &EXCEPTIONS).await;
}

/// Runs the tests of a package, of which at least so many must pass, and all but the exceptions.
async fn check(package: &str, least: usize, exceptions: &[(&str, &str)]) {
    let emulator = Emulator::start().await;
    let mut program = Command::new(test_program(package));
    program.env(VARIABLE, emulator.address()).env("RUST_BACKTRACE", "0").args(["--test-threads", "4", "--format", "pretty"]);
    program.current_dir(crate::built::root().join("crates").join(package));
    let output = tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let passed = told.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ... ok")).count();
    let failed = told.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    let reports = reports(&told);
    let (known, wrong): (BTreeSet<&str>, BTreeSet<&str>) = failed.partition(|name| exceptions.iter().any(|(known, _)| known == name));
    let reports: Vec<&str> = wrong.iter().filter_map(|name| reports.get(name).copied()).collect();
    assert!(wrong.is_empty(), "of {package}: {wrong:#?}\n{}", reports.join("\n"));
    assert_eq!(known, exceptions.iter().map(|(name, _)| *name).collect(), "these fail no more, or are gone");
    assert!(passed >= least, "only {passed} tests of {package} ran on it\n{told}");
}

/// What each failed test printed.
fn reports(told: &str) -> BTreeMap<&str, &str> {
    let parts = told.split("\n---- ").skip(1);
    parts.filter_map(|part| part.split_once(" stdout ----")).collect()
}
