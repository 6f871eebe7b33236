//! The engine through the official client: what is real, and each fault.

mod common;
mod faults;
mod real;
mod visibility;
