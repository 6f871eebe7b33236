//! The functions as processes, under a Runtime API and over a cloud on loopback, in real time: what a test in one process cannot see.
//!
//! They are those of this build. `BELFRY_FUNCTIONS` names a folder of packaged ones instead: `target/lambda`, as `cargo lambda build`
//! fills it, or what `sam build` made for `tests/deployed`, which `cargo xtask test` runs them on too.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod api;
mod by_hand;
mod deliver;
mod events;
mod fanout;
mod logs;
mod roles;
#[expect(dead_code, reason = "the tests of the template ask for more")]
#[path = "../it/template/stack.rs"]
mod stack;
mod start;
mod stream;
mod support;
mod websocket;
