//! `cargo xtask test`: everything that passes or fails the project. The cheap steps stand first.

use crate::out;
use crate::step::{cargo, now, seconds, step};
use crate::{clients, deny, tidy, tools};

/// One cargo call: its name, its arguments, its environment, and what to do when it fails.
struct Call {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    advice: &'static str,
}

const FORMAT: Call =
    Call { name: "format", arguments: &["fmt", "--all", "--check"], environment: &[], advice: "`cargo fmt --all` puts it right." };
const LINTS: Call = Call {
    name: "lints",
    arguments: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    environment: &[],
    advice: "Mend what clippy names; where it is wrong, `#[expect(lint, reason = \"…\")]` says why.",
};
const TESTS: Call = Call {
    name: "tests",
    arguments: &["test", "--workspace", "--locked"],
    environment: &[],
    advice: "`cargo test -p CRATE NAME` runs one alone. A changed golden is a changed contract: `cargo xtask golden` accepts it.",
};
/// Those of a moment ago ran the functions of a debug build. These run the very programs that were just deployed.
const PACKAGED: Call = Call {
    name: "packaged functions",
    arguments: &["test", "--workspace", "--locked", "--test", "runtime"],
    environment: &[("BELFRY_FUNCTIONS", "target/deployed/.aws-sam/build")],
    advice: "`BELFRY_FUNCTIONS=target/deployed/.aws-sam/build cargo test -p tests --test runtime NAME` runs one alone, on what the tests before it packaged.",
};
const DOCS: Call = Call {
    name: "documentation",
    arguments: &["doc", "--no-deps", "--workspace", "--locked"],
    environment: &[("RUSTDOCFLAGS", "-D warnings")],
    advice: "Mend the comment that rustdoc names.",
};

/// Runs all steps, and stops at the first that fails.
///
/// # Errors
/// What failed, and what to do.
pub(crate) fn run() -> Result<(), String> {
    let begun = now();
    call(&FORMAT)?;
    tidy_alone()?;
    deny::check()?;
    call(&LINTS)?;
    tools::install()?;
    clients::check()?;
    call(&TESTS)?;
    call(&PACKAGED)?;
    clients::in_the_browser()?;
    call(&DOCS)?;
    out::line(&format!("\nAll good after {}.", seconds(begun.elapsed())));
    Ok(())
}

fn call(call: &Call) -> Result<(), String> {
    step(call.name, call.advice, || cargo(call.arguments, call.environment))
}

/// The house rules.
///
/// # Errors
/// Every finding, a line each.
pub(crate) fn tidy_alone() -> Result<(), String> {
    step("tidy", "Each line names a file and a rule of ARCHITECTURE.md, \"House rules\".", || {
        let findings = tidy::findings()?;
        if findings.is_empty() { Ok(()) } else { Err(format!("{} findings\n  {}", findings.len(), findings.join("\n  "))) }
    })
}
