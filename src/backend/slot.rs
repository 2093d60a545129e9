//! The right to one of a pool's connections; given back whatever happens to its holder.

use std::sync::Arc;

use super::conn::Conn;
use super::pool::Pool;
use super::reactor::Reactor;

/// One unit of the pool's maximum.
pub(super) struct Slot {
    /// `None` once the unit has passed on to somebody else.
    pool: Option<Arc<Pool>>,
}

impl Slot {
    /// For a unit that the pool has just counted.
    pub(super) fn counted(pool: &Arc<Pool>) -> Self {
        Self {
            pool: Some(Arc::clone(pool)),
        }
    }

    pub(super) fn pool(&self) -> Option<&Arc<Pool>> {
        self.pool.as_ref()
    }

    /// The unit now belongs to whatever the caller put in the ledger.
    pub(super) fn forget(mut self) {
        self.pool = None;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            pool.offer(Grant {
                slot: Some(Slot {
                    pool: Some(Arc::clone(&pool)),
                }),
                conn: None,
            });
        }
    }
}

/// What a request gets: a slot, with a resting connection or to be filled with a new one.
///
/// A grant that nobody takes goes back to the pool, and so to the next in line.
pub(super) struct Grant {
    slot: Option<Slot>,
    pub(super) conn: Option<Box<Conn>>,
}

impl Grant {
    pub(super) fn new(slot: Slot, conn: Option<Box<Conn>>) -> Self {
        Self {
            slot: Some(slot),
            conn,
        }
    }

    /// The reactor that it is best used on: its connection's, or of whoever gives it.
    pub(super) fn home(&self) -> Reactor {
        self.conn
            .as_ref()
            .map_or_else(Reactor::current, |conn| conn.home())
    }

    /// Takes the grant apart; nothing goes back by itself any more.
    pub(super) fn into_parts(mut self) -> (Option<Slot>, Option<Box<Conn>>) {
        (self.slot.take(), self.conn.take())
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        let Some(slot) = self.slot.take() else { return };
        if let (Some(pool), Some(conn)) = (slot.pool().cloned(), self.conn.take()) {
            pool.offer(Grant::new(slot, Some(conn)));
        }
    }
}
