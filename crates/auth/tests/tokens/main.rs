//! Tokens, good and bad, as a caller of this crate sees them.

mod cached;
mod support;
mod vectors;
