//! Opens when the clock moved back too far; generated keys are refused while it is open.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{KeyError, WorkerId};

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

    /// Logged once an opening, however many are refused by it.
    pub(super) fn open(&self, worker: WorkerId, why: &KeyError) {
        if !self.is_open.swap(true, Ordering::Relaxed) {
            self.openings.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%worker, %why, "the key fuse is open: INSERTs that need a generated key are refused");
        }
    }

    /// The clock is past the mark again.
    pub(super) fn close(&self, worker: WorkerId) {
        if self.is_open() || self.runs_ahead() {
            let was_open = self.is_open.swap(false, Ordering::Relaxed);
            let ran_ahead = self.runs_ahead.swap(false, Ordering::Relaxed);
            if was_open || ran_ahead {
                tracing::info!(%worker, "the key fuse is closed: the clock is past the mark");
            }
        }
    }

    /// An operator's decision: ids stay increasing by running ahead of the clock.
    pub(super) fn run_ahead(&self, worker: WorkerId) {
        self.runs_ahead.store(true, Ordering::Relaxed);
        self.is_open.store(false, Ordering::Relaxed);
        tracing::warn!(%worker, "the key fuse is closed by an operator: ids go on from the mark, ahead of the clock");
    }
}
