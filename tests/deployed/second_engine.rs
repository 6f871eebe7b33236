//! The store's suite and the use cases once more, on an engine that has nothing in common with the embedded one.
//!
//! Their own programs run, as built for this run of the tests, with every store of theirs on the emulator's DynamoDB. What they show on
//! both is a property of the code and not a quirk of one engine. Exceptions, all of them:
//!
//! 1. Tests that put the engine in trouble, look at it between two steps, or have it sweep: only the embedded one does so on demand.
//!    They say so themselves, by [`EMBEDDED_ALONE`], which is said where the engine is asked for and nowhere else. They are as many as
//!    stands here, so that one more is noticed: whoever adds it finds a way without the engine, or counts it.
//! 2. Tests that need a read to cost by its size, in [`EXCEPTIONS`]: the emulator's queries cost the same whatever they read.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use testkit::second_engine::VARIABLE;
use testkit::store::EMBEDDED_ALONE;

use crate::built::test_program;
use crate::stack::Emulator;

/// Tests that the other engine cannot pass, each with its reason.
const EXCEPTIONS: [(&str, &str); 2] = [
    ("copies::copies_that_weigh_too_much_together_are_let_go_of_and_read_anew", COSTS),
    ("portions::a_poll_and_a_resume_bring_a_portion_and_say_that_there_is_more", COSTS),
];
const COSTS: &str = "a query costs the same there, whatever it reads";

#[tokio::test]
async fn the_store_s_suite_passes_on_a_second_engine() {
    check("table", 15, 6).await;
}

#[tokio::test]
async fn the_use_cases_pass_on_a_second_engine() {
    check("testkit", 100, 58).await;
}

/// Runs the tests of a package, of which at least so many must pass, and just so many say that the embedded engine alone can do this.
async fn check(package: &str, least: usize, alone: usize) {
    let emulator = Emulator::start().await;
    let mut program = Command::new(test_program(package));
    program.env(VARIABLE, emulator.address()).env("RUST_BACKTRACE", "0").args(["--test-threads", "4", "--format", "pretty"]);
    program.current_dir(crate::built::root().join("crates").join(package));
    let output = tokio::task::spawn_blocking(move || program.output()).await.unwrap().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let passed = told.lines().filter(|line| line.starts_with("test ") && line.ends_with(" ... ok")).count();
    let failed = told.lines().filter_map(|line| line.strip_prefix("test ")?.strip_suffix(" ... FAILED"));
    let reports = reports(&told);
    let says_so = |name: &&str| reports.get(name).is_some_and(|report| report.contains(EMBEDDED_ALONE));
    let (excused, failed): (BTreeSet<&str>, BTreeSet<&str>) = failed.partition(says_so);
    let wrong: BTreeSet<&str> = failed.into_iter().filter(|name| !EXCEPTIONS.iter().any(|(known, _)| known == name)).collect();
    let reports: Vec<&str> = wrong.iter().filter_map(|name| reports.get(name).copied()).collect();
    assert!(wrong.is_empty(), "of {package}: {wrong:#?}\n{}", reports.join("\n"));
    assert_eq!(excused.len(), alone, "of {package}, so many need the embedded engine: {excused:#?}");
    assert!(passed >= least, "only {passed} tests of {package} ran on it\n{told}");
}

/// What each failed test printed.
fn reports(told: &str) -> BTreeMap<&str, &str> {
    let parts = told.split("\n---- ").skip(1);
    parts.filter_map(|part| part.split_once(" stdout ----")).collect()
}
