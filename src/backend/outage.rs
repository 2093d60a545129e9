//! What a pool does when its server is found hanging, or answering again.

use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use super::bell::Bell;
use super::conn::Conn;
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
        // a ring may run what it wakes: not under the lock
        let bells: Vec<_> = self.bells().iter().filter_map(Weak::upgrade).collect();
        for bell in bells {
            bell.ring();
        }
    }

    /// A new connection hears of cuts from now on; closed ones are forgotten.
    pub(super) fn tell_of_cuts(&self, conn: &Conn) {
        let mut bells = self.bells();
        if bells.len() == bells.capacity() {
            bells.retain(|bell| bell.strong_count() > 0);
        }
        bells.push(Arc::downgrade(conn.bell()));
    }

    fn bells(&self) -> MutexGuard<'_, Vec<Weak<Bell>>> {
        self.cuts.1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How often statements under way have been cut off; see [`super::Cut`].
    pub(super) fn cuts(&self) -> u64 {
        self.cuts.0.load(Ordering::Acquire)
    }
}
