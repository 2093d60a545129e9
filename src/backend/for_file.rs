//! Connections over which a server may ask for a file: each opened for one statement, and closed after it.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::error::AcquireError;
use super::guard::Guard;
use super::options::PoolKey;
use super::pool::{Pool, Turn};
use super::slot::{Grant, Slot};

impl Pool {
    /// Lends a new connection that offers the server to send a file (contract 2.6). It counts against the pool's
    /// maximum as any other, and is closed when it is given back.
    ///
    /// # Errors
    /// [`AcquireError`]; none of them has reached a server with a statement.
    ///
    /// # Cancel safety
    /// Dropped, it leaves the line or hands on what it was given.
    pub async fn acquire_for_file(self: &Arc<Self>, key: PoolKey) -> Result<Guard, AcquireError> {
        let turn = match self.take_room() {
            Some(grant) => Turn::Granted(grant),
            None => self.take_turn(key, 0)?,
        };
        let (slot, resting) = turn.granted(self).await?.into_parts();
        if let Some(resting) = resting {
            // there is no room beside it
            self.count_discarded();
            resting.quit();
        }
        let Some(slot) = slot else {
            return Err(self.closed());
        };
        let conn = self.connect_for_file(key).await?;
        self.counts.acquired.fetch_add(1, Ordering::Relaxed);
        Ok(Guard::new(slot, Box::new(conn)))
    }

    /// A slot for one connection more, if there is room and nobody waits for it.
    fn take_room(self: &Arc<Self>) -> Option<Grant> {
        let mut ledger = self.lock();
        if ledger.is_closed || !ledger.queue.is_empty() || ledger.open >= self.options().max {
            return None;
        }
        ledger.open += 1;
        Some(Grant::new(Slot::counted(self), None))
    }
}
