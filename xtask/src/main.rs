//! The project's own chores, as code: `cargo xtask help` lists them.
//!
//! `test` is what decides whether a change may land; CI calls it and nothing else.

mod chores;
mod chromium;
mod ci;
mod clients;
mod cost;
mod deny;
mod out;
mod step;
mod tidy;
mod tools;

use std::process::ExitCode;

/// What can be asked, with what it does.
const COMMANDS: [(&str, &str); 11] = [
    ("test", "everything that passes or fails the project, in CI's order"),
    ("ci", "the same"),
    ("tidy", "the house rules alone: arrows, invariants, links, names"),
    ("deny", "licences, sources and doubled versions of what is built, by deny.toml"),
    ("clients", "the checks of clients/react that need no browser"),
    ("browser", "the tests of clients/react in a real Chromium, against the program as it is"),
    ("golden", "accept changes of the wire: rewrites crates/contract/golden"),
    ("tools", "install what the checks and the tests of the deployed system need, under target/tools"),
    ("size", "build the release and tell how large the program is"),
    ("cost", "what a month on AWS costs: --users 10000 --hours 8 --events 20 --transport socket"),
    ("help", "this list"),
];

fn main() -> ExitCode {
    let asked: Vec<String> = std::env::args().skip(1).collect();
    let done = match asked.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test" | "ci"] => ci::run(),
        ["tidy"] => ci::tidy_alone(),
        ["deny"] => deny::check(),
        ["clients"] => clients::check(),
        ["browser"] => chores::browser(),
        ["golden"] => chores::accept_goldens(),
        ["tools"] => tools::install(),
        ["size"] => chores::size(),
        ["cost", options @ ..] => cost::run(options),
        [] | ["help" | "--help" | "-h"] => {
            help();
            Ok(())
        }
        other => Err(format!("there is no `cargo xtask {}`; `cargo xtask help` lists what there is", other.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(what) => {
            out::note(&format!("\n{what}"));
            ExitCode::FAILURE
        }
    }
}

fn help() {
    for (name, does) in COMMANDS {
        out::line(&format!("cargo xtask {name:<7} {does}"));
    }
}
