//! Opens when the clock moved back too far; generated keys are refused while it is open.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The clock fuse of one generator.
#[derive(Debug, Default)]
pub(super) struct Fuse {
    is_open: AtomicBool,
    openings: AtomicU64,
    /// An operator let ids go on from the mark, ahead of the clock.
    runs_ahead: AtomicBool,
}

impl Fuse {
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Relaxed)
    }

    pub(super) fn openings(&self) -> u64 {
        self.openings.load(Ordering::Relaxed)
    }

    pub(super) fn runs_ahead(&self) -> bool {
        self.runs_ahead.load(Ordering::Relaxed)
    }

    pub(super) fn open(&self) {
        if !self.is_open.swap(true, Ordering::Relaxed) {
            self.openings.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The clock is past the mark again.
    pub(super) fn close(&self) {
        if self.is_open() || self.runs_ahead() {
            self.is_open.store(false, Ordering::Relaxed);
            self.runs_ahead.store(false, Ordering::Relaxed);
        }
    }

    /// An operator's decision: ids stay increasing by running ahead of the clock.
    pub(super) fn run_ahead(&self) {
        self.runs_ahead.store(true, Ordering::Relaxed);
        self.is_open.store(false, Ordering::Relaxed);
    }
}
