//! The real clock and the real chance, which only a main owns.

pub use aws::system::{SystemClock, SystemEntropy};
