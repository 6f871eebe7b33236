//! Lambda on loopback: a stand-in for its Runtime API, and functions as processes that know no better.
//!
//! Speaks what "Using the Lambda runtime API for custom runtimes" (AWS Lambda developer guide, 2026) asks of a runtime: the next
//! invocation, a response at once or streamed, an error of an invocation and of the start. A streamed response begins with a JSON
//! prelude and eight NUL bytes, as API Gateway's integration wants it.

mod answer;
mod api;
mod function;

pub use answer::{Chunk, End, Failure, Invocation, Streamed};
pub use api::RuntimeApi;
pub use function::{Function, Launch};

#[cfg(test)]
mod tests;
