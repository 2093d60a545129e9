//! What a pool tells of itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A pool at one moment; totals count from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolStatus {
    /// Connections resting, lent or being made.
    pub open: usize,
    /// Connections resting.
    pub idle: usize,
    /// Requests waiting for a connection.
    pub waiting: usize,
    /// Whether the circuit is closed.
    pub is_available: bool,
    /// Connections lent.
    pub acquired_total: u64,
    /// Requests that had to wait.
    pub waited_total: u64,
    /// Time that requests waited, in microseconds.
    pub wait_us_total: u64,
    /// Requests that gave up at their deadline.
    pub wait_timeouts_total: u64,
    /// Requests refused because the line was full.
    pub queue_full_total: u64,
    /// Connections made.
    pub opened_total: u64,
    /// Connects that failed.
    pub connect_failures_total: u64,
    /// Connections closed because they were broken, dirty or dropped in use.
    pub discarded_total: u64,
}

impl PoolStatus {
    /// Connections lent or being made.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.open.saturating_sub(self.idle)
    }
}

/// The totals, counted without a lock.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) acquired: AtomicU64,
    waited: AtomicU64,
    wait_us: AtomicU64,
    pub(super) wait_timeouts: AtomicU64,
    pub(super) queue_full: AtomicU64,
    pub(super) opened: AtomicU64,
    pub(super) connect_failures: AtomicU64,
    pub(super) discarded: AtomicU64,
}

impl Counts {
    pub(super) fn note_wait(&self, waited: Duration) {
        self.waited.fetch_add(1, Ordering::Relaxed);
        self.wait_us.fetch_add(
            u64::try_from(waited.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
    }

    pub(super) fn status(
        &self,
        open: usize,
        idle: usize,
        waiting: usize,
        is_available: bool,
    ) -> PoolStatus {
        let total = |count: &AtomicU64| count.load(Ordering::Relaxed);
        PoolStatus {
            open,
            idle,
            waiting,
            is_available,
            acquired_total: total(&self.acquired),
            waited_total: total(&self.waited),
            wait_us_total: total(&self.wait_us),
            wait_timeouts_total: total(&self.wait_timeouts),
            queue_full_total: total(&self.queue_full),
            opened_total: total(&self.opened),
            connect_failures_total: total(&self.connect_failures),
            discarded_total: total(&self.discarded),
        }
    }
}
