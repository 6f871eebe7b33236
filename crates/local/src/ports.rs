//! The clock and the chance of this process.

use inbox::moment::Moment;

/// What time it is.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Moment;
}

/// Chance.
pub trait Entropy: Send + Sync {
    /// 64 bits of it.
    fn u64(&self) -> u64;
    /// Fills `bytes` with it.
    fn fill(&self, bytes: &mut [u8]);
}
