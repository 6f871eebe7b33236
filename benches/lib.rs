//! What the benchmarks share: use cases on a file-backed engine, a server in a process of its own, and lines with a unit.
//!
//! Figures are printed, never judged: machines are noisy, so compare two runs on one machine only.

pub mod packages;
pub mod process;
pub mod store;

use std::time::{Duration, Instant};

/// Prints one figure with its unit.
#[expect(clippy::print_stdout, reason = "printing figures is what a benchmark is for")]
pub fn figure(name: &str, value: f64, unit: &str) {
    println!("{name:<52} {value:>12.2} {unit}");
}

/// The time that something takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = run();
    (done, begun.elapsed())
}

/// The time that something asynchronous takes.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
pub async fn timed_async<T>(run: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let done = run.await;
    (done, begun.elapsed())
}

/// Microseconds, one of `times` alike.
pub fn micros(span: Duration, times: u32) -> f64 {
    span.as_secs_f64() * 1e6 / f64::from(times)
}
