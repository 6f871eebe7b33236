//! The ports that this process fills in itself.

pub use service::ports::{Clock, Entropy};
