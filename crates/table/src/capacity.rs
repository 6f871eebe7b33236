//! Units used: costs are part of the contract, so they are counted where they arise.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::{ConsumedCapacity, ItemCollectionMetrics};

/// Read and write units, as DynamoDB bills them.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Units {
    /// Read request units.
    pub read: f64,
    /// Write request units.
    pub write: f64,
}

/// A running sum of what was used, in hundredths of a unit.
#[derive(Debug, Default)]
pub struct Meter {
    read: AtomicU64,
    write: AtomicU64,
    commits: AtomicU64,
    conflicts: AtomicU64,
    largest_gb: AtomicU64,
}

impl Meter {
    /// What was used so far.
    pub fn used(&self) -> Units {
        Units { read: hundredths(self.read.load(Ordering::Relaxed)), write: hundredths(self.write.load(Ordering::Relaxed)) }
    }

    /// How many transactions were tried so far.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// How many transactions another writer beat since this was last asked.
    pub fn take_conflicts(&self) -> u64 {
        self.conflicts.swap(0, Ordering::Relaxed)
    }

    /// How many whole gigabytes the largest partition holds, with its copies in local indexes, of those that were written to since this
    /// was last asked. `DynamoDB` keeps ten at most, and tells how many there are with each write alone: no metric of its own has it.
    pub fn take_largest_gb(&self) -> u64 {
        self.largest_gb.swap(0, Ordering::Relaxed)
    }

    pub(crate) fn conflict(&self) {
        self.conflicts.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn commit(&self) {
        self.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn collections<'a>(&self, told: impl IntoIterator<Item = &'a ItemCollectionMetrics>) {
        let largest = told.into_iter().filter_map(|one| one.size_estimate_range_gb().first()).copied().fold(0.0, f64::max);
        self.largest_gb.fetch_max(whole(largest), Ordering::Relaxed);
    }

    pub(crate) fn read<'a>(&self, used: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.read.fetch_add(total(used), Ordering::Relaxed);
    }

    pub(crate) fn write<'a>(&self, used: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.write.fetch_add(total(used), Ordering::Relaxed);
    }
}

impl std::ops::Sub for Units {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { read: self.read - other.read, write: self.write - other.write }
    }
}

#[expect(clippy::cast_precision_loss, reason = "units stay far below 2^52 hundredths")]
fn hundredths(count: u64) -> f64 {
    count as f64 / 100.0
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is ten at most, and positive")]
fn whole(gigabytes: f64) -> u64 {
    gigabytes.floor() as u64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "units are small and positive")]
fn total<'a>(used: impl IntoIterator<Item = &'a ConsumedCapacity>) -> u64 {
    used.into_iter().map(|one| (one.capacity_units().unwrap_or(0.0) * 100.0).round() as u64).sum()
}
