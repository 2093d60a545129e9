//! What a generator counts, read by the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one generator at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyStatistics {
    /// Keys issued.
    pub generated: u64,
    /// Times a caller was told to wait.
    pub waits: u64,
    /// Times the fuse opened.
    pub fuse_openings: u64,
    /// Whether generated keys are refused now.
    pub is_fuse_open: bool,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    generated: AtomicU64,
    waits: AtomicU64,
}

impl Counters {
    pub(super) fn count_generated(&self, keys: u64) {
        self.generated.fetch_add(keys, Ordering::Relaxed);
    }

    pub(super) fn count_wait(&self) {
        self.waits.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn generated(&self) -> u64 {
        self.generated.load(Ordering::Relaxed)
    }

    pub(super) fn waits(&self) -> u64 {
        self.waits.load(Ordering::Relaxed)
    }
}
