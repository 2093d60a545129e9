//! What a pool does when its server is found hanging, or answering again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::error::ConnError;
use super::pool::Pool;

impl Pool {
    /// The server does not answer: the circuit opens, resting connections are closed, statements under way are cut off.
    pub(super) fn trip(&self, error: &ConnError) {
        {
            let mut ledger = self.lock();
            ledger.circuit.trip(Instant::now());
            ledger.last_failure = Some(Arc::new(error.clone()));
        }
        self.is_circuit_open.store(true, Ordering::Relaxed);
        self.retire();
        self.cut_off();
    }

    /// The server has answered a probe: if the circuit is open, a trial may be made at once.
    pub(super) fn hope(&self) {
        if !self.is_available() {
            self.lock().circuit.hope(Instant::now());
        }
    }

    /// Ends the wait of every statement that was sent and not answered.
    pub(super) fn cut_off(&self) {
        self.cuts.0.fetch_add(1, Ordering::AcqRel);
        self.cuts.1.notify_waiters();
    }

    /// How often statements under way have been cut off; a statement remembers it for [`Pool::is_cut`].
    #[must_use]
    pub fn cuts(&self) -> u64 {
        self.cuts.0.load(Ordering::Acquire)
    }

    /// Waits until statements under way are cut off, counted from when [`Pool::cuts`] said `since`.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn is_cut(&self, since: u64) {
        loop {
            let mut notified = std::pin::pin!(self.cuts.1.notified());
            notified.as_mut().enable();
            if self.cuts() != since {
                return;
            }
            notified.await;
        }
    }
}
