//! What a generator counts, read by the metrics.

use std::sync::atomic::{AtomicU64, Ordering};

use super::WorkerId;

/// One generator at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyStatistics {
    /// The worker whose ids it makes.
    pub worker: WorkerId,
    /// Its epoch, in ms since 1970 UTC.
    pub epoch_ms: u64,
    /// Keys issued.
    pub generated: u64,
    /// Times a caller was told to wait.
    pub waits: u64,
    /// Times the fuse opened.
    pub fuse_openings: u64,
    /// Why generated keys are refused now, for the operator; `None` while the fuse is closed.
    pub open_fuse: Option<String>,
    /// The latest millisecond of an id, in ms since 1970 UTC; of an earlier run if this one has issued none.
    pub used_ms: u64,
    /// No id is of a later millisecond until the disk has been told; `None` where no mark is kept.
    pub reserved_ms: Option<u64>,
    /// Times the worker's mark was forced to the disk.
    pub mark_writes: u64,
    /// Times that failed.
    pub mark_failures: u64,
}

impl KeyStatistics {
    /// Whether generated keys are refused now.
    #[must_use]
    pub fn is_fuse_open(&self) -> bool {
        self.open_fuse.is_some()
    }
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
