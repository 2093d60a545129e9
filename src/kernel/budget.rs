//! Memory that prepared statements of all sessions share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::metrics::Metrics;

/// Bytes in use by all sessions together.
#[derive(Debug)]
pub(super) struct Budget {
    used: AtomicUsize,
    metrics: Arc<Metrics>,
}

/// A part of the budget, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lease {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    /// Nothing is in use; what is will be told to `metrics`.
    pub(super) fn new(metrics: &Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            metrics: Arc::clone(metrics),
        })
    }

    /// Takes `bytes`; `None` if more than `most` would be in use then.
    pub(super) fn take(self: &Arc<Self>, bytes: usize, most: usize) -> Option<Lease> {
        self.add(bytes, most).then(|| Lease {
            budget: Arc::clone(self),
            bytes,
        })
    }

    /// Bytes in use.
    #[cfg(test)]
    pub(super) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize, most: usize) -> bool {
        let more = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= most);
        let added = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok();
        if added {
            let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
            self.metrics.prepared_bytes.inc_by(bytes);
        }
        added
    }
}

impl Lease {
    /// Another part of the same budget.
    pub(super) fn beside(&self, bytes: usize, most: usize) -> Option<Self> {
        self.budget.take(bytes, most)
    }

    /// Takes `bytes` more; false if more than `most` would be in use then.
    pub(super) fn grow(&mut self, bytes: usize, most: usize) -> bool {
        let is_granted = self.budget.add(bytes, most);
        if is_granted {
            self.bytes += bytes;
        }
        is_granted
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        self.budget.metrics.prepared_bytes.dec_by(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back_and_no_more_than_allowed_is_given() {
        let budget = Budget::new(&Arc::new(Metrics::new()));
        let mut lease = budget.take(60, 100).unwrap();
        assert!(budget.take(41, 100).is_none());
        assert!(lease.grow(40, 100) && !lease.grow(1, 100));
        assert!(budget.take(usize::MAX, usize::MAX).is_none());
        assert_eq!(budget.used(), 100);
        drop(lease);
        assert_eq!(budget.used(), 0);
    }
}
