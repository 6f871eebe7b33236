//! Chance from a seed (`SplitMix64`): the same seed, the same draws.

use std::sync::atomic::{AtomicU64, Ordering};

use service::Entropy;

/// A source of chance that repeats itself.
#[derive(Debug)]
pub struct Chance(AtomicU64);

impl Chance {
    /// Chance from this seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// A number below `end`, which must not be 0.
    pub fn below(&self, end: u64) -> u64 {
        self.u64() % end
    }

    /// True so many times in a hundred.
    pub fn percent(&self, hundredths: u64) -> bool {
        self.below(100) < hundredths
    }

    /// One of these; `None` of nothing.
    pub fn pick<'a, T>(&self, some: &'a [T]) -> Option<&'a T> {
        let end = u64::try_from(some.len()).ok().filter(|end| *end > 0)?;
        some.get(usize::try_from(self.below(end)).ok()?)
    }
}

impl Entropy for Chance {
    fn u64(&self) -> u64 {
        let state = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.u64().to_be_bytes()[..chunk.len()]);
        }
    }
}
