//! The `belfry` program.

use std::process::ExitCode;

use clap::Parser as _;
use local::cli::{self, Cli};
use local::out;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(Cli::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            out::note(&format!("belfry: {error}"));
            ExitCode::FAILURE
        }
    }
}
