//! The whole system as its users meet it, over addresses alone: one set of scenarios, run against `belfry serve` and against the
//! stack of `template.yaml`, deployed to an emulator of AWS by the tools that deploy it to an account.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod built;
mod client;
mod deployment;
mod local;
mod scenarios;
mod second_engine;
mod stack;
mod wait;
